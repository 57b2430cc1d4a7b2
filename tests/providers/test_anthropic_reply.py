"""Replies of Anthropic Messages: streamed and whole, however cut, and everything that can be wrong with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo.ports.model import Aside, ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers import frames as framing
from agnolo.providers.anthropic_reply import MessagesDecoder
from agnolo.providers.errors import Vendor
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelContentFilterError,
    ModelOverloadedError,
    ModelProtocolError,
    ModelProviderError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelTimeoutError,
    TruncatedStreamError,
)
from agnolo.vocabulary.messages import Citations, ToolCall, UrlCitation
from agnolo.vocabulary.metrics import MessageMetrics
from tests.providers.anthropic_bodies import (
    BLOCKS,
    CITATION,
    HELLO,
    THINKS_SEARCHES_AND_CALLS,
    begin,
    end,
    frames,
    message,
    piece,
    start,
)

VENDOR = Vendor(name="Anthropic", model="claude", secrets=("topsecret",))
HELLO_METRICS = MessageMetrics(input_tokens=9, output_tokens=7, total_tokens=16)
HELLO_BLOCKS = {"content_blocks": [{"type": "text", "text": "Hello"}]}
HELLO_EVENTS = [
    TextDelta("Hel"),
    TextDelta("lo"),
    Aside(text="", provider_data=HELLO_BLOCKS, citations=Citations(raw=[], urls=[], documents=[])),
    ModelReply(content="Hello", metrics=HELLO_METRICS, provider_data=HELLO_BLOCKS),
]
CALLS = [ToolCall.of("toolu_1", "f", '{"x": 1}'), ToolCall.of("toolu_2", "g", "{}")]
CITED = Citations(raw=[CITATION], urls=[UrlCitation(url="http://a", title="A")])
LONG = frames(*THINKS_SEARCHES_AND_CALLS)
LONG_EVENTS = [
    ReasoningDelta("Let me"),
    ReasoningDelta(" see"),
    Aside(provider_data={"signature": "EqQB"}),
    TextDelta("Grüße"),
    Aside(text="", provider_data={"content_blocks": BLOCKS}, citations=CITED),
    ModelReply(
        content="Grüße",
        reasoning_content="Let me see",
        tool_calls=CALLS,
        finish_reason="tool_calls",
        metrics=MessageMetrics(
            input_tokens=9,
            output_tokens=7,
            total_tokens=16,
            cache_read_tokens=100,
            cache_write_tokens=20,
            reasoning_tokens=4,
            provider_metrics={"server_tool_use": {"web_search_requests": 1}, "service_tier": "standard"},
        ),
        provider_data={
            "container": {"id": "c_1", "expires_at": "2026-01-01"},
            "content_blocks": BLOCKS,
            "signature": "EqQB",
        },
        citations=CITED,
    ),
]


def streamed(*blocks: bytes) -> list[ModelEvent]:
    decoder = MessagesDecoder(VENDOR, "stream")
    return [event for block in blocks for event in decoder.feed(block)] + decoder.finish()


def whole(body: Any) -> ModelReply:
    decoder = MessagesDecoder(VENDOR, "whole")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert decoder.feed(raw[:7]) == decoder.feed(raw[7:]) == []
    (reply,) = decoder.finish()
    assert isinstance(reply, ModelReply)
    return reply


def reply_of(*events: dict[str, Any]) -> ModelReply:
    reply = streamed(frames(begin(), *events))[-1]
    assert isinstance(reply, ModelReply)
    return reply


# ---- what is understood


def test_a_streamed_answer() -> None:
    assert streamed(frames(*HELLO)) == HELLO_EVENTS


def test_thoughts_searches_citations_and_calls_of_a_stream() -> None:
    assert streamed(LONG) == LONG_EVENTS


def test_a_stream_reads_the_same_byte_by_byte_and_with_other_line_ends() -> None:
    for body in (LONG, LONG.replace(b"\n", b"\r\n")):
        assert streamed(*(body[i : i + 1] for i in range(len(body)))) == LONG_EVENTS


def test_a_whole_reply_says_what_its_stream_says() -> None:
    told = whole(message(*BLOCKS, reason="tool_use", container={"id": "c_1", "expires_at": "2026-01-01"}))
    last = LONG_EVENTS[-1]
    assert isinstance(last, ModelReply)
    assert (told.content, told.reasoning_content, told.citations) == (last.content, last.reasoning_content, CITED)
    assert [(c.id, json.loads(c.function.arguments)) for c in told.tool_calls] == [
        ("toolu_1", {"x": 1}),
        ("toolu_2", {}),
    ]
    assert told.provider_data == last.provider_data
    assert (told.finish_reason, told.metrics) == ("tool_calls", HELLO_METRICS)


def test_blocks_are_kept_as_they_came_without_nulls() -> None:
    text = {"type": "text", "text": "hi", "citations": None}
    call = {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}}
    assert whole(message(text, call, reason="tool_use")).provider_data == {
        "content_blocks": [{"type": "text", "text": "hi"}, call]
    }
    assert whole(message(call, text, reason="tool_use")).provider_data == {
        "content_blocks": [call, {"type": "text", "text": "hi"}]
    }
    assert whole(message(text, text)).provider_data == {"content_blocks": [{"type": "text", "text": "hi"}] * 2}


def test_texts_that_a_block_begins_with_are_deltas_too() -> None:
    events = streamed(
        frames(
            begin(),
            start(0, type="thinking", thinking="a"),
            piece(0, "thinking_delta", thinking="b"),
            start(1, type="text", text="c"),
            piece(1, "text_delta", text="d"),
            *end(),
        )
    )
    assert events[:-2] == [ReasoningDelta("a"), ReasoningDelta("b"), TextDelta("c"), TextDelta("d")]
    last = events[-1]
    assert isinstance(last, ModelReply)
    assert (last.content, last.reasoning_content) == ("cd", "ab")


def test_arguments_that_come_with_the_beginning_of_a_call_are_taken() -> None:
    told = reply_of(start(0, type="tool_use", id="t", name="f", input={"x": 1}), *end("tool_use"))
    assert told.tool_calls == [ToolCall.of("t", "f", '{"x":1}')]


def test_garbled_arguments_are_told_as_they_are_and_kept_as_an_empty_object() -> None:
    told = reply_of(
        start(0, type="thinking", thinking=""),
        start(1, type="tool_use", id="t", name="f", input={}),
        piece(1, "input_json_delta", partial_json='{"x": '),
        *end("tool_use"),
    )
    assert told.tool_calls == [ToolCall.of("t", "f", '{"x": ')]
    assert (told.provider_data or {})["content_blocks"][1] == {"type": "tool_use", "id": "t", "name": "f", "input": {}}


@pytest.mark.parametrize("reason", ["max_tokens", "pause_turn", "model_context_window_exceeded"])
def test_a_call_that_was_cut_off_is_not_run(reason: str) -> None:
    told = reply_of(start(0, type="tool_use", id="t", name="f", input={}), *end(reason))
    assert told.tool_calls == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "other"),
        ("new", "other"),
    ],
)
def test_why_a_reply_ended(reason: str, expected: str) -> None:
    text = {"type": "text", "text": "hi"}
    assert reply_of(start(0, **text), *end(reason)).finish_reason == expected
    assert whole(message(text, reason=reason)).finish_reason == expected


def test_a_whole_reply_without_a_reason_ends_as_its_calls_say() -> None:
    call = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    body = {"content": [call], "usage": None}
    assert whole(body).finish_reason == "tool_calls"


def test_the_last_count_said_wins_and_null_is_silence() -> None:
    told = reply_of(*end(usage={"input_tokens": 12, "output_tokens": None, "cache_read_input_tokens": "?"}))
    assert told.metrics == MessageMetrics(input_tokens=12, output_tokens=1, total_tokens=13)


def test_edits_of_the_context_are_kept() -> None:
    edits = {"applied_edits": []}
    assert whole(message(context_management=edits)).provider_data == {"context_management": edits}
    last = [end()[0] | {"context_management": edits}, end()[1]]
    assert reply_of(*last).provider_data == {"context_management": edits}


def test_events_and_pieces_of_unknown_types_are_passed_over() -> None:
    events = [*HELLO[:-2], {"type": "new_event"}, piece(0, "new_delta", new="x"), *HELLO[-2:]]
    assert streamed(frames(*events)) == HELLO_EVENTS


def test_what_follows_the_end_is_not_read() -> None:
    assert streamed(frames(*HELLO), b"data: nonsense\n\n") == HELLO_EVENTS


def test_a_stream_may_stop_once_its_reason_is_told() -> None:
    assert streamed(frames(*HELLO[:-1])) == HELLO_EVENTS


def test_progress_is_told_but_keeping_alive_is_none() -> None:
    decoder = MessagesDecoder(VENDOR, "stream")
    seen: list[tuple[int, bool, bool]] = []
    for event in ({"type": "ping"}, begin(), *end()):
        decoder.feed(frames(event))
        seen.append((decoder.heard, decoder.answered, decoder.done))
    assert seen == [(0, False, False), (1, False, False), (2, True, False), (3, True, True)]


# ---- what is refused


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"type": "refusal", "category": "bio", "explanation": "It could harm."}, "It could harm."),
        ({"type": "refusal", "category": "cyber", "explanation": None}, "cyber"),
        (None, "no reason given"),
    ],
)
def test_a_refusal_without_a_word_is_an_error(details: Any, why: str) -> None:
    for attempt in (
        lambda: reply_of(*end("refusal", stop_details=details)),
        lambda: whole(message(reason="refusal", stop_details=details)),
    ):
        with pytest.raises(
            ModelContentFilterError, match=f"Anthropic's model 'claude' refused to answer: {why}"
        ) as raised:
            attempt()
        assert (raised.value.code, raised.value.retryable) == ("refusal", False)


@pytest.mark.parametrize(
    ("kind", "expected", "retryable"),
    [
        ("overloaded_error", ModelOverloadedError, True),
        ("rate_limit_error", ModelRateLimitError, True),
        ("api_error", ModelProviderError, True),
        ("timeout_error", ModelTimeoutError, True),
        ("authentication_error", ModelAuthenticationError, False),
        ("billing_error", ModelQuotaError, False),
        ("invalid_request_error", ModelBadRequestError, False),
        ("new_error", ModelProviderError, True),
    ],
)
def test_an_error_in_the_stream_has_the_class_it_would_have_had_before(
    kind: str, expected: type[ModelProviderError], retryable: bool
) -> None:
    error = {"type": "error", "error": {"type": kind, "message": "no topsecret"}}
    decoder = MessagesDecoder(VENDOR, "stream")
    assert decoder.feed(frames(*HELLO[:4])) == [TextDelta("Hel")]
    with pytest.raises(ModelProviderError, match=r"no \[redacted\]") as raised:
        decoder.feed(frames(error))
    assert type(raised.value) is expected
    assert (raised.value.retryable, raised.value.code) == (retryable, kind)
    with pytest.raises(expected):
        whole(error)


def test_a_conversation_that_does_not_fit_is_told_in_the_stream_too() -> None:
    said = {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}
    with pytest.raises(ContextWindowExceededError):
        streamed(frames({"type": "error", "error": said}))


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b'data: {"error":{"code":400,"message":"bad"}}\n\n', ModelBadRequestError, "bad"),
        (b'data: {"type":"error","error":null}\n\n', ModelProtocolError, "sent no message"),
        (b'data: {"x":1}\n\n', ModelProtocolError, r"sent no message \(it has no type\)"),
        (b"data: nonsense\n\n", ModelProtocolError, "sent no message"),
        (b'data: "just text"\n\n', ModelProviderError, "just text"),
        (b'data: {"type":7}\n\n', TruncatedStreamError, "without a stop reason after 1 events"),
        (b"data: " + b'{"message":' * 5000 + b"\n\n", ModelProtocolError, "sent no message"),
        (frames(piece(3, "text_delta", text="x")), ModelProtocolError, "a block that has not begun"),
    ],
)
def test_a_stream_that_is_none_is_refused(body: bytes, kind: type[ModelProviderError], text: str) -> None:
    with pytest.raises(ModelProviderError, match=text) as raised:
        streamed(body)
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"       ", "sent an empty body"),
        (b"<html></html>", "sent no message"),
        (b'{"content": null}', "sent no message"),
        (b'{"content": true}', "sent no message"),
    ],
)
def test_a_whole_reply_that_is_none_is_refused(body: bytes, text: str) -> None:
    with pytest.raises(ModelProtocolError, match=text):
        whole(body)


@pytest.mark.parametrize("count", range(1, len(HELLO) - 2))
def test_a_stream_that_just_stops_is_truncated(count: int) -> None:
    with pytest.raises(TruncatedStreamError, match="without a stop reason"):
        streamed(frames(*HELLO[:count]))


def test_an_event_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_FRAME", 10)
    with pytest.raises(ModelProtocolError, match="an event of more than 10 bytes"):
        streamed(b"data: " + b"x" * 20)
