"""Replies in Ollama's own dialect: what recordings do not show, and everything that can be wrong with a reply."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers import frames as framing
from agnolo.providers.errors import Vendor
from agnolo.providers.ollama_reply import OllamaDecoder
from agnolo.vocabulary.errors import (
    ModelBadRequestError,
    ModelProtocolError,
    ModelProviderError,
    TruncatedStreamError,
)
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.metrics import MessageMetrics

VENDOR = Vendor(name="Ollama", model="qwen3", secrets=("topsecret",))
DONE = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}


def line(**message: Any) -> dict[str, Any]:
    return {"model": "qwen3", "message": {"role": "assistant", "content": "", **message}, "done": False}


def lines(*said: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in said)


def streamed(*blocks: bytes) -> list[ModelEvent]:
    decoder = OllamaDecoder(VENDOR, "stream")
    return [event for block in blocks for event in decoder.feed(block)] + decoder.finish()


def whole(body: Any) -> ModelReply:
    decoder = OllamaDecoder(VENDOR, "whole")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert decoder.feed(raw[:7]) == decoder.feed(raw[7:]) == []
    (reply,) = decoder.finish()
    assert isinstance(reply, ModelReply)
    return reply


def reply_of(*said: Any) -> ModelReply:
    reply = streamed(lines(*said))[-1]
    assert isinstance(reply, ModelReply)
    return reply


# ---- what is understood


def test_thinking_and_text_come_as_deltas_and_in_the_reply() -> None:
    end = DONE | {"prompt_eval_count": 3, "eval_count": 4, "total_duration": 9, "eval_duration": 5}
    assert streamed(lines(line(thinking="so"), line(thinking=" be"), line(content="Hel"), line(content="lo"), end)) == [
        ReasoningDelta("so"),
        ReasoningDelta(" be"),
        TextDelta("Hel"),
        TextDelta("lo"),
        ModelReply(
            content="Hello",
            reasoning_content="so be",
            metrics=MessageMetrics(
                input_tokens=3,
                output_tokens=4,
                total_tokens=7,
                provider_metrics={"total_duration": 9, "eval_duration": 5},
            ),
        ),
    ]


def test_thinking_comes_before_the_text_of_the_same_line() -> None:
    assert streamed(lines(line(thinking="so", content="yes"), DONE))[:2] == [ReasoningDelta("so"), TextDelta("yes")]


def test_counts_that_are_missing_or_null_are_zero() -> None:
    assert whole(DONE | {"eval_count": 2, "prompt_eval_count": None}).metrics == MessageMetrics(
        output_tokens=2, total_tokens=2
    )


def test_calls_of_several_lines_are_kept_apart_though_all_are_numbered_0() -> None:
    def calls(*x: int) -> dict[str, Any]:
        return line(tool_calls=[{"function": {"index": 0, "name": "f", "arguments": {"x": n}}} for n in x])

    reply = reply_of(calls(1, 2), calls(3), DONE)
    assert [(c.function.name, c.function.arguments) for c in reply.tool_calls] == [
        ("f", '{"x":1}'),
        ("f", '{"x":2}'),
        ("f", '{"x":3}'),
    ]
    assert len({call.id for call in reply.tool_calls}) == 3
    assert all(UUID(call.id) for call in reply.tool_calls)
    assert (reply.finish_reason, reply.content) == ("tool_calls", None)


def test_a_calls_own_id_is_kept_also_in_the_last_line() -> None:
    call = {"id": "call_7", "function": {"name": "f", "arguments": {}}}
    assert reply_of(DONE | {"message": {"tool_calls": [call]}}).tool_calls == [ToolCall.of("call_7", "f", "{}")]


@pytest.mark.parametrize(
    ("arguments", "expected"), [(None, "{}"), ("", "{}"), ('{"x": 1}', '{"x": 1}'), ({"é": [1]}, '{"é":[1]}')]
)
def test_arguments_are_text_however_they_come(arguments: Any, expected: str) -> None:
    call = {"function": {"name": "f", "arguments": arguments}}
    assert whole(DONE | {"message": {"tool_calls": [call]}}).tool_calls[0].function.arguments == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("stop", "stop"), ("length", "length"), ("load", "other"), ("new", "other"), (None, "stop")],
)
def test_why_a_reply_ended(reason: str | None, expected: str) -> None:
    assert reply_of(DONE | {"done_reason": reason}).finish_reason == expected


def test_a_reply_cut_short_beside_a_call_says_so() -> None:
    call = {"function": {"name": "f", "arguments": {}}}
    assert reply_of(line(tool_calls=[call]), DONE | {"done_reason": "length"}).finish_reason == "length"


def test_logprobs_are_passed_through() -> None:
    said = [line(content="a") | {"logprobs": [{"token": "a"}]}, DONE | {"logprobs": [{"token": "b"}]}]
    assert reply_of(*said).provider_data == {"logprobs": [{"token": "a"}, {"token": "b"}]}


def test_what_a_generate_call_answers_is_understood_too() -> None:
    assert streamed(lines({"thinking": "so", "done": False}, {"response": "hi", "done": False}, {"done": True})) == [
        ReasoningDelta("so"),
        TextDelta("hi"),
        ModelReply(content="hi", reasoning_content="so"),
    ]


def test_a_line_whose_text_is_null_says_nothing_yet() -> None:
    assert streamed(lines({"response": None, "done": False}, {"response": "hi", "done": False}, {"done": True})) == [
        TextDelta("hi"),
        ModelReply(content="hi"),
    ]


def test_a_whole_reply_is_one_event() -> None:
    assert whole({"message": {"content": "hi", "thinking": "so"}, "done": True, "done_reason": "stop"}) == ModelReply(
        content="hi", reasoning_content="so"
    )


def test_line_ends_and_empty_lines_of_every_sort() -> None:
    body = lines(line(content="a")).replace(b"\n", b"\r\n") + b"\r\n\n" + lines(line(content="b"), DONE).rstrip()
    for size in (1, 2, len(body)):
        blocks = [body[i : i + size] for i in range(0, len(body), size)]
        assert streamed(*blocks) == [TextDelta("a"), TextDelta("b"), ModelReply(content="ab")]


def test_what_follows_the_last_line_is_not_read() -> None:
    assert streamed(lines(line(content="a"), DONE) + b"nonsense\n", b"more") == [
        TextDelta("a"),
        ModelReply(content="a"),
    ]


def test_progress_is_told_to_whoever_waits() -> None:
    decoder = OllamaDecoder(VENDOR, "stream")
    seen: list[tuple[int, bool, bool]] = []
    for one in (line(content="a"), line(), DONE):
        decoder.feed(lines(one))
        seen.append((decoder.heard, decoder.answered, decoder.done))
    assert seen == [(1, False, False), (2, False, False), (3, True, True)]


# ---- what is refused


@pytest.mark.parametrize("form", ["stream", "whole"])
@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b'{"error":"model runner has unexpectedly stopped"}\n', ModelProviderError, "model runner has unexpectedly"),
        (b'{"error":{"message":"no topsecret","code":400}}\n', ModelBadRequestError, r"no \[redacted\]"),
        (b'{"message":"slow down","code":"1"}\n', ModelProviderError, "answered 502 .* slow down"),
        (b'{"detail":"?"}\n', ModelProtocolError, r"sent no chat reply \(it has no message\)"),
        (
            b'{"code":"x","message":null,"detail":"?"}\n',
            ModelProtocolError,
            r"sent no chat reply \(it has no message\)",
        ),
        (b'"just text"\n', ModelProviderError, "just text"),
        (b"<html><title>Proxy</title></html>\n", ModelProtocolError, "<html>"),
        (b"[1]\n", ModelProtocolError, "sent no chat reply"),
        (b'{"message":{"content":"\xff\xfe"},"done":true}\n', ModelProtocolError, "sent no chat reply"),
        (b'{"message":' * 5000 + b"\n", ModelProtocolError, "sent no chat reply"),
    ],
)
def test_what_is_no_reply_is_refused(form: Any, body: bytes, kind: type[ModelProviderError], text: str) -> None:
    decoder = OllamaDecoder(VENDOR, form)
    with pytest.raises(ModelProviderError, match=text) as raised:
        decoder.feed(body)
        decoder.finish()
    assert type(raised.value) is kind
    assert (raised.value.provider, raised.value.model) == ("Ollama", "qwen3")


def test_an_error_after_text_ends_the_stream() -> None:
    decoder = OllamaDecoder(VENDOR, "stream")
    assert decoder.feed(lines(line(content="a"))) == [TextDelta("a")]
    with pytest.raises(ModelProviderError, match="Ollama answered 502 for model 'qwen3': out of memory") as raised:
        decoder.feed(lines({"error": "out of memory"}))
    assert raised.value.retryable


def test_an_empty_body_is_refused() -> None:
    with pytest.raises(ModelProtocolError, match="sent an empty body"):
        whole(b"        ")


@pytest.mark.parametrize("rest", [b"", b"\n", b'{"mess', b'{"message":{"content":"b"},"done":false}'])
def test_a_stream_that_just_stops_is_truncated(rest: bytes) -> None:
    cut = r"after [12] lines without saying 'done'|in the middle of a chunk, after \d whole ones"
    with pytest.raises(TruncatedStreamError, match=cut):
        streamed(lines(line(content="a")) + rest)


def test_a_web_page_without_a_line_end_is_no_truncated_stream() -> None:
    with pytest.raises(ModelProtocolError, match="sent no chat reply"):
        streamed(b"<html>")


def test_a_line_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_FRAME", 10)
    with pytest.raises(ModelProtocolError, match="a line of more than 10 bytes"):
        streamed(b"x" * 6, b"x" * 6)
