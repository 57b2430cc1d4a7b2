"""OpenAI chat completions and the ways in which eight vendors speak it (`reference/providers.md` §3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from contracts.script import Reply

CREATED = 1_760_000_000


@dataclass(frozen=True)
class Flavour:
    """A vendor's manner. `usage` is where a stream states it, `reasoning` the field of reasoning text."""

    usage: Literal["trailing", "finish", "every", "dummy"] = "trailing"
    reasoning: str = "reasoning_content"
    done: bool = True
    whole_calls: bool = False
    comments: bool = False
    nulls: bool = False


FLAVOURS = {
    "openai": Flavour(),
    "glm4": Flavour(usage="finish", whole_calls=True),
    "openrouter": Flavour(usage="dummy", reasoning="reasoning", comments=True),
    "siliconflow": Flavour(usage="every", nulls=True),
    "cerebras": Flavour(usage="finish", reasoning="reasoning", done=False),
    "modelscope": Flavour(),
    "groq": Flavour(usage="finish", reasoning="reasoning", whole_calls=True),
}


def usage(reply: Reply, vendor: str) -> dict[str, Any]:
    counted: dict[str, Any] = {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
    }
    if vendor == "openrouter":
        counted["cost"] = 0.00025
    if vendor == "groq":
        counted |= {"queue_time": 0.01, "prompt_time": 0.02, "completion_time": 0.03, "total_time": 0.05}
    return counted


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "type": "function",
            "function": {"name": one.name, "arguments": reply.raw_arguments or json.dumps(one.arguments)},
        }
        for one in reply.calls
    ]


def _thought(text: str, flavour: Flavour, vendor: str) -> dict[str, Any]:
    shown: dict[str, Any] = {flavour.reasoning: text}
    if vendor == "openrouter":
        shown["reasoning_details"] = [{"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}]
    return shown


def document(reply: Reply, vendor: str, model: str) -> dict[str, Any]:
    """The body of an answer that does not stream."""
    flavour = FLAVOURS[vendor]
    message: dict[str, Any] = {"role": "assistant", "content": reply.content or None}
    if reply.reasoning:
        message |= _thought(reply.thought, flavour, vendor)
    if reply.calls:
        message["tool_calls"] = _calls(reply)
    body: dict[str, Any] = {
        "id": "chatcmpl-contract",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": usage(reply, vendor),
    }
    if vendor == "openrouter":
        body["provider"] = "Contract"
    return body | _own(vendor, usage(reply, vendor))


def _own(vendor: str, told: dict[str, Any]) -> dict[str, Any]:
    """What a vendor adds where it states the usage."""
    match vendor:
        case "cerebras":
            times = {"queue_time": 0.01, "prompt_time": 0.02, "completion_time": 0.03, "total_time": 0.06}
            return {"time_info": {**times, "created": CREATED}}
        case "groq":
            return {"x_groq": {"id": "req_contract", "usage": told}}
        case _:
            return {}


def _deltas(reply: Reply, flavour: Flavour, vendor: str) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    for piece in reply.reasoning:
        yield ({"content": None} if flavour.nulls else {}) | _thought(piece, flavour, vendor)
    for piece in reply.text:
        yield {"content": piece} | ({flavour.reasoning: None} if flavour.nulls else {})
    for at, one in enumerate(_calls(reply)):
        if flavour.whole_calls:
            yield {"tool_calls": [{"index": at, **one}]}
            continue
        text = one["function"]["arguments"]
        yield {"tool_calls": [{"index": at, **one, "function": {"name": one["function"]["name"], "arguments": ""}}]}
        half = len(text) // 2
        for part in (text[:half], text[half:]):
            kind = {"type": "function"} if vendor == "cerebras" else {}
            yield {"tool_calls": [{"index": at, **kind, "function": {"arguments": part}}]}


def frames(reply: Reply, vendor: str, model: str, *, counted: bool) -> Iterator[bytes]:
    """The frames of a streamed answer; `counted` says that usage was asked for."""
    flavour = FLAVOURS[vendor]
    told = usage(reply, vendor)
    if flavour.comments:
        yield b": OPENROUTER PROCESSING\n\n"

    def chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
        body = {"id": "chatcmpl-contract", "object": "chat.completion.chunk", "created": CREATED, "model": model}
        body["system_fingerprint"] = "fp_contract"
        return b"data: " + json.dumps(body | {"choices": choices} | more).encode() + b"\n\n"

    every = {"usage": told} if flavour.usage == "every" else {}
    for delta in _deltas(reply, flavour, vendor):
        yield chunk([{"index": 0, "delta": delta, "finish_reason": None}], **every)
    last: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": reply.finish}
    match flavour.usage:
        case "finish" | "every":
            yield chunk([last], usage=told, **_own(vendor, told))
        case "dummy":
            yield chunk([last])
            yield chunk(
                [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}], usage=told
            )
        case "trailing":
            yield chunk([last])
            if counted:
                yield chunk([], usage=told)
    if flavour.done:
        yield b"data: [DONE]\n\n"
