"""What every reply decoder keeps to, whatever is sent and however it is cut: a whole reply, or a typed error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import ModelReply
from agnolo.vocabulary.errors import ModelProtocolError, ModelProviderError, TruncatedStreamError
from tests.providers import decoding
from tests.providers.decoder_properties import PROPERTIES
from tests.providers.decoding import DIALECTS, PLACES

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


@dialects
def test_there_are_bodies_of_both_forms(dialect: str) -> None:
    assert {body.form for body in decoding.bodies(dialect)} == {"stream", "whole"}


@dialects
@pytest.mark.parametrize("name", list(PROPERTIES))
def test_whatever_is_sent(dialect: str, name: str) -> None:
    PROPERTIES[name].hold(dialect, 200)


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
        b'"candidates":[{"finishMessage":"%s"}]}'
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


@dialects
def test_the_recordings_are_those_of_the_dialect(dialect: str) -> None:
    assert dialect == "messages" or decoding.names(dialect)
    assert isinstance(decoding.reply_of(_sample(dialect)), ModelReply)


def _sample(dialect: str) -> list[Any]:
    for body in decoding.bodies(dialect):
        try:
            return decoding.events(dialect, body.form, [body.bytes])
        except ModelProviderError:
            continue
    raise AssertionError(f"no recorded reply of {dialect} is sound")
