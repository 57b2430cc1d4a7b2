"""Responses and the events of their streams, as a server sends them."""

from __future__ import annotations

import json
from typing import Any


def said(text: str, **fields: Any) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part], **fields}


def called(name: str, arguments: str, call_id: str = "call_1", **fields: Any) -> dict[str, Any]:
    call = {"id": f"fc_{call_id}", "call_id": call_id, "name": name, "arguments": arguments, "status": "completed"}
    return {"type": "function_call", **call, **fields}


def thought(summary: str = "", encrypted: str | None = None, **fields: Any) -> dict[str, Any]:
    told = [{"type": "summary_text", "text": summary}] if summary else []
    sealed = {} if encrypted is None else {"encrypted_content": encrypted}
    return {"type": "reasoning", "id": "rs_1", "summary": told, **sealed, **fields}


USAGE = {
    "input_tokens": 11,
    "output_tokens": 7,
    "total_tokens": 18,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
    "output_tokens_details": {"reasoning_tokens": 3},
}


def response(*items: dict[str, Any], status: str = "completed", **fields: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "status": status, "error": None, "output": list(items), **fields}


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


CREATED = event("response.created", response=response(status="in_progress"))


def delta(text: str, kind: str = "output_text", index: int = 0) -> bytes:
    return event(f"response.{kind}.delta", delta=text, output_index=index)


def done(item: dict[str, Any], index: int = 0) -> bytes:
    return event("response.output_item.done", item=item, output_index=index)


def completed(*items: dict[str, Any], **fields: Any) -> bytes:
    return event("response.completed", response=response(*items, **fields))


HELLO = [CREATED, delta("Hel"), delta("lo"), done(said("Hello")), completed(said("Hello"))]
