"""Replies in the OpenAI chat dialect: what recordings do not show, and everything that can be wrong with a reply."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers import frames as framing
from agnolo.providers.errors import Vendor
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.vocabulary.errors import (
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelProtocolError,
    ModelProviderError,
    ModelRateLimitError,
    TruncatedStreamError,
)
from agnolo.vocabulary.messages import Citations, ToolCall, UrlCitation
from agnolo.vocabulary.metrics import MessageMetrics

VENDOR = Vendor(name="OpenAI", model="gpt", secrets=("topsecret",))
STOP = {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
DONE = b"data: [DONE]\n\n"


def delta(_finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": "c1", "choices": [{"index": 0, "delta": fields, "finish_reason": _finish}]}


def frames(*chunks: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def streamed(*blocks: bytes) -> list[ModelEvent]:
    decoder = ChatDecoder(VENDOR, "stream")
    return [event for block in blocks for event in decoder.feed(block)] + decoder.finish()


def whole(body: Any) -> ModelReply:
    decoder = ChatDecoder(VENDOR, "whole")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert decoder.feed(raw[:7]) == decoder.feed(raw[7:]) == []
    (reply,) = decoder.finish()
    assert isinstance(reply, ModelReply)
    return reply


def reply_of(*chunks: Any) -> ModelReply:
    reply = streamed(frames(*chunks), DONE)[-1]
    assert isinstance(reply, ModelReply)
    return reply


def completion(_finish: str | None = "stop", _top: dict[str, Any] | None = None, **message: Any) -> dict[str, Any]:
    return {"id": "c1", "choices": [{"index": 0, "message": message, "finish_reason": _finish}], **(_top or {})}


def test_deltas_come_as_they_are_sent_and_the_reply_last() -> None:
    events = streamed(
        frames(
            delta(role="assistant", content=""),
            delta(reasoning_content="hm"),
            delta(content="Hel"),
            delta(content="lo"),
            STOP,
        ),
        frames({"id": "c1", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}),
        DONE,
    )
    said = {"id": "c1"}
    assert events == [
        TextDelta("", said),
        ReasoningDelta("hm"),
        TextDelta("Hel", said),
        TextDelta("lo", said),
        ModelReply(
            content="Hello",
            reasoning_content="hm",
            metrics=MessageMetrics(input_tokens=3, output_tokens=2, total_tokens=5),
            provider_data={"id": "c1"},
        ),
    ]


def test_events_of_one_block_are_given_together() -> None:
    decoder = ChatDecoder(VENDOR, "stream")
    assert decoder.feed(frames(delta(content="a"), delta(content="b"))) == [
        TextDelta("a", {"id": "c1"}),
        TextDelta("b", {"id": "c1"}),
    ]
    assert (decoder.heard, decoder.answered, decoder.done) == (2, False, False)
    assert decoder.feed(frames(STOP) + DONE) == []
    assert (decoder.heard, decoder.answered, decoder.done) == (3, True, True)


def test_what_only_keeps_the_connection_alive_is_not_heard() -> None:
    decoder = ChatDecoder(VENDOR, "stream")
    assert decoder.feed(b": PROCESSING\n\ndata:\n\ndata:  \n\n") == []
    assert decoder.heard == 0


def test_what_follows_the_end_is_ignored() -> None:
    assert len(streamed(frames(delta(content="a"), STOP), DONE, frames(delta(content="b")))) == 2


def test_the_end_may_lack_its_blank_line() -> None:
    assert streamed(frames(delta(content="a")), frames(STOP).rstrip(b"\n"))[-1] == reply_of(delta(content="a"), STOP)


def test_an_end_mark_without_a_finish_reason_ends_a_reply() -> None:
    assert reply_of(delta(content="a")).finish_reason == "stop"
    calls = [{"index": 0, "id": "x", "function": {"name": "f", "arguments": "{}"}}]
    assert reply_of(delta(tool_calls=calls)).finish_reason == "tool_calls"


@pytest.mark.parametrize("blocks", [[], [b""], [DONE], [frames(delta(content="a"))], [b": ping\n\n"]])
def test_a_stream_that_just_stops_is_truncated(blocks: list[bytes]) -> None:
    with pytest.raises(TruncatedStreamError, match="without a finish reason") as raised:
        streamed(*blocks)
    assert raised.value.retryable


def test_a_stream_cut_within_a_chunk_is_truncated() -> None:
    with pytest.raises(TruncatedStreamError, match="in the middle of a chunk, after 1 whole ones"):
        streamed(frames(delta(content="a")), frames(delta(content="b"))[:-9])


def test_a_cut_within_the_usage_loses_the_usage_only() -> None:
    *_, reply = streamed(frames(delta(content="a"), STOP), b'data: {"choices": [], "usage": {"prompt_to')
    assert reply == reply_of(delta(content="a"), STOP)


@pytest.mark.parametrize(
    ("wire", "ours"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("sensitive", "content_filter"),
        ("model_context_window_exceeded", "length"),
        ("eos_token", "other"),
    ],
)
def test_finish_reasons(wire: str, ours: str) -> None:
    assert reply_of(delta(wire, content="a")).finish_reason == ours
    assert whole(completion(wire, content="a")).finish_reason == ours


def test_a_whole_reply() -> None:
    usage = {
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "total_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 2, "cache_write_tokens": 7},
        "completion_tokens_details": {"reasoning_tokens": 1, "audio_tokens": 4},
        "cost": 0.5,
    }
    top = {"system_fingerprint": "fp", "service_tier": "default", "usage": usage}
    assert whole(completion(_top=top, content="hi", reasoning="hm")) == ModelReply(
        content="hi",
        reasoning_content="hm",
        metrics=MessageMetrics(
            input_tokens=3,
            output_tokens=2,
            total_tokens=5,
            audio_input_tokens=2,
            audio_output_tokens=4,
            audio_total_tokens=6,
            cache_read_tokens=1,
            cache_write_tokens=7,
            reasoning_tokens=1,
            cost=0.5,
        ),
        provider_data={"id": "c1", "system_fingerprint": "fp"},
    )


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": "many", "completion_tokens": None, "prompt_tokens_details": [], "cost": "free"},
        {"prompt_tokens": -1, "completion_tokens": True, "cost": True},
        {},
        None,
    ],
)
def test_nonsense_in_the_usage_counts_as_nothing(usage: Any) -> None:
    assert whole(completion(_top={"usage": usage}, content="a")).metrics == MessageMetrics()


def test_a_missing_total_is_the_sum() -> None:
    reply = whole(completion(_top={"usage": {"prompt_tokens": 3.0, "completion_tokens": 2}}, content="a"))
    assert reply.metrics == MessageMetrics(input_tokens=3, output_tokens=2, total_tokens=5)


def test_the_last_usage_counts_and_is_not_added_up() -> None:
    first, last = {"prompt_tokens": 3, "completion_tokens": 1}, {"prompt_tokens": 3, "completion_tokens": 2}
    chunks = [{**delta(content="a"), "usage": first}, {**STOP, "usage": last}, {**delta(), "usage": None}]
    assert reply_of(*chunks).metrics == MessageMetrics(input_tokens=3, output_tokens=2, total_tokens=5)


def test_usage_that_only_groq_sends_in_its_own_field_is_read() -> None:
    own = {"x_groq": {"id": "r", "usage": {"prompt_tokens": 1, "completion_tokens": 1}}}
    reply = reply_of(delta(content="a"), {**STOP, **own})
    assert reply.metrics.total_tokens == 2
    assert reply.provider_data == {"id": "c1", "model_extra": own}


def test_tool_calls_are_put_together() -> None:
    reply = reply_of(
        delta(tool_calls=[{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]),
        delta(tool_calls=[{"index": 0, "id": None, "type": None, "function": {"name": None, "arguments": '{"x":'}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": "1}"}}]),
        delta("tool_calls"),
    )
    assert (reply.content, reply.tool_calls) == (None, [ToolCall.of("a", "f", '{"x":1}')])


def test_the_old_function_call_is_a_tool_call() -> None:
    reply = whole(completion("function_call", content=None, function_call={"name": "f", "arguments": "{}"}))
    assert [(c.function.name, c.function.arguments) for c in reply.tool_calls] == [("f", "{}")]


def test_a_refusal_is_what_the_model_says() -> None:
    events = streamed(frames(delta(refusal="I "), delta(refusal="won't."), STOP), DONE)
    assert [event.text for event in events[:2] if isinstance(event, TextDelta)] == ["I ", "won't."]
    kept = {"id": "c1", "refusal": "I won't."}
    assert events[-1] == ModelReply(content="I won't.", provider_data=kept)
    assert whole(completion(content=None, refusal="I won't.")) == events[-1]


def test_the_transcript_of_spoken_output_is_its_text() -> None:
    assert whole(completion(content=None, audio={"id": "au", "data": "YWJj", "transcript": "hi"})).content == "hi"


def test_content_in_parts_is_joined() -> None:
    assert whole(completion(content=[{"type": "text", "text": "a"}, {"type": "x"}, "b", {"text": "c"}])).content == "ac"


def test_cited_pages_are_kept() -> None:
    cited = [{"type": "url_citation", "url_citation": {"url": "http://u", "title": "t"}}, {"type": "other"}]
    expected = Citations(raw=cited, urls=[UrlCitation(url="http://u", title="t")])
    assert whole(completion(content="a", annotations=cited)).citations == expected
    assert reply_of(delta(content="a", annotations=cited[:1]), delta(annotations=cited[1:]), STOP).citations == expected
    assert whole(completion(content="a", annotations=[])).citations is None
    assert whole(completion(content="a", annotations=[{"type": "other"}])).citations == Citations(
        raw=[{"type": "other"}]
    )


def test_logprobs_are_kept_in_order() -> None:
    def said(token: str) -> dict[str, Any]:
        return {
            "choices": [{"delta": {"content": token}, "logprobs": {"content": [{"token": token}], "refusal": None}}]
        }

    assert reply_of(said("a"), said("b"), STOP).provider_data == {
        "id": "c1",
        "logprobs": {"content": [{"token": "a"}, {"token": "b"}]},
    }


def test_reasoning_details_are_put_together_in_order() -> None:
    def thought(**fields: Any) -> dict[str, Any]:
        return delta(reasoning_details=[{"index": 0, **fields}])

    reply = reply_of(
        thought(type="reasoning.text", text="a", signature=None, format="f"),
        thought(type="reasoning.text", text="b", signature="s"),
        thought(type="reasoning.text", text="c"),
        thought(type="reasoning.encrypted", data="x"),
        thought(type="reasoning.encrypted", data="y"),
        STOP,
    )
    assert reply.provider_data is not None
    assert reply.provider_data["reasoning_details"] == [
        {"index": 0, "type": "reasoning.text", "text": "ab", "signature": "s", "format": "f"},
        {"index": 0, "type": "reasoning.text", "text": "c"},
        {"index": 0, "type": "reasoning.encrypted", "data": "x"},
        {"index": 0, "type": "reasoning.encrypted", "data": "y"},
    ]


def test_vendors_own_fields_are_kept_apart() -> None:
    reply = reply_of(
        {**delta(content="a"), "provider": "Azure"}, {**STOP, "provider": "Azure", "citations": ["http://u"]}
    )
    assert reply.provider_data == {"id": "c1", "model_extra": {"provider": "Azure", "citations": ["http://u"]}}


def test_only_the_first_of_several_answers_is_read() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "no"}, "finish_reason": "length"}]}
    assert reply_of(delta(content="a"), other, STOP).content == "a"


def test_chunks_without_choices_or_message_say_nothing() -> None:
    empty = {"choices": [], "prompt_filter_results": []}
    bare = {"choices": [{"index": 0, "delta": None, "finish_reason": None}]}
    assert reply_of(empty, bare, delta(content="a"), {"usage": {"prompt_tokens": 1}}, STOP).content == "a"


# ---- errors in replies


@pytest.mark.parametrize(
    ("chunk", "kind", "retryable"),
    [
        ({"error": {"code": 502, "message": "upstream"}}, ModelProviderError, True),
        ({"error": {"code": "tool_use_failed", "message": "x", "status_code": 400}}, ModelBadRequestError, True),
        ({"error": {"code": "x", "message": "x"}, "status_code": 429}, ModelRateLimitError, True),
        ({"error": "text"}, ModelProviderError, True),
        ({"choices": [{"index": 0, "error": {"code": 429, "message": "x"}}]}, ModelRateLimitError, True),
        ({**delta("error"), "error": {"code": 401, "message": "x"}}, ModelAuthenticationError, False),
        ({"code": 401, "message": "Invalid token"}, ModelAuthenticationError, False),
        ({"choices": None}, ModelProtocolError, True),
        ({"choices": None, "usage": {"prompt_tokens": 0}}, ModelProtocolError, True),
        ({}, ModelProtocolError, True),
        ({"choices": "x"}, ModelProtocolError, True),
        ("Invalid token", ModelProviderError, True),
        ([], ModelProtocolError, True),
    ],
)
def test_an_error_in_a_reply_is_raised(chunk: Any, kind: type[ModelProviderError], retryable: bool) -> None:
    with pytest.raises(ModelProviderError) as raised:
        whole(chunk)
    assert (type(raised.value), raised.value.retryable) == (kind, retryable)
    decoder = ChatDecoder(VENDOR, "stream")
    decoder.feed(frames(delta(content="a")))
    if not (isinstance(chunk, dict) and chunk.get("usage")):
        with pytest.raises(kind):
            decoder.feed(frames(chunk))


def test_an_error_event_of_plain_text_is_raised() -> None:
    with pytest.raises(ModelProviderError, match="something broke"):
        streamed(b"event: error\ndata: something broke\n\n")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "sent an empty body"),
        (b"  ", "sent an empty body"),
        (b"<html><body>502</body></html>", "sent no chat completion"),
        (b'{"choices":[', "sent no chat completion"),
        (b'{"choices":[{"message":{"content":"\xff"}}]}', "sent no chat completion"),
        (b'{"choices":[]}', "without choices"),
    ],
)
def test_a_body_that_is_no_reply_is_a_broken_protocol(body: bytes, text: str) -> None:
    with pytest.raises(ModelProtocolError, match=text):
        whole(body)


def test_a_chunk_that_is_no_json_is_a_broken_protocol_and_its_secrets_stay_hidden() -> None:
    with pytest.raises(ModelProtocolError, match="redacted") as raised:
        streamed(b'data: {"topsecret\n\n')
    assert "topsecret" not in str(raised.value)


def test_an_endless_event_is_a_broken_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_FRAME", 100)
    with pytest.raises(ModelProtocolError, match="more than 100 bytes"):
        streamed(b"data: " + b"x" * 200)


WORDS = """
choices id usage error delta message content reasoning refusal tool_calls function arguments name index code status_code
finish_reason logprobs annotations url_citation type reasoning_details audio transcript x_groq provider text url details
prompt_tokens prompt_tokens_details cached_tokens metadata raw headers retryDelay function_call
"""
NAMES = st.sampled_from(WORDS.split())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 600)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "stop", "a", "{}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)
CHOICES = st.fixed_dictionaries({"choices": st.lists(st.dictionaries(NAMES, JSON, max_size=4), max_size=2)})


@settings(max_examples=1500, deadline=None)
@given(chunks=st.lists(JSON | CHOICES, min_size=1, max_size=4), spoilt=st.binary(max_size=2))
def test_any_json_is_a_reply_or_a_typed_error(chunks: list[Any], spoilt: bytes) -> None:
    for form in ("stream", "whole"):
        decoder = ChatDecoder(VENDOR, form)
        body = frames(*chunks) if form == "stream" else json.dumps(chunks[0]).encode()
        try:
            decoder.feed(body[:-5] + spoilt + body[-5:])
            assert isinstance(decoder.finish()[-1], ModelReply)
        except ModelProviderError:
            pass


def test_an_error_beside_spoilt_text_is_still_that_error() -> None:
    with pytest.raises(ModelRateLimitError):
        whole(b'{"user_id":"\xff","error":{"code":429,"message":"x"}}')


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"error":['])
def test_bottomless_nesting_is_a_broken_protocol(opening: bytes) -> None:
    with pytest.raises(ModelProtocolError, match="sent no chat completion"):
        whole(opening * 100_000)
    with pytest.raises(ModelProtocolError, match="sent no chat completion"):
        streamed(b"data: " + opening * 100_000 + b"\n\n")
