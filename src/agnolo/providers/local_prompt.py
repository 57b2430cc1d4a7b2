"""A conversation in the form SmolLM2 copes with: one system text, plain turns, and tool results put as facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from agnolo.vocabulary.codec import loads
from agnolo.vocabulary.errors import ModelBadRequestError
from agnolo.vocabulary.messages import Message

Turn = dict[str, str]
_Json = dict[str, "_Json"] | list["_Json"] | str | float | bool | None

SYSTEM = "You are a helpful assistant. Give short, correct answers."
"""Sent when the request has no system message: without one SmolLM2 answers simple questions with nonsense."""

SYSTEM_JSON = "Extract the information from the text. Answer with JSON."
SYSTEM_RESULT = "You write the answer to a question as one short sentence."
LEAD_INS = ("It is ", "The answer is ", "The result is: ")
LEAD_INS_RECALLED = ("You told me: ", "You said: ")
LEAD_INS_FAILED = ("The tool failed: ",)
NO_RESULT = "nothing"
MAX_REPEATED = 400
"""Characters of a tool result that are repeated word for word; of a longer one the model makes what it can."""

_CONTROL_TOKEN = re.compile(r"<\|(\w+)\|>")


class Result(NamedTuple):
    """What the tools of the current turn gave, joined, and the question they were called for."""

    question: str
    text: str
    failed: bool


def plain(messages: Sequence[Message], default_system: str = SYSTEM) -> list[Turn]:
    """What was said, without exchanges whose answer was dictated. Raises ModelBadRequestError on media."""
    for message in messages:
        _refuse_media(message)
    system = "\n\n".join(m.text() for m in messages if m.role in ("system", "developer") and m.text())
    said = [turn(m.role, m.text()) for m in _talk(messages) if m.role in ("user", "assistant") and m.text().strip()]
    return [turn("system", system or default_system), *said]


def _talk(messages: Sequence[Message]) -> list[Message]:
    """The exchanges that SmolLM2 wrote freely, and the last one whatever it is: of others it only copies the manner."""
    exchanges: list[list[Message]] = [[]]
    for message in messages:
        if message.role == "user":
            exchanges.append([])
        exchanges[-1].append(message)
    *earlier, last = exchanges
    kept = [exchange for exchange in earlier if not any(_is_dictated(message) for message in exchange)]
    return [message for exchange in [*kept, last] for message in exchange]


def _is_dictated(message: Message) -> bool:
    recalled = message.role == "assistant" and message.text().startswith(LEAD_INS_RECALLED)
    return recalled or message.role == "tool" or bool(message.tool_calls)


def turn(role: str, text: str) -> Turn:
    """One turn, in which nobody can end a turn and begin another's by writing the model's control tokens."""
    return {"role": role, "content": inert(text)}


def inert(text: str) -> str:
    """The text with control tokens such as <|im_end|> broken up."""
    return _CONTROL_TOKEN.sub(r"<| \1 |>", text)


def with_answer(question: str, answer: str) -> list[Turn]:
    """The question with its answer, which SmolLM2 still garbles now and then if it answers freely."""
    asked = f"Question: {question}\nAnswer: {answer}"
    return [turn("system", SYSTEM_RESULT), turn("user", asked)]


def question(messages: Sequence[Message]) -> str:
    """The text of the last user message; "" when there is none."""
    return next((m.text() for m in reversed(messages) if m.role == "user"), "")


def current_result(messages: Sequence[Message]) -> Result | None:
    """The tool results the conversation ends with, or None when it ends otherwise."""
    results: list[Message] = []
    for message in reversed(messages):
        if message.role != "tool":
            break
        results.append(message)
    if not results:
        return None
    text = "; ".join(_fact(m.text()) or NO_RESULT for m in reversed(results))
    return Result(question(messages), text, any(m.tool_call_error for m in results))


def _fact(result: str) -> str:
    """A tool's result in words: the `result` of an object, fields as `name: value`, lists joined, else as it is."""
    try:
        value: _Json = loads(result)
    except msgspec.DecodeError:
        return result.strip()
    if isinstance(value, dict) and "result" in value:
        value = value["result"]
    return _worded(value)


def _worded(value: _Json) -> str:
    match value:
        case dict():
            return ", ".join(f"{name}: {_worded(part)}" for name, part in value.items())
        case list():
            return ", ".join(_worded(part) for part in value)
        case None:
            return NO_RESULT
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def ending(text: str) -> str:
    """A full stop if the text needs one."""
    return "" if re.search(r"[.!?:]\s*$", text) else "."


def _refuse_media(message: Message) -> None:
    parts: list[Any] = message.content if isinstance(message.content, list) else []
    kinds: list[str] = [part.get("type", "text") for part in parts if not isinstance(part, str)]
    foreign = [kind for kind in kinds if kind != "text"]
    held = [kind for kind in ("images", "audio", "videos", "files") if getattr(message, kind)]
    if foreign or held:
        raise ModelBadRequestError(
            f"the local model reads text only, and a {message.role} message carries {', '.join(held + foreign)}: "
            "leave it out or use a model that takes it",
            provider="Local",
        )
