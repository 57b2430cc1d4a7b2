"""Replies in the shapes that Anthropic documents for its Messages. Made by hand: none of them is a recording."""

from __future__ import annotations

import json
from typing import Any


def frames(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


def start(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: int, kind: str, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **delta}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def begin(**usage: Any) -> dict[str, Any]:
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1, **usage},
    }  # fmt: skip
    return {"type": "message_start", "message": message}


def end(reason: str = "end_turn", *, usage: dict[str, Any] | None = None, **delta: Any) -> list[dict[str, Any]]:
    said = {"stop_reason": reason, "stop_sequence": None, **delta}
    return [
        {"type": "message_delta", "delta": said, "usage": {"output_tokens": 7, **(usage or {})}},
        {"type": "message_stop"},
    ]


def message(*content: dict[str, Any], reason: str = "end_turn", **fields: Any) -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": list(content),
        "stop_reason": reason, "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 7}, **fields,
    }  # fmt: skip


HELLO = [
    begin(),
    start(0, type="text", text=""),
    {"type": "ping"},
    piece(0, "text_delta", text="Hel"),
    piece(0, "text_delta", text="lo"),
    stop(0),
    *end(),
]

CITATION = {
    "type": "web_search_result_location", "url": "http://a", "title": "A", "cited_text": "a…", "encrypted_index": "x",
}  # fmt: skip

THINKS_SEARCHES_AND_CALLS = [
    begin(cache_read_input_tokens=100, cache_creation_input_tokens=20, service_tier="standard"),
    start(0, type="thinking", thinking="", signature=""),
    piece(0, "thinking_delta", thinking="Let me"),
    piece(0, "thinking_delta", thinking=" see"),
    piece(0, "signature_delta", signature="EqQB"),
    stop(0),
    start(1, type="redacted_thinking", data="EmwK"),
    stop(1),
    start(2, type="server_tool_use", id="srvtoolu_1", name="web_search", input={}),
    piece(2, "input_json_delta", partial_json='{"query": '),
    piece(2, "input_json_delta", partial_json='"a"}'),
    stop(2),
    start(3, type="web_search_tool_result", tool_use_id="srvtoolu_1", content=[{"type": "web_search_result"}]),
    stop(3),
    start(4, type="text", text="", citations=[]),
    piece(4, "text_delta", text="Grüße"),
    piece(4, "citations_delta", citation=CITATION),
    stop(4),
    start(5, type="tool_use", id="toolu_1", name="f", input={}),
    piece(5, "input_json_delta", partial_json=""),
    piece(5, "input_json_delta", partial_json='{"x"'),
    piece(5, "input_json_delta", partial_json=": 1}"),
    stop(5),
    start(6, type="tool_use", id="toolu_2", name="g", input={}),
    stop(6),
    *end(
        "tool_use",
        usage={"output_tokens_details": {"thinking_tokens": 4}, "server_tool_use": {"web_search_requests": 1}},
        container={"id": "c_1", "expires_at": "2026-01-01"},
    ),
]
BLOCKS = [
    {"type": "thinking", "thinking": "Let me see", "signature": "EqQB"},
    {"type": "redacted_thinking", "data": "EmwK"},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "a"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result"}]},
    {"type": "text", "text": "Grüße", "citations": [CITATION]},
    {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}},
    {"type": "tool_use", "id": "toolu_2", "name": "g", "input": {}},
]
"""What the stream above says, as a whole reply has it."""
