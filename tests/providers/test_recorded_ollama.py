"""Every recorded exchange in Ollama's own dialect against an independent reader; requests both ways."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest

from agnolo.ports.model import ModelEvent, ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.ollama_request import encode
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers import cassettes, decoding
from tests.providers.cassettes import Cassette

pytestmark = pytest.mark.cassettes

CHATS = cassettes.native("chat")
REPLIES = decoding.names("ollama")


# ---- the independent reader: plain json, from Ollama's documentation


class Reading(NamedTuple):
    text: str
    reasoning: str
    calls: list[tuple[str, Any]]
    finish: str
    usage: tuple[int, int, int]
    durations: dict[str, int]


def said(cassette: Cassette) -> list[dict[str, Any]]:
    if not cassette.streamed:
        return [json.loads(cassette.body)]
    return [json.loads(line) for line in cassette.body.decode().splitlines() if line]


def error_of(cassette: Cassette) -> str | None:
    lines = said(cassette)
    if cassette.status == 404:
        return "ModelNotFoundError"
    if "error" in lines[-1]:
        return "ModelProviderError"
    return None if not cassette.streamed or lines[-1]["done"] else "TruncatedStreamError"


def reading(cassette: Cassette) -> Reading:
    lines = said(cassette)
    messages = [line.get("message", {"content": line.get("response"), **line}) for line in lines]
    calls = [call["function"] for message in messages for call in message.get("tool_calls") or []]
    last = lines[-1]
    reason = last.get("done_reason", "stop")
    asked, answered = last.get("prompt_eval_count", 0), last.get("eval_count", 0)
    text, thinking = ("".join(message.get(name) or "" for message in messages) for name in ("content", "thinking"))
    tagged = re.fullmatch(r"\s*<think>\s*(.*?)\s*</think>\s*(.*)", text, re.DOTALL)
    return Reading(
        tagged[2] if tagged else text,
        tagged[1] if tagged else thinking,
        [(call["name"], call["arguments"]) for call in calls],
        "tool_calls" if calls else reason if reason in ("stop", "length") else "other",
        (asked, answered, asked + answered),
        {name: value for name, value in last.items() if name.endswith("_duration")},
    )


# ---- ours


def understood(events: list[ModelEvent], *, streamed: bool) -> Reading:
    reply = decoding.reply_of(events)
    assert streamed == (len(events) > 1) or not (reply.content or reply.reasoning_content)
    m = reply.metrics
    return Reading(
        reply.content or "",
        reply.reasoning_content or "",
        [(call.function.name, json.loads(call.function.arguments)) for call in reply.tool_calls],
        reply.finish_reason,
        (m.input_tokens, m.output_tokens, m.total_tokens),
        m.provider_metrics or {},
    )


def check(cassette: Cassette, blocks: list[bytes]) -> None:
    wrong = error_of(cassette)
    if wrong is None:
        told = decoding.replayed("ollama", cassette, blocks)
        assert understood(told, streamed=cassette.streamed) == reading(cassette)
    else:
        assert type(decoding.raised("ollama", cassette, blocks)).__name__ == wrong


def test_the_recordings_are_there() -> None:
    assert len(CHATS) > 50
    assert len(REPLIES) > len(CHATS)


@pytest.mark.parametrize("name", REPLIES)
def test_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    cassette = cassettes.read(name)
    check(cassette, cassette.blocks)
    check(cassette, [cassette.body])
    check(cassette, decoding.single_bytes(cassette.body))


@pytest.mark.parametrize("name", [name for name in REPLIES if name != cassettes.MISSING][::5])
def test_a_stream_cut_off_anywhere_is_truncated(name: str) -> None:
    cassette = cassettes.read(name)
    if not cassette.streamed:
        return
    for end in range(0, len(cassette.body.rstrip()), 7):
        error = decoding.raised("ollama", cassette._replace(status=200), [cassette.body[:end]])
        assert type(error).__name__ == "TruncatedStreamError"


# ---- requests


def meant(asked: dict[str, Any]) -> tuple[ModelRequest, dict[str, Any]]:
    """What a recorded request asks for, as a request of ours and the model's options."""
    form = asked.get("format")
    output = OutputFormat(name="o", schema=form if isinstance(form, dict) else {}, native=isinstance(form, dict))
    request = ModelRequest(
        messages=[message(m) for m in asked["messages"]],
        tools=[ToolSpec(**{k: t["function"][k] for k in ("name", "description", "parameters")}) for t in asked["tools"]]
        if asked.get("tools")
        else (),
        output=output if form else None,
        stream=asked.get("stream", True),
    )
    return request, {
        name: asked[name] for name in ("options", "think", "keep_alive") if asked.get(name) not in (None, {})
    }


def message(m: dict[str, Any]) -> Message:
    calls = [
        ToolCall.of("c", c["function"]["name"], json.dumps(c["function"]["arguments"])) for c in m.get("tool_calls", ())
    ]
    return Message(
        role=m["role"],
        content=m["content"],
        tool_calls=calls or None,
        tool_name=m.get("tool_name"),
        reasoning_content=m.get("thinking"),
        images=[Image.from_base64(image) for image in m.get("images", ())] or None,
    )


def plain(asked: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing: empty fields, silence on streaming, and other clients' own fields."""
    known = {"model", "messages", "stream", "tools", "format", "options", "think", "keep_alive"}
    body = {name: value for name, value in asked.items() if name in known and value not in (None, {}, [], "")}
    body.setdefault("messages", [])
    body.setdefault("stream", True)
    tools = [
        {"type": "function", "function": {k: t["function"][k] for k in ("name", "description", "parameters")}}
        for t in body.get("tools", ())
    ]
    messages = [{k: v for k, v in m.items() if k != "tool_call_id" and v != []} for m in body["messages"]]
    for m in messages:
        if "tool_calls" in m:
            m["tool_calls"] = [{"type": "function", "function": call["function"]} for call in m["tool_calls"]]
    return body | {"messages": messages} | ({"tools": tools} if tools else {})


@pytest.mark.parametrize("name", CHATS)
def test_our_encoder_asks_what_the_recorded_client_asked(name: str) -> None:
    asked = cassettes.read(name).request
    if asked is None or any(isinstance(m.get("images"), list) and "<" in m["images"][0] for m in asked["messages"]):
        return
    request, parameters = meant(asked)
    assert json.loads(encode(request, model=asked["model"], parameters=parameters)) == plain(asked)
