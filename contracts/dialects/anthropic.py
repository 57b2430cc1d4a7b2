"""Anthropic Messages: content blocks and the events that build them up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contracts.script import Reply

_STOP = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens", "content_filter": "refusal"}


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "input_tokens": reply.input_tokens,
        "output_tokens": reply.output_tokens,
        "cache_read_input_tokens": reply.cached_tokens,
        "cache_creation_input_tokens": 0,
    }


def _blocks(reply: Reply) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.reasoning:
        blocks.append({"type": "thinking", "thinking": reply.thought, "signature": "sig-contract"})
    if reply.text:
        blocks.append({"type": "text", "text": reply.content})
    return blocks + [
        {"type": "tool_use", "id": one.id, "name": one.name, "input": one.arguments} for one in reply.calls
    ]


def document(reply: Reply, model: str) -> dict[str, Any]:
    """The body of an answer that does not stream."""
    return {
        "id": "msg_contract",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": _blocks(reply),
        "stop_reason": _STOP[reply.finish],
        "stop_sequence": None,
        "usage": _usage(reply),
    }


def _deltas(block: dict[str, Any], reply: Reply) -> Iterator[dict[str, Any]]:
    match block["type"]:
        case "thinking":
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in reply.reasoning)
            yield {"type": "signature_delta", "signature": "sig-contract"}
        case "text":
            yield from ({"type": "text_delta", "text": piece} for piece in reply.text)
        case _:
            text = json.dumps(block["input"])
            half = len(text) // 2
            yield from ({"type": "input_json_delta", "partial_json": piece} for piece in (text[:half], text[half:]))


def _opened(block: dict[str, Any]) -> dict[str, Any]:
    match block["type"]:
        case "thinking":
            return {"type": "thinking", "thinking": "", "signature": ""}
        case "text":
            return {"type": "text", "text": ""}
        case _:
            return {**block, "input": {}}


def frames(reply: Reply, model: str) -> Iterator[bytes]:
    """The frames of a streamed answer."""

    def frame(kind: str, **fields: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()

    whole = document(reply, model)
    begun = {**_usage(reply), "output_tokens": 1}
    yield frame("message_start", message={**whole, "content": [], "stop_reason": None, "usage": begun})
    for at, block in enumerate(whole["content"]):
        yield frame("content_block_start", index=at, content_block=_opened(block))
        for delta in _deltas(block, reply):
            yield frame("content_block_delta", index=at, delta=delta)
        yield frame("content_block_stop", index=at)
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield frame("message_delta", delta=ended, usage={"output_tokens": reply.output_tokens})
    yield frame("message_stop")
