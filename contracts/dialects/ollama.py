"""Ollama's native chat: one JSON object, or lines of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contracts.script import Reply

_MADE = "2026-10-01T12:00:00.000000Z"


def _end(reply: Reply) -> dict[str, Any]:
    return {
        "done": True,
        "done_reason": "length" if reply.finish == "length" else "stop",
        "total_duration": 5_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": reply.input_tokens,
        "prompt_eval_duration": 1_000_000,
        "eval_count": reply.output_tokens,
        "eval_duration": 2_000_000,
    }


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [{"function": {"name": one.name, "arguments": one.arguments}} for one in reply.calls]


def document(reply: Reply, model: str) -> dict[str, Any]:
    """The body of an answer that does not stream."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.reasoning:
        message["thinking"] = reply.thought
    if reply.calls:
        message["tool_calls"] = _calls(reply)
    return {"model": model, "created_at": _MADE, "message": message, **_end(reply)}


def frames(reply: Reply, model: str) -> Iterator[bytes]:
    """The lines of a streamed answer."""

    def line(**more: Any) -> bytes:
        return json.dumps({"model": model, "created_at": _MADE, **more}).encode() + b"\n"

    for piece in reply.reasoning:
        yield line(message={"role": "assistant", "content": "", "thinking": piece}, done=False)
    for piece in reply.text:
        yield line(message={"role": "assistant", "content": piece}, done=False)
    if reply.calls:
        yield line(message={"role": "assistant", "content": "", "tool_calls": _calls(reply)}, done=False)
    yield line(message={"role": "assistant", "content": ""}, **_end(reply))
