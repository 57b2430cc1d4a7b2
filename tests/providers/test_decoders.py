"""What every reply decoder keeps to, whatever is sent and however it is cut: a whole reply, or a typed error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import ModelReply
from agnolo.vocabulary.errors import ModelProtocolError, ModelProviderError, TruncatedStreamError
from tests.providers import cassettes, decoding
from tests.providers.decoding import DIALECTS, HARM, PLACES, Body

pytestmark = pytest.mark.cassettes

dialects = pytest.mark.parametrize("dialect", list(DIALECTS))
BROKEN_LINE = {"ollama": b""}
FINISHED = {
    "chat": {"choices": [{"delta": {"content": "{}"}, "finish_reason": "stop"}]},
    "responses": {"type": "response.completed", "response": {"output": [
        {"type": "message", "content": [{"type": "output_text", "text": "{}"}]}]}},
    "gemini": {"candidates": [{"content": {"parts": [{"text": "{}"}]}, "finishReason": "STOP"}]},
    "ollama": {"message": {"content": "{}"}, "done": True},
}  # fmt: skip


def frame(dialect: str, data: bytes) -> bytes:
    """One frame of a stream."""
    return data + b"\n" if dialect == "ollama" else b"data: " + data + b"\n\n"


def drawn(dialect: str) -> st.SearchStrategy[Body]:
    found = decoding.bodies(dialect)
    if not found:
        pytest.fail(f"no bodies for {dialect!r}: are recordings/exchanges.zip there?")
    return st.sampled_from(found)


@dialects
def test_there_are_bodies_of_both_forms(dialect: str) -> None:
    assert {body.form for body in decoding.bodies(dialect)} == {"stream", "whole"}


@dialects
@settings(max_examples=400, deadline=None)
@given(data=st.data(), places=PLACES)
def test_a_reply_reads_the_same_however_it_is_cut(dialect: str, data: st.DataObject, places: list[int]) -> None:
    body = data.draw(drawn(dialect))
    whole = decoding.outcome(dialect, body, [body.bytes])
    assert decoding.outcome(dialect, body, decoding.cut(body.bytes, places)) == whole


@dialects
@settings(max_examples=400, deadline=None)
@given(data=st.data(), harm=HARM, places=PLACES)
def test_a_damaged_reply_is_read_or_refused_alike_at_any_cut(
    dialect: str, data: st.DataObject, harm: list[tuple[int, bytes]], places: list[int]
) -> None:
    body = data.draw(drawn(dialect))
    body = body._replace(bytes=decoding.harmed(body.bytes, harm))
    whole = decoding.outcome(dialect, body, [body.bytes])
    assert decoding.outcome(dialect, body, decoding.cut(body.bytes, places)) == whole


@dialects
@settings(max_examples=300, deadline=None)
@given(form=st.sampled_from(["stream", "whole"]), blocks=st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_are_a_reply_or_a_typed_error(dialect: str, form: Any, blocks: list[bytes]) -> None:
    decoding.outcome(dialect, Body("any", form, b"".join(blocks)), blocks)


@dialects
@settings(max_examples=300, deadline=None)
@given(data=st.data(), place=st.integers(0, 1 << 30))
def test_a_stream_that_breaks_off_is_never_taken_for_another_reply(
    dialect: str, data: st.DataObject, place: int
) -> None:
    """Up to its last word it is truncated; behind that only usage and the like may be missing."""
    body = data.draw(drawn(dialect).filter(lambda body: body.form == "stream"))
    kept = body.bytes[: place % (len(body.bytes) + 1)]
    try:
        full = decoding.events(dialect, "stream", [body.bytes])
    except ModelProviderError:
        return
    try:
        told = decoding.events(dialect, "stream", [kept])
    except ModelProviderError:
        return
    assert essence(body.bytes, told) == essence(body.bytes, full)


def essence(body: bytes, told: list[Any]) -> object:
    reply = decoding.known_ids(body, decoding.reply_of(told))
    return reply.content, reply.reasoning_content, reply.tool_calls, reply.finish_reason, reply.images


@dialects
@pytest.mark.parametrize("form", ["stream", "whole"])
@pytest.mark.parametrize("blocks", [[], [b""], [b"\n"], [b" " * 100], [b"\n" * 1000], [b"\r"] * 10])
def test_nothing_is_no_reply(dialect: str, form: Any, blocks: list[bytes]) -> None:
    with pytest.raises(TruncatedStreamError if form == "stream" else ModelProtocolError):
        decoding.events(dialect, form, blocks)


@dialects
@pytest.mark.parametrize("form", ["stream", "whole"])
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82"])
def test_text_that_is_not_utf8_is_refused(dialect: str, form: Any, bad: bytes) -> None:
    said = (
        b'{"choices":[{"message":{"content":"%s"}}],"message":{"content":"%s"},"type":"%s","output":"%s",'
        b'"modelVersion":"%s"}'
    ).replace(b"%s", bad)
    with pytest.raises(ModelProtocolError, match="sent no"):
        decoding.events(dialect, form, [said if form == "whole" else frame(dialect, said)])


@dialects
@pytest.mark.parametrize(
    "opening", [b"[", b'{"a":', b'{"choices":[', b'{"error":[', b'{"message":', b'{"candidates":[']
)
def test_bottomless_nesting_is_refused(dialect: str, opening: bytes) -> None:
    with pytest.raises(ModelProtocolError, match="sent no"):
        decoding.events(dialect, "whole", [opening * 100_000])
    with pytest.raises(ModelProtocolError, match="sent no"):
        decoding.events(dialect, "stream", [frame(dialect, opening * 100_000)])


@dialects
@pytest.mark.parametrize("size", [1 << 14, 10 << 20])
def test_a_line_of_ten_megabytes_is_refused(dialect: str, size: int) -> None:
    body = frame(dialect, b'"' + b"x" * (10 << 20) + b'"')
    with pytest.raises(ModelProtocolError, match=r"(an event|a line) of more than 8388608 bytes"):
        decoding.events(dialect, "stream", [body[i : i + size] for i in range(0, len(body), size)])


@dialects
def test_a_whole_reply_of_ten_megabytes_is_read(dialect: str) -> None:
    body = next(body for body in decoding.bodies(dialect) if body.form == "whole")
    padded = body._replace(bytes=body.bytes.rstrip()[:-1] + b',"padding":"' + b"x" * (10 << 20) + b'"}')
    blocks = [padded.bytes[i : i + (1 << 16)] for i in range(0, len(padded.bytes), 1 << 16)]
    assert decoding.outcome(dialect, padded, blocks) == decoding.outcome(dialect, body, [body.bytes])


@dialects
def test_many_tiny_frames_take_time_in_proportion(dialect: str) -> None:
    """A million bytes of comments or blank lines, byte by byte, end like an empty stream."""
    with pytest.raises(TruncatedStreamError):
        decoding.events(dialect, "stream", [b"\n"] * 200_000)


@dialects
def test_an_error_page_in_place_of_a_stream_is_told(dialect: str) -> None:
    for body in (
        b'{"error":{"message":"gateway is full"}}',
        b'{\n  "error": {\n    "message": "gateway is full"\n  }\n}\n',
    ):
        if dialect == "ollama" and body.count(b"\n") > 1:
            continue  # a line is a reply there
        for blocks in ([body], decoding.single_bytes(body)):
            with pytest.raises(ModelProviderError, match="gateway is full"):
                decoding.events(dialect, "stream", blocks)


@pytest.mark.parametrize("dialect", list(FINISHED))
@settings(max_examples=100, deadline=None)
@given(text=st.text(), places=PLACES)
def test_any_text_arrives_as_it_was_sent(dialect: str, text: str, places: list[int]) -> None:
    said = json.dumps(FINISHED[dialect]).replace('"{}"', json.dumps(text)).encode()
    body = frame(dialect, said)
    reply = decoding.reply_of(decoding.events(dialect, "stream", decoding.cut(body, places)))
    assert (reply.content or "") == text


# ---- replies whose fields are not of the agreed type


WRONG = [None, 7, 7.5, True, "x", "", [], [1], {}, {"a": 1}, [None], [[]], [{}]]
NOT_CHANGED = ("text", "delta", "thinking", "arguments", "partial_json", "content", "type", "response", "reasoning")


def places_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where there are values in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places_of(one, (*path, key)))]


def with_value(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return wrong
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_value(copy[path[0]], path[1:], wrong)
    return copy


@dialects
@settings(max_examples=500, deadline=None)
@given(data=st.data(), wrong=st.sampled_from(WRONG))
def test_a_field_of_another_type_is_never_more_than_a_typed_error(
    dialect: str, data: st.DataObject, wrong: Any
) -> None:
    body = data.draw(drawn(dialect).filter(lambda body: body.form == "whole"))
    said = json.loads(body.bytes)
    place = data.draw(st.sampled_from(places_of(said)))
    spoilt = body._replace(bytes=json.dumps(with_value(said, place, wrong)).encode())
    decoding.outcome(dialect, spoilt, [spoilt.bytes])


@dialects
def test_the_recordings_are_those_of_the_dialect(dialect: str) -> None:
    assert dialect == "messages" or cassettes.MISSING not in decoding.names(dialect)
    assert isinstance(decoding.reply_of(_sample(dialect)), ModelReply)


def _sample(dialect: str) -> list[Any]:
    for body in decoding.bodies(dialect):
        try:
            return decoding.events(dialect, body.form, [body.bytes])
        except ModelProviderError:
            continue
    raise AssertionError(f"no recorded reply of {dialect} is sound")
