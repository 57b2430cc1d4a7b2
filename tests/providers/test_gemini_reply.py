"""What Gemini's replies mean: states, kept parts, calls in pieces, sources, blocks, broken bodies."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, ReasoningDelta, TextDelta
from agnolo.providers.errors import Vendor
from agnolo.providers.gemini_reply import GeminiDecoder
from agnolo.providers.gemini_request import Wording, encode
from agnolo.vocabulary.errors import (
    ModelBadRequestError,
    ModelContentFilterError,
    ModelOverloadedError,
    ModelProtocolError,
    ModelProviderError,
    TruncatedStreamError,
)
from agnolo.vocabulary.messages import Citations, Message, UrlCitation
from agnolo.vocabulary.metrics import MessageMetrics

VENDOR = Vendor(name="Google", model="gemini-x", key="GOOGLE_API_KEY", secrets=("sk-secret",))


def chunk(*parts: dict[str, Any], finish: Any = None, **fields: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
    candidate |= {name: fields.pop(name) for name in list(fields) if name.endswith("Metadata") and name[0] != "u"}
    candidate |= {name: fields.pop(name) for name in ("finishMessage", "urlContextMetadata", "index") if name in fields}
    if finish is not None:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], **fields}


def sse(*chunks: Any) -> bytes:
    return b"".join(b"data: " + (c if isinstance(c, bytes) else json.dumps(c).encode()) + b"\r\n\r\n" for c in chunks)


def streamed(*blocks: bytes) -> list[ModelEvent]:
    decoder = GeminiDecoder(VENDOR, "stream", lambda: 0.0)
    events = [event for block in blocks for event in decoder.feed(block)]
    return [*events, *decoder.finish()]


def whole(body: Any) -> list[ModelEvent]:
    decoder = GeminiDecoder(VENDOR, "whole", lambda: 0.0)
    return [*decoder.feed(body if isinstance(body, bytes) else json.dumps(body).encode()), *decoder.finish()]


def reply_of(events: list[ModelEvent]) -> ModelReply:
    assert isinstance(events[-1], ModelReply)
    return events[-1]


# ---- answers


def test_a_stream_is_told_as_it_comes() -> None:
    usage = {"promptTokenCount": 4, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "totalTokenCount": 9}
    blocks = sse(
        chunk({"text": "hm", "thought": True}, responseId="r1", modelVersion="gemini-x-001"),
        chunk({"text": "Hel"}, usageMetadata={"promptTokenCount": 4, "totalTokenCount": 4}),
        chunk({"text": "lo", "thought": False}),
        chunk({"text": ""}, finish="STOP", usageMetadata=usage),
        {"usageMetadata": {"trafficType": "ON_DEMAND"}},
    )
    assert streamed(blocks) == [
        ReasoningDelta("hm"),
        TextDelta("Hel"),
        TextDelta("lo"),
        ModelReply(
            content="Hello",
            reasoning_content="hm",
            metrics=MessageMetrics(input_tokens=4, output_tokens=5, total_tokens=9, reasoning_tokens=3),
        ),
    ]


def test_a_whole_reply_has_no_deltas() -> None:
    assert whole(chunk({"text": "Hello"}, finish="STOP")) == [ModelReply(content="Hello")]


def test_a_stream_without_events_is_a_list_of_chunks() -> None:
    body = [chunk({"text": "Hel"}), chunk({"text": "lo"}, finish="STOP")]
    told = [TextDelta("Hel"), TextDelta("lo"), ModelReply(content="Hello")]
    assert whole(body) == [ModelReply(content="Hello")]
    assert streamed(json.dumps(body).encode()) == told


def test_other_candidates_are_not_read() -> None:
    body = chunk({"text": "a"}, finish="STOP")
    body["candidates"].append({"index": 1, "content": {"parts": [{"text": "b"}]}, "finishReason": "MAX_TOKENS"})
    assert whole(body) == [ModelReply(content="a")]


def test_done_ends_a_stream_of_a_proxy() -> None:
    assert streamed(sse(chunk({"text": "a"}, finish="STOP"), b"[DONE]", chunk({"text": "b"}))) == [
        TextDelta("a"),
        ModelReply(content="a"),
    ]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("STOP", "stop"),
        (1, "stop"),
        ("MAX_TOKENS", "length"),
        (2, "length"),
        ("SAFETY", "content_filter"),
        (3, "content_filter"),
        ("RECITATION", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        ("SPII", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("LANGUAGE", "other"),
        ("OTHER", "other"),
        ("BRAND_NEW", "other"),
        (99, "other"),
        ("MALFORMED_FUNCTION_CALL", "other"),
    ],
)
def test_every_reason_to_finish_is_understood(reason: Any, finish: str) -> None:
    assert reply_of(streamed(sse(chunk({"text": "a"}, finish=reason)))).finish_reason == finish


def test_calls_finish_as_calls_though_google_says_stop() -> None:
    for reason in ("STOP", "UNEXPECTED_TOOL_CALL", "BRAND_NEW"):
        body = chunk({"functionCall": {"name": "f", "args": {"a": [1]}}}, finish=reason, finishMessage="why")
        reply = reply_of(whole(body))
        assert (reply.finish_reason, reply.content) == ("tool_calls", None)
        [call] = reply.tool_calls
        assert (call.function.name, json.loads(call.function.arguments)) == ("f", {"a": [1]})
        assert UUID(call.id)
        assert reply.provider_data == {"finish_message": "why"}
    cut_off = chunk({"functionCall": {"name": "f"}}, finish="MAX_TOKENS")
    assert reply_of(whole(cut_off)).finish_reason == "length"


# ---- what goes back


def test_signed_and_opaque_parts_are_kept_in_order() -> None:
    parts = [
        {"text": "plan", "thought": True},
        {"text": "signed plan", "thought": True, "thoughtSignature": "s0"},
        {"executableCode": {"code": "1"}, "thoughtSignature": "s1"},
        {"codeExecutionResult": {"output": "1"}},
        {"text": "Let "},
        {"text": "me"},
        {"text": " see", "thoughtSignature": "s2"},
        {"functionCall": {"name": "f", "args": {}, "id": "g1"}, "thoughtSignature": "s3"},
        {"functionCall": {"name": "f", "args": {"x": 1}}},
        {"text": "", "thoughtSignature": "s4"},
    ]
    reply = reply_of(streamed(sse(*(chunk(part) for part in parts), chunk(finish="STOP"))))
    kept = [*parts[1:4], {"text": "Let me"}, *parts[6:]]
    assert reply.provider_data == {"gemini_parts": kept}
    assert (reply.content, reply.reasoning_content) == ("Let me see", "plansigned plan")
    assert [call.id == "g1" for call in reply.tool_calls] == [True, False]


def test_what_message_and_calls_say_is_not_kept_twice() -> None:
    reply = reply_of(whole(chunk({"text": "a"}, {"functionCall": {"name": "f", "args": {}}}, finish="STOP")))
    assert reply.provider_data is None


def test_an_image_is_an_answer() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "aGk="}}
    reply = reply_of(whole(chunk(image, finish="STOP")))
    assert (reply.content, reply.provider_data) == (None, {"gemini_parts": [image]})


def test_a_call_that_is_null_is_no_call() -> None:
    reply = reply_of(whole(chunk({"text": "a"}, {"functionCall": None}, finish="STOP")))
    assert (reply.content, reply.tool_calls) == ("a", [])


def test_log_probabilities_are_passed_on() -> None:
    body = chunk({"text": "a"}, finish="STOP")
    body["candidates"][0]["logprobsResult"] = {"chosenCandidates": [{"token": "a"}]}
    assert reply_of(whole(body)).provider_data == {"logprobs": [{"chosenCandidates": [{"token": "a"}]}]}


# ---- calls in pieces


def pieces(*calls: dict[str, Any]) -> ModelReply:
    return reply_of(streamed(sse(*(chunk({"functionCall": call}) for call in calls), chunk(finish="STOP"))))


def arguments(*partials: dict[str, Any]) -> Any:
    calls = [{"partialArgs": [partial], "willContinue": True} for partial in partials]
    [call] = pieces({"name": "f", "willContinue": True}, *calls, {}).tool_calls
    return json.loads(call.function.arguments)


def test_a_call_in_pieces_is_put_together_and_kept_whole() -> None:
    blocks = sse(
        chunk({"functionCall": {"name": "f", "id": "g1", "willContinue": True}, "thoughtSignature": "s"}),
        chunk(
            {
                "functionCall": {
                    "partialArgs": [{"jsonPath": "$.a", "stringValue": "Bos", "willContinue": True}],
                    "willContinue": True,
                }
            }
        ),
        chunk({"functionCall": {"partialArgs": [{"jsonPath": "$.a", "stringValue": "ton"}], "willContinue": True}}),
        chunk({"functionCall": {"partialArgs": [{"jsonPath": "$.n", "numberValue": 2}]}}),
        chunk({"functionCall": {"partialArgs": [{"jsonPath": "$.late", "numberValue": 2}]}}),
        chunk({"functionCall": {"name": "g"}}, finish="STOP"),
    )
    reply = reply_of(streamed(blocks))
    assert [(c.function.name, json.loads(c.function.arguments)) for c in reply.tool_calls] == [
        ("f", {"a": "Boston", "n": 2}),
        ("g", {}),
    ]
    assert reply.provider_data == {
        "gemini_parts": [
            {"functionCall": {"name": "f", "id": "g1", "args": {"a": "Boston", "n": 2}}, "thoughtSignature": "s"},
            {"functionCall": {"name": "g"}},
        ]
    }


def test_arguments_are_put_where_their_paths_say() -> None:
    assert arguments(
        {"jsonPath": "$.a.b['c d']", "boolValue": True},
        {"jsonPath": '$["e"][0].f', "numberValue": 1},
        {"jsonPath": "$.e[1]", "nullValue": "NULL_VALUE"},
        {"jsonPath": "$.e[0].g", "stringValue": "x"},
        {"jsonPath": "$.e[7]", "stringValue": "end"},
        {"jsonPath": "$.t", "stringValue": "", "willContinue": True},
        {"jsonPath": "$.t", "willContinue": True},
        {"jsonPath": "$.t", "stringValue": "tail"},
    ) == {"a": {"b": {"c d": True}}, "e": [{"f": 1, "g": "x"}, None, "end"], "t": "tail"}


def test_paths_that_lead_nowhere_change_nothing() -> None:
    assert arguments({"jsonPath": "$", "stringValue": "x"}, {"jsonPath": "$[0]", "stringValue": "x"}, {}) == {}


def test_what_stands_in_the_way_of_a_path_is_replaced() -> None:
    assert arguments({"jsonPath": "$.a", "numberValue": 1}, {"jsonPath": "$.a.b", "numberValue": 2}) == {"a": {"b": 2}}


steps = st.one_of(st.sampled_from([".a", ".b", "['a']", "[0]", "[1]", "[99999999999]", "$", "["]))
partial = st.fixed_dictionaries(
    {"jsonPath": st.lists(steps, max_size=5).map(lambda path: "$" + "".join(path))},
    optional={
        "stringValue": st.text(max_size=3),
        "numberValue": st.floats(allow_nan=False, allow_infinity=False),
        "willContinue": st.booleans(),
    },
)


@settings(deadline=None)
@given(partials=st.lists(partial, max_size=8))
def test_no_partial_argument_breaks_the_reply(partials: list[dict[str, Any]]) -> None:
    assert isinstance(arguments(*partials), dict)


# ---- sources


def test_sources_are_cited_once_each() -> None:
    body = chunk(
        {"text": "a"},
        finish="STOP",
        groundingMetadata={
            "webSearchQueries": ["q"],
            "groundingChunks": [
                {"web": {"uri": "http://w", "title": "W"}},
                {"retrievedContext": {"text": "of a file"}},
                {"maps": {"uri": "http://m", "title": "M"}},
            ],
        },
        urlContextMetadata={"urlMetadata": [{"retrievedUrl": "http://w"}, {"retrievedUrl": "http://u"}]},
        citationMetadata={"citationSources": [{"uri": "http://c"}, {"startIndex": 1}]},
    )
    citations = reply_of(whole(body)).citations
    assert citations is not None
    assert citations.urls == [
        UrlCitation(url="http://w", title="W"),
        UrlCitation(url="http://m", title="M"),
        UrlCitation(url="http://u"),
        UrlCitation(url="http://c"),
    ]
    assert list(citations.raw) == ["grounding_metadata", "url_context_metadata", "citation_metadata"]


def test_sources_of_several_chunks_are_gathered() -> None:
    blocks = sse(
        chunk({"text": "a"}, groundingMetadata={}, citationMetadata={"citations": [{"uri": "http://1"}]}),
        chunk({"text": "b"}, groundingMetadata={"webSearchQueries": ["q"], "groundingChunks": []}),
        chunk(finish="STOP", citationMetadata={"citations": [{"uri": "http://2"}]}),
    )
    assert reply_of(streamed(blocks)).citations == Citations(
        raw={
            "citation_metadata": {"citations": [{"uri": "http://1"}, {"uri": "http://2"}]},
            "grounding_metadata": {"webSearchQueries": ["q"], "groundingChunks": []},
        },
        urls=[UrlCitation(url="http://1"), UrlCitation(url="http://2")],
    )


def test_a_search_that_found_nothing_has_no_pages() -> None:
    reply = reply_of(whole(chunk({"text": "a"}, finish="STOP", groundingMetadata={"webSearchQueries": ["q"]})))
    assert reply.citations == Citations(raw={"grounding_metadata": {"webSearchQueries": ["q"]}})


# ---- usage


def test_counts_of_sound_tools_and_cache_are_told() -> None:
    usage = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "candidatesTokenCount": 4,
        "thoughtsTokenCount": 1,
        "cachedContentTokenCount": 6,
        "totalTokenCount": 20,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}, {"modality": "TEXT", "tokenCount": 7}],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 2}],
    }
    assert reply_of(whole(chunk({"text": "a"}, finish="STOP", usageMetadata=usage))).metrics == MessageMetrics(
        input_tokens=15,
        output_tokens=5,
        total_tokens=20,
        audio_input_tokens=3,
        audio_output_tokens=2,
        audio_total_tokens=5,
        cache_read_tokens=6,
        reasoning_tokens=1,
    )


def test_nonsense_counts_are_zero() -> None:
    usage = {"promptTokenCount": "many", "candidatesTokenCount": True, "totalTokenCount": -1, "promptTokensDetails": 3}
    assert reply_of(whole(chunk({"text": "a"}, finish="STOP", usageMetadata=usage))).metrics == MessageMetrics()


# ---- blocks


def test_a_blocked_prompt_is_a_typed_error() -> None:
    body = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "not this"}}
    for events in (lambda: whole(body), lambda: streamed(sse(body))):
        with pytest.raises(
            ModelContentFilterError, match="blocked the prompt for model 'gemini-x': PROHIBITED_CONTENT, not this"
        ) as raised:
            events()
        assert (raised.value.code, raised.value.retryable, raised.value.status_code) == (
            "PROHIBITED_CONTENT",
            False,
            400,
        )


def test_feedback_without_a_block_is_no_error() -> None:
    assert whole(chunk({"text": "a"}, finish="STOP", promptFeedback={"safetyRatings": []})) == [ModelReply(content="a")]


@pytest.mark.parametrize("parts", [(), ({"text": "only a thought", "thought": True},), ({"text": ""},)])
def test_a_withheld_answer_is_a_typed_error(parts: Any) -> None:
    with pytest.raises(
        ModelContentFilterError, match="withheld the answer of model 'gemini-x': SAFETY, too hot"
    ) as raised:
        whole(chunk(*parts, finish="SAFETY", finishMessage="too hot"))
    assert raised.value.code == "SAFETY"


def test_a_call_that_google_could_not_read_is_an_error_of_its_own() -> None:
    with pytest.raises(
        ModelProtocolError, match="wrote a function call that can't be read: MALFORMED_FUNCTION_CALL"
    ) as raised:
        streamed(sse(chunk(finish="MALFORMED_FUNCTION_CALL")))
    assert (raised.value.code, raised.value.retryable) == ("MALFORMED_FUNCTION_CALL", False)


def test_an_empty_answer_for_another_reason_is_an_answer() -> None:
    assert whole(chunk(finish="OTHER", finishMessage="internal")) == [
        ModelReply(finish_reason="other", provider_data={"finish_message": "internal"})
    ]


# ---- broken replies


@pytest.mark.parametrize("blocks", [[], [b"\r\n"], [sse(chunk({"text": "a"}))], [sse({"usageMetadata": {}})]])
def test_a_stream_that_just_stops_is_cut_off(blocks: list[bytes]) -> None:
    with pytest.raises(TruncatedStreamError, match="without a finish reason"):
        streamed(*blocks)


def test_an_error_in_the_stream_is_raised_as_what_it_is() -> None:
    error = {"error": {"code": 503, "message": "overloaded, sk-secret", "status": "UNAVAILABLE"}}
    with pytest.raises(ModelOverloadedError, match=r"overloaded, \[redacted\]") as raised:
        streamed(sse(chunk({"text": "a"}), error))
    assert (raised.value.code, raised.value.retryable, raised.value.status_code) == ("UNAVAILABLE", True, 503)


def test_an_error_behind_the_stream_is_not_missed_at_any_cut() -> None:
    error = json.dumps({"error": {"code": 499, "message": "cancelled", "status": "CANCELLED"}}, indent=2).encode()
    body = sse(chunk({"text": "a"}, finish="STOP")) + error
    for place in range(len(body)):
        with pytest.raises(ModelProviderError, match="cancelled") as raised:
            streamed(body[:place], body[place:])
        assert (type(raised.value), raised.value.code) == (ModelProviderError, "CANCELLED")


def test_an_error_in_a_list_is_raised_as_what_it_is() -> None:
    with pytest.raises(ModelBadRequestError, match="no such field"):
        whole([{"error": {"code": 400, "message": "no such field", "status": "INVALID_ARGUMENT"}}])


def test_a_bare_error_text_is_told() -> None:
    with pytest.raises(ModelProviderError, match="answered 502 for model 'gemini-x': sorry"):
        whole({"error": "sorry"})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "sent an empty body"),
        (b"<html>hi</html>", "sent no Gemini reply"),
        (b'{"candidates": 3}', "sent a reply without candidates"),
        (b'{"candidates": [', "sent no Gemini reply"),
        (b"\xff\xfe", "sent no Gemini reply"),
        (b'{"a":' * 5000, "sent no Gemini reply"),
        (b"{}", "sent a reply without candidates"),
        (b'{"candidates": [{}]}', "sent a reply without candidates"),
        (b"[]", "sent a reply without candidates"),
    ],
)
def test_what_is_no_reply_is_a_protocol_error(body: bytes, words: str) -> None:
    with pytest.raises(ModelProtocolError, match=words):
        whole(body)


def test_a_complaint_in_another_form_is_told() -> None:
    with pytest.raises(ModelProviderError, match="gateway is full"):
        whole({"message": "gateway is full", "candidates": 3})


def test_garbage_in_a_stream_is_a_protocol_error() -> None:
    with pytest.raises(ModelProtocolError, match="sent no Gemini reply"):
        streamed(sse(chunk({"text": "a"}), b"{garbage"))


def test_a_stream_cut_within_a_chunk_is_truncated_even_after_a_reason_to_stop() -> None:
    with pytest.raises(TruncatedStreamError, match="in the middle of a chunk, after 1 whole ones"):
        streamed(sse(chunk({"text": "a"}, finish="STOP")), b"{ cut")


def test_a_line_without_end_is_a_protocol_error() -> None:
    with pytest.raises(ModelProtocolError, match="an event of more than"):
        streamed(b"data: " + b"x" * (9 << 20))


# ---- nonsense


NAMES = """
candidates content parts text thought functionCall name args id partialArgs jsonPath stringValue willContinue
finishReason finishMessage groundingMetadata groundingChunks web uri title citationMetadata citations
urlContextMetadata urlMetadata usageMetadata promptTokensDetails promptFeedback blockReason error code details
reason violations thoughtSignature index
"""
names = st.sampled_from(NAMES.split())
leaves = st.none() | st.booleans() | st.integers(-2, 600) | st.sampled_from(["", "STOP", "SAFETY", "$.a", "x"])
nonsense = st.recursive(leaves, lambda n: st.lists(n, max_size=3) | st.dictionaries(names, n, max_size=4), max_leaves=8)
candidate = st.dictionaries(names, nonsense, max_size=5)
part_like = st.dictionaries(names, nonsense, max_size=4)


@settings(deadline=None)
@given(chunks=st.lists(st.fixed_dictionaries({}, optional={
    "candidates": st.lists(st.fixed_dictionaries(
        {"content": st.fixed_dictionaries({"parts": st.lists(part_like, max_size=3)})},
        optional={
            "finishReason": st.sampled_from(["STOP", "SAFETY", 1, "MALFORMED_FUNCTION_CALL"]),
            "groundingMetadata": candidate, "citationMetadata": candidate, "urlContextMetadata": candidate,
        },
    ), max_size=2),
    "usageMetadata": candidate, "promptFeedback": candidate, "error": nonsense,
}), max_size=4), listed=st.booleans())  # fmt: skip
def test_nonsense_is_an_answer_or_a_typed_error(chunks: list[Any], listed: bool) -> None:
    for read in (lambda: whole(chunks if listed else {"candidates": chunks}), lambda: streamed(sse(*chunks))):
        try:
            events = read()
        except ModelProviderError:
            continue
        message = Message(
            role="assistant",
            content=reply_of(events).content,
            tool_calls=reply_of(events).tool_calls,
            provider_data=reply_of(events).provider_data,
        )
        asked = ModelRequest(messages=[Message(role="user", content="x"), message])
        assert encode(asked, Wording(model="gemini-3-pro", config={}))
