"""What goes to the model before the conversation begins: system message, examples, history, the user's message.

Sections that do not change between runs come first, volatile ones (time, memories, state) last, so that a provider's
prompt cache holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from agnolo.engine import connections, factories, history, memory, summary
from agnolo.engine.callables import value_of
from agnolo.engine.state import Run
from agnolo.ports.model import Instructing
from agnolo.ports.options import Prompt
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ConfigurationError, InputError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Message

_VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}")


async def assemble(run: Run, at: Runtime) -> None:
    """Fill `run.messages`, and leave the run's own ones to be journaled. One that fails leaves nothing."""
    if run.context.dependencies is None:
        run.context.dependencies = await dependencies(run, at)
    await factories.equip(run, at)
    await connections.connect(run, at)
    system = await _system(run, at)
    examples = [_example(example, at) for example in run.plan.prompt.additional_input or ()]
    past = await history.window(run, at)
    asked = _asked(run, at)
    if system is not None:
        run.unsaved.append(run.add_message(system, "system"))
    run.messages += [*examples, *past]
    for i, message in enumerate(asked):
        run.unsaved.append(run.add_message(message, "input" if i == 0 else f"input:{i}"))


async def reassemble(run: Run, at: Runtime, own: Sequence[Message]) -> None:
    """Fill `run.messages` for a run that goes on: its own messages, with examples and history in their place."""
    run.context.dependencies = await dependencies(run, at)
    await factories.equip(run, at)
    lead = [m for m in own[:1] if m.role in ("system", "developer")]
    examples = [_example(example, at) for example in run.plan.prompt.additional_input or ()]
    run.messages = [*lead, *examples, *await history.window(run, at), *own[len(lead) :]]


async def dependencies(run: Run, at: Runtime) -> dict[str, Any]:
    """Those of the agent and of the call over them; callables by what they return."""
    merged = dict(run.plan.state.dependencies or {}) | dict(run.plan.dependencies or {})
    return {name: await value_of(v, run, at) if callable(v) else v for name, v in merged.items()}


def _message(at: Runtime, **fields: Any) -> Message:
    return Message(id=at.new_id(), created_at=int(at.time()), **fields)


async def _system(run: Run, at: Runtime) -> Message | None:
    prompt = run.plan.prompt
    role = prompt.system_message_role
    given = prompt.system_message
    if isinstance(given, Message):
        return given
    if given is not None:
        text = given if isinstance(given, str) else str(await value_of(given, run, at))
        return _message(at, role=role, content=_resolve(text, run))
    if not prompt.build_context:
        return None
    stable = _resolve("\n\n".join(filter(None, await _stable_sections(run, at))), run)
    text = "\n\n".join(filter(None, [stable, *await _volatile_sections(run, at)]))
    return _message(at, role=role, content=text) if text else None


async def _stable_sections(run: Run, at: Runtime) -> list[str]:
    prompt, model = run.plan.prompt, run.plan.model
    own = model if isinstance(model, Instructing) else None
    return [
        prompt.description or "",
        _tagged("your_role", prompt.role),
        await _instructions(run, at, own),
        _hints(run, at),
        *run.plan.toolset.instructions,
        _tagged("expected_output", prompt.expected_output),
        prompt.additional_context or "",
        (own and own.system_prompt) or "",
        _parts_for_parser(run),
    ]


async def _volatile_sections(run: Run, at: Runtime) -> list[str]:
    sections: list[str] = []
    if run.plan.prompt.add_datetime_to_context and run.plan.prompt.context_order == "stable":
        sections.append(_time(run.plan.prompt, at))
    sections += [await memory.prompt_section(run, at), summary.prompt_section(run)]
    if run.plan.add_state and (state := run.own_state):
        sections.append(_tagged("session_state", codec.dumps(state).decode()))
    return sections


def _parts_for_parser(run: Run) -> str:
    """What the answer must speak of, when another model will make a record of it."""
    form = run.plan.output_format
    if run.plan.others.parser is None or form is None or is_object(run.plan.output_schema):
        return ""
    fields = ", ".join(form.schema.get("properties", {}))
    return f"Say in your answer, in plain words, all that a record with these fields needs: {fields}."


def _tagged(tag: str, text: str | None) -> str:
    return f"<{tag}>\n{text}\n</{tag}>" if text else ""


async def _instructions(run: Run, at: Runtime, model: Instructing | None) -> str:
    given = run.plan.prompt.instructions
    if callable(given):
        given = await value_of(given, run, at)
    items = [*_items(given), *_items(model.instructions if model else None)]
    text = items[0] if len(items) == 1 else "\n".join(f"- {item}" for item in items)
    return _tagged("instructions", text) if run.plan.prompt.use_instruction_tags else text


def _items(given: str | Sequence[str] | None) -> Sequence[str]:
    return [given] if isinstance(given, str) else given or ()


def _time(prompt: Prompt, at: Runtime) -> str:
    return f"The current time is {_now(prompt, at)}."


def _hints(run: Run, at: Runtime) -> str:
    prompt = run.plan.prompt
    hints: list[str] = []
    if prompt.markdown and run.plan.output_schema is None:
        hints.append("Format the answer as Markdown.")
    if prompt.add_datetime_to_context and prompt.context_order == "agno":
        hints.append(_time(prompt, at))
    if prompt.add_location_to_context:
        hints.append(f"The current location is {_location(prompt)}.")
    if prompt.add_name_to_context and run.plan.origin.name:
        hints.append(f"Your name is {run.plan.origin.name}.")
    return _tagged("additional_information", "\n".join(f"- {hint}" for hint in hints))


def _location(prompt: Prompt) -> str:
    if prompt.location is None:
        raise ConfigurationError(
            "add_location_to_context needs location='...', such as 'Paris, France': no service is asked where this is"
        )
    return prompt.location


def _now(prompt: Prompt, at: Runtime) -> str:
    zone: timezone | ZoneInfo = UTC
    if prompt.timezone_identifier:
        try:
            zone = ZoneInfo(prompt.timezone_identifier)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ConfigurationError(
                f"timezone_identifier={prompt.timezone_identifier!r} is not a name of the time zone database, "
                "such as 'Europe/Paris'"
            ) from unknown
    moment = datetime.fromtimestamp(int(at.time()), zone)
    return moment.strftime(prompt.datetime_format) if prompt.datetime_format else moment.isoformat(" ")


def _resolve(text: str, run: Run) -> str:
    """Put values of session state, dependencies, metadata and user_id in place of {name}; other braces stay."""
    if not run.plan.prompt.resolve_in_context or "{" not in text:
        return text
    sources: list[Mapping[str, Any]] = [
        run.context.session_state,
        run.context.dependencies or {},
        run.plan.metadata or {},
        {"user_id": run.context.user_id} if run.context.user_id else {},
    ]

    def value(match: re.Match[str]) -> str:
        found = next((source[match[1]] for source in sources if match[1] in source), match[0])
        return str(found)

    return _VARIABLE.sub(value, text)


def _example(example: object, at: Runtime) -> Message:
    """A message as given or by its fields; a text, or any other value as JSON, as the user's."""
    if isinstance(example, Message):
        return example
    if isinstance(example, str):
        return _message(at, role="user", content=example)
    fields = example if is_object(example) else codec.builtins(example)
    if is_object(fields) and "role" in fields:
        return _from_dict(fields, at)
    if is_object(example):
        raise InputError(f"{example!r} is not a message: it has no role")
    return _message(at, role="user", content=_text(example))


def _from_dict(given: dict[str, Any], at: Runtime) -> Message:
    try:
        return msgspec.convert({"id": at.new_id(), "created_at": int(at.time())} | given, Message)
    except msgspec.ValidationError as wrong:
        raise InputError(f"{given!r} is not a message: {wrong}") from wrong


def _asked(run: Run, at: Runtime) -> list[Message]:
    """The user's message, or the messages given as the input, as such or by their fields."""
    given = run.plan.input.input_content
    several: list[Any] = given if is_array(given) and given else [given]
    if all(_is_message(item) for item in several):
        return [m if isinstance(m, Message) else _from_dict(m, at) for m in several]
    how, media = run.plan.asked, run.plan.input
    text = _text(given) if not how.build_user_context else _built(_text(given), run)
    shown = how.send_media_to_model
    return [
        _message(
            at,
            role=how.user_message_role,
            content=text,
            images=media.images if shown else None,
            audio=media.audios if shown else None,
            videos=media.videos if shown else None,
            files=media.files if shown else None,
        )
    ]


def _built(text: str, run: Run) -> str:
    """The text with its variables replaced, and what is to be told beside it."""
    text = _resolve(text, run)
    if run.plan.add_dependencies and run.context.dependencies:
        facts = codec.dumps(run.context.dependencies).decode()
        text += f"\n\n<additional context>\n{facts}\n</additional context>"
    return text


def _is_message(item: object) -> bool:
    return isinstance(item, Message) or (isinstance(item, dict) and "role" in item)


def _text(given: object) -> str:
    """Text as it is, a list of texts one a line, anything else as JSON."""
    if isinstance(given, str):
        return given
    if is_array(given) and all(isinstance(item, str) for item in given):
        return "\n".join(given)
    return codec.dumps(given).decode()
