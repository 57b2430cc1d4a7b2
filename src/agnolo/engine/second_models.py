"""Models that work on the first one's answer: one writes it anew, one makes the value of the output schema of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec

from agnolo.engine import answered, inquiry, structured
from agnolo.engine.effects import ask
from agnolo.engine.state import Run
from agnolo.ports.model import Model, ModelReply, ModelRequest, TextDelta, counted_as
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.events import (
    OutputModelResponseCompletedEvent,
    OutputModelResponseStartedEvent,
    ParserModelResponseCompletedEvent,
    ParserModelResponseStartedEvent,
    RunEventBase,
)
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import MessageMetrics

_PARSER_PROMPT = "Put what the user's message says into the form that is wanted. Add nothing that it does not say."


async def worked_over(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Bring the answer into its last form: written anew, made a value of, each as the plan says."""
    writer, parser = run.plan.others.output, run.plan.others.parser
    if writer is not None:
        async with aclosing(_written(run, writer, at)) as events:
            async for event in events:
                yield event
    if parser is not None:
        yield run.say(ParserModelResponseStartedEvent, at)
        await _parsed(run, parser, at)
    if (value := structured.conclude(run, at)) is not None:
        yield value
    if parser is not None:
        yield run.say(ParserModelResponseCompletedEvent, at)


async def _written(run: Run, model: Model, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Tell the answer anew. It takes the draft's place in the conversation and in the journal."""
    yield run.say(OutputModelResponseStartedEvent, at)
    last = run.messages[-1]
    draft = last if last.role == "assistant" and not last.tool_calls else None
    told = run.messages[:-1] if draft else run.messages
    request = ModelRequest(messages=_prompted(told, run.plan.output.output_model_prompt), stream=run.plan.stream)
    asked = at.monotonic()
    reply: ModelReply | None = None
    first: float | None = None
    run.text.clear()
    run.text_kept = 0
    async with aclosing(ask(model, request, run, at)) as items:
        async for item in items:
            if isinstance(item, TextDelta):
                first = at.monotonic() - asked if first is None else first
                run.text.append(item.text)
                yield run.say_text(item.text, at, item.provider_data)
            elif isinstance(item, ModelReply):
                reply = item
    reply = answered.whole(reply, model)
    if reply.content and first is None:
        run.text.append(reply.content)
        yield run.say_text(reply.content, at)
    run.provider_data = reply.provider_data or run.provider_data
    run.count_beside("output_model", counted_as(model), reply.metrics)
    lasted = None if run.plan.stream else at.monotonic() - asked
    _keep(run, at, reply, lasted, first=first, draft=draft)
    yield run.say(OutputModelResponseCompletedEvent, at)


def _prompted(messages: Sequence[Message], prompt: str | None) -> Sequence[Message]:
    if prompt is None:
        return list(messages)
    lead = messages[0] if messages and messages[0].role in ("system", "developer") else None
    if lead is None:
        return [Message(role="system", content=prompt), *messages]
    return [msgspec.structs.replace(lead, content=prompt), *messages[1:]]


def _keep(
    run: Run, at: Runtime, reply: ModelReply, seconds: float | None, *, first: float | None, draft: Message | None
) -> None:
    """Append the reply; a draft goes, also from what is to be journaled."""
    metrics = msgspec.structs.replace(reply.metrics, duration=seconds, time_to_first_token=first or seconds)
    if draft is not None:
        run.messages.pop()
        run.unsaved = [step for step in run.unsaved if step.message is not draft]
    step = run.add_message(_message(at, reply, metrics), f"turn:{run.turn}/output")
    run.unsaved.append(step)
    run.text_kept = len(run.text)


def _message(at: Runtime, reply: ModelReply, metrics: MessageMetrics) -> Message:
    return Message(
        id=at.new_id(),
        created_at=int(at.time()),
        role="assistant",
        content=reply.content,
        reasoning_content=reply.reasoning_content,
        provider_data=reply.provider_data,
        citations=reply.citations,
        metrics=metrics,
    )


async def _parsed(run: Run, model: Model, at: Runtime) -> None:
    """Ask for the answer in the form of the schema; what comes is the run's last message, from which it is read."""
    prompt = run.plan.output.parser_model_prompt or _PARSER_PROMPT
    said = run.messages[-1].text()
    request = ModelRequest(messages=[Message(role="system", content=prompt), Message(role="user", content=said)])
    asked = at.monotonic()
    form = structured.shaped(request, run.plan.output_format, model, run.plan.output)
    reply = await inquiry.answer(run, model, form, at, kind="parser_model")
    run.provider_data = reply.provider_data or run.provider_data
    seconds = at.monotonic() - asked
    metrics = msgspec.structs.replace(reply.metrics, duration=seconds, time_to_first_token=seconds)
    run.unsaved.append(run.add_message(_message(at, reply, metrics), f"turn:{run.turn}/parser"))
