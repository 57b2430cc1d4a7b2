"""OpenAI Responses: output items and the typed events that build them up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contracts.script import Reply

CREATED = 1_760_000_000


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "input_tokens": reply.input_tokens,
        "input_tokens_details": {"cached_tokens": reply.cached_tokens},
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "total_tokens": reply.input_tokens + reply.output_tokens,
    }


def _items(reply: Reply) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if reply.reasoning:
        items.append({
            "id": "rs_contract", "type": "reasoning", "status": "completed",
            "summary": [{"type": "summary_text", "text": reply.thought}],
        })  # fmt: skip
    if reply.text:
        items.append({
            "id": "msg_contract", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": reply.content, "annotations": []}],
        })  # fmt: skip
    for at, one in enumerate(reply.calls):
        items.append({
            "id": f"fc_contract_{at}", "type": "function_call", "status": "completed", "call_id": one.id,
            "name": one.name, "arguments": reply.raw_arguments or json.dumps(one.arguments),
        })  # fmt: skip
    return items


def _response(reply: Reply, model: str, status: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    cut = reply.finish == "length" and status == "completed"
    return {
        "id": "resp_contract",
        "object": "response",
        "created_at": CREATED,
        "status": "incomplete" if cut else status,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "error": None,
        "model": model,
        "output": items,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": _usage(reply) if status == "completed" else None,
    }


def document(reply: Reply, model: str) -> dict[str, Any]:
    """The body of an answer that does not stream."""
    return _response(reply, model, "completed", _items(reply))


def _item_events(item: dict[str, Any], at: int, reply: Reply) -> Iterator[tuple[str, dict[str, Any]]]:
    place = {"item_id": item["id"], "output_index": at}
    match item["type"]:
        case "reasoning":
            part = {**place, "summary_index": 0}
            for piece in reply.reasoning:
                yield "response.reasoning_summary_text.delta", {**part, "delta": piece}
            yield "response.reasoning_summary_text.done", {**part, "text": reply.thought}
        case "message":
            part = {**place, "content_index": 0}
            opened = {"type": "output_text", "text": "", "annotations": []}
            yield "response.content_part.added", {**part, "part": opened}
            for piece in reply.text:
                yield "response.output_text.delta", {**part, "delta": piece, "logprobs": []}
            yield "response.output_text.done", {**part, "text": reply.content, "logprobs": []}
            yield "response.content_part.done", {**part, "part": {**opened, "text": reply.content}}
        case _:
            text = item["arguments"]
            half = len(text) // 2
            for piece in (text[:half], text[half:]):
                yield "response.function_call_arguments.delta", {**place, "delta": piece}
            yield "response.function_call_arguments.done", {**place, "arguments": text, "name": item["name"]}


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    bare = {**item, "status": "in_progress"}
    emptied = {"reasoning": {"summary": []}, "message": {"content": []}, "function_call": {"arguments": ""}}
    return bare | emptied[item["type"]]


def frames(reply: Reply, model: str) -> Iterator[bytes]:
    """The frames of a streamed answer."""
    numbered = 0

    def frame(kind: str, **fields: Any) -> bytes:
        nonlocal numbered
        body = {"type": kind, "sequence_number": numbered, **fields}
        numbered += 1
        return f"event: {kind}\ndata: {json.dumps(body)}\n\n".encode()

    items = _items(reply)
    yield frame("response.created", response=_response(reply, model, "in_progress", []))
    yield frame("response.in_progress", response=_response(reply, model, "in_progress", []))
    for at, item in enumerate(items):
        yield frame("response.output_item.added", output_index=at, item=_bare(item))
        for kind, fields in _item_events(item, at, reply):
            yield frame(kind, **fields)
        yield frame("response.output_item.done", output_index=at, item=item)
    whole = document(reply, model)
    yield frame("response.incomplete" if whole["status"] == "incomplete" else "response.completed", response=whole)
