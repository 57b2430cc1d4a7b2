"""Output schemas: how a request asks for an answer that fits, and the value made of what the model says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from agnolo.engine.effects import commit
from agnolo.engine.state import Run
from agnolo.ports.model import Model, ModelReply, ModelRequest, OutputFormat, OutputStrategy, ToolChoice, ToolSpec
from agnolo.ports.options import Output
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import answers, codec, schema
from agnolo.vocabulary.errors import OutputSchemaError, OutputTruncatedError
from agnolo.vocabulary.events import RunContentEvent
from agnolo.vocabulary.messages import Message

REPAIR = "repair"
"""Last part of the key of a message that asks for a better answer. History leaves it and the answer before it out."""

_ANSWER_TOOL = "final_answer"


def output_format(wanted: Any) -> OutputFormat | None:  # noqa: ANN401 - any schema
    """The form to ask for, strict where the schema allows; None without a schema."""
    if wanted is None:
        return None
    name, form = schema.output_schema(wanted)
    strict = schema.strictly(form)
    if isinstance(wanted, dict) or strict.obstacle is not None:
        return OutputFormat(name=name, schema=form, strict=False)
    return OutputFormat(name=name, schema=strict.schema, strict=True)


# ---- what is asked


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request, and the name of the tool whose arguments are the answer, if that is how it is asked."""

    request: ModelRequest
    answer_tool: str | None = None


def shaped(request: ModelRequest, form: OutputFormat | None, model: Model, options: Output | None = None) -> Asked:
    """The request, asking for the form by the strategy that the model names for it, or that the options demand."""
    if form is None:
        return Asked(request=request)
    match _strategy(request, model, options):
        case "native":
            return Asked(request=msgspec.structs.replace(request, output=form))
        case "prompted":
            told = _in_words(request.messages, form)
            output = msgspec.structs.replace(form, native=False)
            return Asked(request=msgspec.structs.replace(request, messages=told, output=output))
        case "tool":
            return _by_tool(request, form)


def _strategy(request: ModelRequest, model: Model, options: Output | None) -> OutputStrategy:
    if options is not None and options.use_json_mode and not options.structured_outputs:
        return "prompted"
    return model.output_strategy(request)


def _in_words(messages: Sequence[Message], form: OutputFormat) -> Sequence[Message]:
    """The messages with the schema at the end of the system message."""
    text = (
        "The final answer is one JSON object and nothing else. It must be valid against this JSON schema:\n"
        f"<json_schema>\n{codec.dumps(form.schema).decode()}\n</json_schema>"
    )
    lead = messages[0] if messages else None
    if lead is None or lead.role not in ("system", "developer"):
        return (Message(role="system", content=text), *messages)
    content: str | list[Any] = f"{lead.text()}\n\n{text}"
    if isinstance(lead.content, list):
        content = [*lead.content, {"type": "text", "text": text}]
    return (msgspec.structs.replace(lead, content=content), *messages[1:])


def _by_tool(request: ModelRequest, form: OutputFormat) -> Asked:
    """The model must call a tool: any of the run's or, if there is none to be called, this one."""
    name = _free_name({spec.name for spec in request.tools})
    spec = ToolSpec(
        name=name,
        description="Gives the final answer, in the form that is wanted. Call it once, when you have all you need.",
        parameters=form.schema,
    )
    choice: ToolChoice = request.tool_choice or "required"
    if not (request.tools or request.builtin_tools) or choice == "none":
        choice = {"type": "function", "function": {"name": name}}
    tools = [*request.tools, spec]
    return Asked(request=msgspec.structs.replace(request, tools=tools, tool_choice=choice), answer_tool=name)


def _free_name(taken: Collection[str]) -> str:
    name = _ANSWER_TOOL
    while name in taken:
        name += "_"
    return name


def unfolded(reply: ModelReply, answer_tool: str | None) -> ModelReply:
    """The reply as if the answer had been given as text. An answer beside other calls is not final: they come first.

    What the provider wants to see again is left out then: it speaks of a call that no message holds.
    """
    if answer_tool is None:
        return reply
    answers = [call for call in reply.tool_calls if call.function.name == answer_tool]
    if not answers:
        return reply
    others = [call for call in reply.tool_calls if call.function.name != answer_tool]
    if others:
        return msgspec.structs.replace(reply, tool_calls=others, provider_data=None)
    finish = "stop" if reply.finish_reason == "tool_calls" else reply.finish_reason
    return msgspec.structs.replace(
        reply, content=answers[-1].function.arguments, tool_calls=[], provider_data=None, finish_reason=finish
    )


# ---- what is made of the answer


async def settled(run: Run, at: Runtime) -> bool:
    """Whether the last answer fits. One that does not is sent back with what is wrong, as often as the options say.

    Raises OutputSchemaError after that, and OutputTruncatedError for an answer that was cut off, which asking again
    would not mend.
    """
    if run.plan.output_schema is None or run.plan.others.parser is not None:
        return True
    try:
        if not run.value_told:
            _read(run)
    except OutputSchemaError as misfit:
        if run.finish_reason == "length":
            raise _cut_off(run, misfit) from misfit
        if run.repairs >= run.plan.output.output_retries or run.finish_reason == "content_filter":
            raise
        run.repairs += 1
        run.text.clear()
        run.text_kept = 0
        await commit(run, at, run.add_message(_correction(misfit, at), f"turn:{run.turn - 1}/{REPAIR}"))
        return False
    return True


def _correction(misfit: OutputSchemaError, at: Runtime) -> Message:
    text = (
        f"This can't be used: {misfit}. Give the whole answer again, as one JSON object that fits the schema, "
        "and nothing else."
    )
    return Message(id=at.new_id(), created_at=int(at.time()), role="user", content=text)


def _cut_off(run: Run, misfit: OutputSchemaError) -> OutputTruncatedError:
    used = run.messages[-1].metrics
    spent = f" after {used.output_tokens} tokens" if used is not None and used.output_tokens else ""
    return OutputTruncatedError(
        f"the answer of {run.model.id!r} was cut off{spent} and does not fit the schema: raise max_tokens of the model "
        "(max_completion_tokens, max_output_tokens), or ask for less",
        text=misfit.text,
    )


def _read(run: Run) -> None:
    """Make the value of the last answer. Raises OutputSchemaError when it does not fit."""
    wanted: Any = run.plan.output_schema
    text = run.messages[-1].text()
    if not run.plan.output.parse_response:
        run.content = text
        return
    run.content = answers.parse_output(wanted, text)
    run.content_type = "dict" if isinstance(wanted, dict) else getattr(wanted, "__name__", "str")


def ready(run: Run, at: Runtime) -> RunContentEvent | None:
    """Tell the value of the last answer if it fits."""
    if run.plan.output_schema is None or run.plan.others.parser is not None:
        return None
    try:
        _read(run)
    except OutputSchemaError:
        return None
    return _value(run, at)


def _value(run: Run, at: Runtime) -> RunContentEvent:
    run.value_told = True
    return run.say_content(at, content=run.content, content_type=run.content_type)


def conclude(run: Run, at: Runtime) -> RunContentEvent | None:
    """Tell the value of the answer; of a tool's result if that ended the run. Raises OutputSchemaError."""
    if run.plan.output_schema is None or run.value_told:
        return None
    if run.content is None:
        _read(run)
    return _value(run, at)
