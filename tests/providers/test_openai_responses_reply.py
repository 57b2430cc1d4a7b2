"""What the Responses decoder makes of streams and whole replies, sound and broken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo.ports.model import Aside, ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers.errors import Vendor
from agnolo.providers.openai_responses_reply import ResponsesDecoder
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelBadRequestError,
    ModelContentFilterError,
    ModelOverloadedError,
    ModelProtocolError,
    ModelProviderError,
    ModelQuotaError,
    ModelRateLimitError,
    TruncatedStreamError,
)
from agnolo.vocabulary.messages import Citations, ToolCall, UrlCitation
from agnolo.vocabulary.metrics import MessageMetrics
from tests.providers.openai_responses_frames import (
    CREATED,
    HELLO,
    USAGE,
    called,
    completed,
    delta,
    done,
    event,
    response,
    said,
    thought,
)

VENDOR = Vendor(name="OpenAI", model="m")
ORIGIN = {"provider": "OpenAI", "model": "m", "response_id": "resp_1"}


def streamed(*blocks: bytes) -> list[ModelEvent]:
    decoder = ResponsesDecoder(VENDOR, "stream", lambda: 0.0)
    events = [found for block in blocks for found in decoder.feed(block)] + decoder.finish()
    return events[1:] if isinstance(events[0], Aside) else events


def whole(body: Any) -> ModelReply:
    decoder = ResponsesDecoder(VENDOR, "whole", lambda: 0.0)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert decoder.feed(raw[:5]) == decoder.feed(raw[5:]) == []
    (reply,) = decoder.finish()
    assert isinstance(reply, ModelReply)
    return reply


# ---- what is said


def test_text_is_told_as_it_comes() -> None:
    expected = [TextDelta("Hel"), TextDelta("lo"), ModelReply(content="Hello", provider_data=ORIGIN)]
    assert streamed(*HELLO) == expected


def test_the_id_is_told_once_before_anything_else() -> None:
    decoder = ResponsesDecoder(VENDOR, "stream")
    told = [found for block in HELLO for found in decoder.feed(block)] + decoder.finish()
    assert [event for event in told if isinstance(event, Aside)] == [Aside(provider_data={"response_id": "resp_1"})]
    assert told[1] == TextDelta("Hel")


def test_the_stream_is_over_with_its_last_event() -> None:
    decoder = ResponsesDecoder(VENDOR, "stream")
    for block in HELLO[:-1]:
        decoder.feed(block)
    assert (decoder.done, decoder.answered, decoder.heard) == (False, False, 4)
    decoder.feed(HELLO[-1])
    assert (decoder.done, decoder.answered) == (True, True)
    assert decoder.feed(b"data: [DONE]\n\n" + delta("late")) == []


def test_signs_of_life_are_no_progress() -> None:
    decoder = ResponsesDecoder(VENDOR, "stream")
    queued = event("response.queued", response=response(status="queued"))
    assert decoder.feed(event("keepalive", sequence_number=3) + queued + b": ping\n\n") == []
    assert decoder.heard == 0


def test_a_whole_reply() -> None:
    body = response(thought("hm", "E"), said("Let me see."), called("f", '{"a":1}'), usage=USAGE)
    assert whole(body) == ModelReply(
        content="Let me see.",
        reasoning_content="hm",
        tool_calls=[ToolCall.of("call_1", "f", '{"a":1}')],
        finish_reason="tool_calls",
        metrics=MessageMetrics(
            input_tokens=11,
            output_tokens=7,
            total_tokens=18,
            cache_read_tokens=4,
            cache_write_tokens=2,
            reasoning_tokens=3,
        ),
        provider_data={
            **ORIGIN,
            "output": [
                thought("hm", "E"),
                {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"},
                {"type": "function_call", "id": "fc_call_1", "call_id": "call_1", "status": "completed"},
            ],
        },
    )


def test_reasoning_is_told_from_summaries_and_from_thoughts() -> None:
    *deltas, reply = streamed(
        CREATED,
        delta("I ", "reasoning_summary_text"),
        delta("think", "reasoning_text"),
        delta("So", index=1),
        completed(thought("I think"), said("So")),
    )
    assert deltas == [ReasoningDelta("I "), ReasoningDelta("think"), TextDelta("So")]
    assert isinstance(reply, ModelReply)
    assert (reply.content, reply.reasoning_content) == ("So", "I think")


def test_thoughts_in_plain_are_read_from_whole_replies_too() -> None:
    item = thought(content=[{"type": "reasoning_text", "text": "deep"}])
    assert whole(response(item, said("x"))).reasoning_content == "deep"


@pytest.mark.parametrize("end", [completed(), completed(thought("hm"), said("Hello"))])
def test_items_without_deltas_are_told_when_they_are_done(end: bytes) -> None:
    *deltas, reply = streamed(CREATED, done(thought("hm")), done(said("Hello"), 1), end)
    assert deltas == [ReasoningDelta("hm"), TextDelta("Hello")]
    assert isinstance(reply, ModelReply)
    assert (reply.content, reply.reasoning_content) == ("Hello", "hm")


def test_items_that_only_the_end_lists_are_told_there() -> None:
    *deltas, reply = streamed(CREATED, completed(said("Hello"), called("f", "{}")))
    assert deltas == [TextDelta("Hello")]
    assert isinstance(reply, ModelReply)
    assert reply.tool_calls == [ToolCall.of("call_1", "f", "{}")]


def test_deltas_without_an_index_are_not_told_twice() -> None:
    *deltas, reply = streamed(
        event("response.output_text.delta", delta="Hello"),
        event("response.output_item.done", item=said("Hello")),
        completed(said("Hello")),
    )
    assert deltas == [TextDelta("Hello")]
    assert isinstance(reply, ModelReply)
    assert reply.content == "Hello"


def test_parallel_calls_keep_their_order() -> None:
    first, second = called("f", '{"a":1}'), called("g", '{"b":2}', "call_2")
    blocks = [
        event("response.output_item.added", item={**first, "arguments": ""}, output_index=0),
        event("response.output_item.added", item={**second, "arguments": ""}, output_index=1),
        delta('{"b":2}', "function_call_arguments", 1),
        delta('{"a":1}', "function_call_arguments", 0),
        done(second, 1),
        done(first, 0),
        completed(),
    ]
    reply = ModelReply(
        tool_calls=[ToolCall.of("call_1", "f", '{"a":1}'), ToolCall.of("call_2", "g", '{"b":2}')],
        finish_reason="tool_calls",
        provider_data={
            **ORIGIN,
            "output": [
                {"type": "function_call", "id": "fc_call_1", "call_id": "call_1", "status": "completed"},
                {"type": "function_call", "id": "fc_call_2", "call_id": "call_2", "status": "completed"},
            ],
        },
    )
    assert streamed(*blocks) == [reply]


def test_a_call_counts_though_only_its_arguments_were_finished() -> None:
    item = {**called("f", ""), "status": "in_progress"}
    (reply,) = streamed(
        event("response.output_item.added", item=item, output_index=0),
        event("response.function_call_arguments.done", arguments='{"a":1}', output_index=0),
        completed(),
    )
    assert isinstance(reply, ModelReply)
    assert reply.tool_calls == [ToolCall.of("call_1", "f", '{"a":1}')]


def test_a_call_without_a_call_id_has_its_item_s() -> None:
    item = {"type": "function_call", "id": "fc_9", "name": "f", "arguments": {"a": 1}}
    assert whole(response(item)).tool_calls == [ToolCall.of("fc_9", "f", '{"a":1}')]


def test_a_refusal_is_what_the_model_says() -> None:
    item = said("", content=[{"type": "refusal", "refusal": "I can't."}])
    blocks = [CREATED, delta("I ", "refusal"), delta("can't.", "refusal"), done(item), completed(item)]
    expected = ModelReply(content="I can't.", provider_data={**ORIGIN, "refusal": "I can't."})
    assert streamed(*blocks) == [TextDelta("I "), TextDelta("can't."), expected]
    assert whole(response(item)) == expected


def test_logprobs_are_passed_through() -> None:
    entry = {"token": "a", "logprob": -0.1}
    item = said("a", content=[{"type": "output_text", "text": "a", "logprobs": [entry]}])
    assert whole(response(item)).provider_data == {**ORIGIN, "logprobs": {"content": [entry]}}


# ---- citations and built-in tools

PAGE = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 1}
PASSAGE = {"type": "file_citation", "file_id": "file-1", "index": 2}


def test_citations_of_pages_and_files() -> None:
    item = said("x", content=[{"type": "output_text", "text": "x", "annotations": [PAGE, PASSAGE]}])
    cited = Citations(raw=[PAGE, PASSAGE], urls=[UrlCitation(url="https://a.example", title="A")])
    assert whole(response(item)).citations == cited
    note = event("response.output_text.annotation.added", annotation=PAGE, output_index=0)
    for blocks in ([note, done(item), completed()], [note, completed(item)]):
        reply = streamed(CREATED, delta("x"), *blocks)[-1]
        assert isinstance(reply, ModelReply)
        assert reply.citations == cited


def test_annotations_count_even_if_no_item_repeats_them() -> None:
    note = event("response.output_text.annotation.added", annotation=PASSAGE, output_index=0)
    reply = streamed(CREATED, delta("x"), note, completed())[-1]
    assert isinstance(reply, ModelReply)
    assert reply.citations == Citations(raw=[PASSAGE])


def test_items_of_built_in_tools_are_kept() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}
    under_way = event("response.web_search_call.searching", item_id="ws_1", output_index=0)
    reply = streamed(CREATED, under_way, done(search), done(said("x"), 1), completed())[-1]
    assert isinstance(reply, ModelReply)
    stub = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    assert reply.provider_data == {**ORIGIN, "output": [search, stub]}
    assert reply.content == "x"


def test_several_messages_of_one_reply_are_kept_whole() -> None:
    first, second = said("a", phase="commentary"), said("b", id="msg_2", phase="final_answer")
    reply = whole(response(first, second))
    assert (reply.content, reply.provider_data) == ("ab", {**ORIGIN, "output": [first, second]})


# ---- how it ends


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"reason": "max_output_tokens"}, "length"),
        ({"reason": "content_filter"}, "content_filter"),
        ({"reason": "solar_flare"}, "other"),
        ({}, "other"),
        (None, "other"),
        ({"reason": ["odd"]}, "other"),
    ],
)
def test_an_incomplete_response_says_why(details: Any, reason: str) -> None:
    end = response(said("Hel"), status="incomplete", incomplete_details=details)
    assert whole(end).finish_reason == reason
    reply = streamed(CREATED, delta("Hel"), event("response.incomplete", response=end))[-1]
    assert isinstance(reply, ModelReply)
    assert (reply.content, reply.finish_reason) == ("Hel", reason)


def test_usage_may_be_missing_or_null() -> None:
    assert whole(response(said("a"))).metrics == MessageMetrics()
    assert whole(response(said("a"), usage=None)).metrics == MessageMetrics()
    partly = {"input_tokens": 2, "output_tokens": 3, "input_tokens_details": None, "cost": 0.5}
    metrics = MessageMetrics(input_tokens=2, output_tokens=3, total_tokens=5, cost=0.5)
    assert whole(response(said("a"), usage=partly)).metrics == metrics


def test_an_event_without_its_blank_line_at_the_end_still_counts() -> None:
    assert streamed(*HELLO[:-1], HELLO[-1].rstrip())[-1] == ModelReply(content="Hello", provider_data=ORIGIN)


@pytest.mark.parametrize("cut", range(len(HELLO)))
def test_a_stream_that_just_stops_is_truncated(cut: int) -> None:
    with pytest.raises(TruncatedStreamError, match=f"unfinished, after {cut} events"):
        streamed(*HELLO[:cut])
    with pytest.raises(TruncatedStreamError):
        streamed(*HELLO[:cut], b"data: [DONE]\n\n")


# ---- errors inside replies

IN_BAND: list[tuple[dict[str, Any], type[ModelProviderError], int, bool]] = [
    ({"code": "server_error", "message": "x"}, ModelProviderError, 502, True),
    ({"code": "rate_limit_exceeded", "message": "x"}, ModelRateLimitError, 429, True),
    ({"code": "server_is_overloaded", "message": "x"}, ModelOverloadedError, 503, True),
    ({"code": "insufficient_quota", "message": "x"}, ModelQuotaError, 429, False),
    ({"code": "context_length_exceeded", "message": "x"}, ContextWindowExceededError, 400, False),
    ({"code": "invalid_prompt", "message": "x"}, ModelContentFilterError, 400, False),
    ({"code": "image_content_policy_violation", "message": "x"}, ModelContentFilterError, 400, False),
    ({"code": "invalid_image_url", "message": "x"}, ModelBadRequestError, 400, False),
    ({"code": None, "type": "invalid_request_error", "message": "x"}, ModelBadRequestError, 400, False),
    ({"code": 429, "message": "x"}, ModelRateLimitError, 429, True),
]


@pytest.mark.parametrize(("error", "kind", "status", "retryable"), IN_BAND)
def test_an_error_inside_a_reply_has_its_class(
    error: dict[str, Any], kind: type[ModelProviderError], status: int, retryable: bool
) -> None:
    failed = response(status="failed", error=error)
    ways = [
        [json.dumps(failed).encode()],
        [CREATED, event("response.failed", response=failed)],
        [CREATED, event("error", error=error)],
    ]
    for way in ways:
        decoder = ResponsesDecoder(VENDOR, "whole" if len(way) == 1 else "stream", lambda: 0.0)
        with pytest.raises(ModelProviderError) as raised:
            for block in way:
                decoder.feed(block)
            decoder.finish()
        found = raised.value
        assert (type(found), found.status_code, found.retryable) == (kind, status, retryable)
        assert (found.provider, found.model) == ("OpenAI", "m")


def test_an_error_event_may_be_flat() -> None:
    with pytest.raises(ModelRateLimitError, match="slow down") as raised:
        streamed(CREATED, event("error", code="rate_limit_exceeded", message="slow down", param=None))
    assert raised.value.code == "rate_limit_exceeded"


def test_an_error_may_be_a_chunk_of_another_dialect() -> None:
    with pytest.raises(ModelProviderError, match="gone"):
        streamed(CREATED, b'data: {"error": "gone"}\n\n')


def test_text_before_an_error_was_told() -> None:
    decoder = ResponsesDecoder(VENDOR, "stream")
    assert decoder.feed(delta("Hel")) == [TextDelta("Hel")]
    with pytest.raises(ModelProviderError):
        decoder.feed(event("response.failed", response=response(status="failed", error={"message": "x"})))


@pytest.mark.parametrize(("status", "retryable"), [("failed", True), ("cancelled", False)])
def test_a_response_may_end_badly_without_saying_why(status: str, retryable: bool) -> None:
    with pytest.raises(ModelProviderError, match=f"OpenAI says of model 'm': response {status}") as raised:
        whole(response(status=status))
    assert raised.value.retryable is retryable


def test_a_response_that_is_not_ready_is_no_reply() -> None:
    with pytest.raises(ModelProtocolError, match=r"still 'queued' \(to wait for it use background=True\)"):
        whole(response(status="queued"))


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"", ModelProtocolError, "sent an empty body"),
        (b"<html>", ModelProtocolError, "sent no response .* it begins with '<html>'"),
        (b"{}", ModelProtocolError, r"sent no response \(it has no output\): it begins with '{}'"),
        (b'{"message": "odd"}', ModelProviderError, "odd"),
        (b'["odd"]', ModelProviderError, "odd"),
        (b"\xff\xfe", ModelProtocolError, "sent no response"),
    ],
)
def test_what_is_no_response_is_told(body: bytes, kind: type[ModelProviderError], message: str) -> None:
    with pytest.raises(kind, match=message):
        whole(body)


def test_a_broken_event_is_told() -> None:
    with pytest.raises(ModelProtocolError, match=r'it begins with .{"type": "resp'):
        streamed(CREATED, b'data: {"type": "resp\n\n')


def test_an_endless_event_is_told() -> None:
    with pytest.raises(ModelProtocolError, match="an event of more than"):
        streamed(b"data: " + b"x" * (9 << 20))


def test_unknown_events_and_items_are_passed_over() -> None:
    strange = {"type": "hologram", "id": "h_1"}
    *deltas, reply = streamed(
        CREATED,
        event("response.hologram.delta", delta="zz", output_index=0),
        event("response.hologram.moved", output_index=0),
        done(strange),
        delta("x", index=1),
        completed(strange, said("x")),
    )
    assert deltas == [TextDelta("x")]
    stub = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    expected = ModelReply(content="x", provider_data={**ORIGIN, "output": [strange, stub]})
    assert reply == expected
