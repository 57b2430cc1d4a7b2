"""A conversation as Anthropic wants it: system texts apart, then turns of user and assistant one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from agnolo.providers import anthropic_content
from agnolo.providers.anthropic_content import Block
from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Message, ToolCall

CONTENT_BLOCKS = "content_blocks"
"""The key of provider_data under which the blocks of an answer are kept, as they came."""
_THINKING = ("thinking", "redacted_thinking")


class Conversation(NamedTuple):
    """`system` is "" when there is none."""

    system: str
    turns: list[dict[str, Any]]


def conversation(messages: Sequence[Message], *, citations: bool, trailing: str | None) -> Conversation:
    """The messages in Anthropic's form. `trailing` is what the user says if the assistant had the last word."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.role in ("system", "developer"):
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message, citations=citations)
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] = [*_joinable(turns[-1]), *blocks]
        else:
            turns.append({"role": role, "content": blocks})
    if trailing is not None and turns and turns[-1]["role"] == "assistant":
        turns.append({"role": "user", "content": [{"type": "text", "text": trailing}]})
    system = " ".join(text for m in messages if m.role in ("system", "developer") and (text := m.text()))
    return Conversation(system, turns)


def _joinable(turn: dict[str, Any]) -> list[Block]:
    """Thinking is checked against the one answer that it came with: two answers in a turn keep the later one's."""
    blocks: list[Block] = turn["content"]
    return blocks if turn["role"] == "user" else [block for block in blocks if block.get("type") not in _THINKING]


def _blocks(message: Message, *, citations: bool) -> list[Block]:
    match message.role:
        case "assistant":
            return _kept(message) if _has_kept(message) else _rebuilt(message)
        case "tool":
            return [_result(message, citations=citations)]
        case _:
            return anthropic_content.blocks(message, citations=citations)


def _result(message: Message, *, citations: bool) -> Block:
    content = anthropic_content.blocks(message, citations=citations)
    plain = all(block.keys() == {"type", "text"} for block in content)
    said: Block = {
        "type": "tool_result",
        "tool_use_id": message.tool_call_id,
        "content": message.text() if plain else content,
    }
    return said | {"is_error": True} if message.tool_call_error else said


# ---- what the assistant said


def _has_kept(message: Message) -> bool:
    return bool(message.provider_data and is_array(message.provider_data.get(CONTENT_BLOCKS)))


def _kept(message: Message) -> list[Block]:
    """The blocks as they came, which signatures need. Calls that were never run have no result and are left out."""
    run = {call.id for call in message.tool_calls or ()}
    stored: list[Any] = (message.provider_data or {})[CONTENT_BLOCKS]
    return [
        block
        for block in stored
        if is_object(block)
        and (block.get("type") != "text" or block.get("text"))
        and (block.get("type") != "tool_use" or block.get("id") in run)
    ]


def _rebuilt(message: Message) -> list[Block]:
    """Thinking goes back only with its signature: others' thoughts are refused."""
    made: list[Block] = []
    signature: Any = (message.provider_data or {}).get("signature")
    if message.reasoning_content and isinstance(signature, str) and signature:
        made.append({"type": "thinking", "thinking": message.reasoning_content, "signature": signature})
    made += [
        block for block in anthropic_content.texts(message) if block.get("type") != "text" or block["text"].strip()
    ]
    made += [_call(call) for call in message.tool_calls or ()]
    return made


def _call(call: ToolCall) -> Block:
    return {"type": "tool_use", "id": call.id, "name": call.function.name, "input": arguments(call.function.arguments)}


def arguments(text: str) -> dict[str, Any]:
    """The arguments of a call as an object, the only form that is taken; {} for what a model has garbled."""
    try:
        value = codec.loads(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if is_object(value) else {}
