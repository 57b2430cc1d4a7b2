"""The conversation in Gemini's form: turns of user and model, earlier replies exactly as they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from agnolo.providers import gemini_content
from agnolo.providers.gemini_content import Part
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Message

KEPT = "gemini_parts"
"""The key in Message.provider_data under which a reply's parts are kept."""

UNSIGNED = "skip_thought_signature_validator"
"""Stands for the signature of a call that Gemini did not write; without one its newer models refuse the call.
https://ai.google.dev/gemini-api/docs/thought-signatures
"""


class Conversation(msgspec.Struct, frozen=True):
    """The system instruction's parts, and the turns."""

    system: list[Part]
    turns: list[dict[str, Any]]


def conversation(messages: Sequence[Message], *, signed: bool) -> Conversation:
    """Messages as turns: neighbours of one role share a turn. `signed` says that calls need a signature.

    Raises InputError for media that can't be sent, a tool's result without a name, or nothing but instructions.
    """
    talk = _Talk(signed=signed)
    for message in messages:
        talk.take(message)
    if not talk.turns:
        raise InputError("Gemini needs a message besides the instructions: give the run an input")
    for turn in talk.turns:
        turn["parts"].sort(key=_after_results)
    return Conversation(talk.system, talk.turns)


def _after_results(part: Part) -> bool:
    """Results stand together at the head of their turn, whatever tools have added between them."""
    return "functionResponse" not in part


class _Talk:
    def __init__(self, *, signed: bool) -> None:
        self.system: list[Part] = []
        self.turns: list[dict[str, Any]] = []
        self._signed = signed
        self._names: dict[str, str] = {}
        self._wire_ids: set[str] = set()

    def take(self, message: Message) -> None:
        match message.role:
            case "system" | "developer":
                self.system += gemini_content.parts(message)
            case "assistant":
                self._add("model", self._said(message))
            case "tool":
                before, after = gemini_content.media(message)
                self._add("user", [self._result(message), *before, *after])
            case "user":
                self._add("user", gemini_content.parts(message))

    def _add(self, role: str, parts: list[Part]) -> None:
        if not parts:
            return
        if self.turns and self.turns[-1]["role"] == role:
            self.turns[-1]["parts"] += parts
        else:
            self.turns.append({"role": role, "parts": list(parts)})

    def _said(self, message: Message) -> list[Part]:
        calls = message.tool_calls or []
        self._names |= {call.id: call.function.name for call in calls}
        kept: Any = (message.provider_data or {}).get(KEPT)
        if is_array(kept) and _tells(kept, message):
            own = {call.get("id") for call in _calls(kept)}
            self._wire_ids |= {call.id for call in calls if call.id in own}
            return list(kept)
        rebuilt: list[Part] = [
            {"functionCall": {"name": call.function.name, "args": _object(call.function.arguments)}} for call in calls
        ]
        if rebuilt and self._signed:
            rebuilt[0]["thoughtSignature"] = UNSIGNED
        return [*gemini_content.parts(message), *rebuilt]

    def _result(self, message: Message) -> Part:
        call_id = message.tool_call_id or ""
        name = message.tool_name or self._names.get(call_id) or message.name
        if name is None:
            raise InputError(f"the tool message for call {call_id!r} names no tool: give it tool_name")
        answer: dict[str, Any] = {"name": name, "response": {"result": message.text()}}
        if call_id in self._wire_ids:
            answer["id"] = call_id
        return {"functionResponse": answer}


def _tells(kept: Sequence[Any], message: Message) -> bool:
    """Whether the kept parts still say what the message says: it may have been edited since."""
    parts = [part for part in kept if is_object(part)]
    texts = [told for part in parts if isinstance(told := part.get("text"), str) and not part.get("thought")]
    names = [str(call.get("name")) for call in _calls(parts)]
    known = [call.function.name for call in message.tool_calls or ()]
    return len(parts) == len(kept) and "".join(texts) == message.text() and names == known


def _calls(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [
        call for part in parts if not isinstance(part.get("text"), str) and is_object(call := part.get("functionCall"))
    ]


def _object(arguments: str) -> dict[str, Any]:
    """The arguments; none where a model wrote no JSON object, as its error is told in the result."""
    try:
        value = codec.loads(arguments)
    except msgspec.DecodeError:
        return {}
    return value if is_object(value) else {}
