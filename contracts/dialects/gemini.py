"""Gemini generateContent: whole responses, or the same in pieces as SSE with CRLF and no [DONE]."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contracts.script import Reply

_FINISH = {"stop": "STOP", "tool_calls": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


def _usage(reply: Reply) -> dict[str, Any]:
    counted: dict[str, Any] = {
        "promptTokenCount": reply.input_tokens,
        "candidatesTokenCount": reply.output_tokens,
        "totalTokenCount": reply.input_tokens + reply.output_tokens + reply.reasoning_tokens,
    }
    if reply.reasoning_tokens:
        counted["thoughtsTokenCount"] = reply.reasoning_tokens
    if reply.cached_tokens:
        counted["cachedContentTokenCount"] = reply.cached_tokens
    return counted


def _response(reply: Reply, model: str, parts: list[dict[str, Any]], finish: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "usageMetadata": _usage(reply),
        "modelVersion": model,
        "responseId": "gemini-contract",
    }


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [{"functionCall": {"name": one.name, "args": one.arguments}} for one in reply.calls]


def document(reply: Reply, model: str) -> dict[str, Any]:
    """The body of an answer that does not stream."""
    parts: list[dict[str, Any]] = []
    if reply.reasoning:
        parts.append({"text": reply.thought, "thought": True})
    if reply.text:
        parts.append({"text": reply.content})
    return _response(reply, model, [*parts, *_calls(reply)], _FINISH[reply.finish])


def frames(reply: Reply, model: str) -> Iterator[bytes]:
    """The frames of a streamed answer."""
    pieces: list[list[dict[str, Any]]] = [[{"text": piece, "thought": True}] for piece in reply.reasoning]
    pieces += [[{"text": piece}] for piece in reply.text]
    if reply.calls:
        pieces.append(_calls(reply))
    for at, parts in enumerate(pieces or [[{"text": ""}]]):
        finish = _FINISH[reply.finish] if at >= len(pieces) - 1 else None
        yield b"data: " + json.dumps(_response(reply, model, parts, finish)).encode() + b"\r\n\r\n"
