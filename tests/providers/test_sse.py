"""The SSE decoder against the standard's rules, at any cut."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.providers import frames as framing
from agnolo.providers.frames import Frame, FrameOverflow, LineDecoder, SseDecoder


def decode(*blocks: bytes) -> list[Frame]:
    decoder = SseDecoder()
    return [event for block in blocks for event in decoder.feed(block)] + decoder.finish()


def data(*texts: bytes) -> list[Frame]:
    return [Frame(b"", text) for text in texts]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_separates_lines_and_events(end: bytes) -> None:
    body = end.join([b"data: a", b"", b"event: error", b"data: b", b"", b""])
    assert decode(body) == [Frame(b"", b"a"), Frame(b"error", b"b")]


def test_data_over_several_lines_is_joined_with_line_feeds() -> None:
    assert decode(b"data: a\ndata:\ndata:  b\n\n") == data(b"a\n\n b")


def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert decode(b"data:a\n\ndata: a\n\ndata:  a\n\n") == data(b"a", b"a", b" a")


def test_comments_ids_retries_unknown_fields_and_lines_without_colon_are_ignored() -> None:
    body = b": OPENROUTER PROCESSING\n\nid: 7\nretry: 10\nfoo: bar\nbaz\ndata: a\n\n"
    assert decode(body) == data(b"a")


def test_a_field_without_colon_has_an_empty_value() -> None:
    assert decode(b"data\ndata\n\n") == data(b"\n")


def test_the_type_of_an_event_without_data_is_forgotten() -> None:
    assert decode(b"event: error\n\ndata: a\n\n") == data(b"a")


def test_a_byte_order_mark_at_the_start_is_dropped_and_kept_elsewhere() -> None:
    body = "\ufeffdata: a\n\ndata: \ufeffb\n\n".encode()
    assert decode(body) == data(b"a", "\ufeffb".encode())
    assert decode(*(body[i : i + 1] for i in range(len(body)))) == data(b"a", "\ufeffb".encode())


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r", b"\r\n"])
def test_the_last_event_counts_without_its_blank_line(tail: bytes) -> None:
    assert decode(b"data: a\n\ndata: b" + tail) == data(b"a", b"b")


def test_a_stream_of_nothing_has_no_events() -> None:
    assert decode() == []
    assert decode(b"", b"\n\n\n") == []


def test_characters_that_end_lines_only_in_text_do_not_end_them_here() -> None:
    body = "data: a\u2028b\x0bc\x1cd\x85e\n\n".encode()
    assert decode(body) == data("a\u2028b\x0bc\x1cd\x85e".encode())


@pytest.mark.parametrize("piece", [b"x" * 100, b"data: " + b"x" * 60 + b"\n"])
def test_an_endless_event_is_refused_before_it_fills_the_memory(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MAX_FRAME", 1000)
    decoder = SseDecoder()
    with pytest.raises(FrameOverflow, match="more than 1000 bytes"):
        for _ in range(100):
            assert decoder.feed(piece) == []


def test_json_outside_of_events_is_told_as_it_stands() -> None:
    error = b'{\n  "error": "x"\n}'
    assert decode(b"data: a\n\n" + error) == [Frame(b"", b"a"), Frame(b"", error + b"\n")]
    assert decode(b"data: a\n" + error + b"\n\ndata: b\n\n") == [
        Frame(b"", b"a"),
        Frame(b"", error + b"\n"),
        Frame(b"", b"b"),
    ]
    assert decode(b"[1]\nevent: x\ndata: b\n\n") == [Frame(b"", b"[1]"), Frame(b"x", b"b")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_are_frames_without_the_empty_ones(end: bytes) -> None:
    body = b"\xef\xbb\xbf" + end.join([b"a", b"", b"  ", b"b", b"c"])
    for blocks in ([body], [body[i : i + 1] for i in range(len(body))]):
        decoder = LineDecoder()
        told = [found for block in blocks for found in decoder.feed(block)] + decoder.finish()
        assert told == data(b"a", b"b", b"c")
        assert decoder.finish() == []


def plain_reading(body: bytes) -> list[Frame]:
    """The standard's algorithm on the whole text, line by line."""
    found: list[Frame] = []
    kind, lines = b"", []
    for line in [*re.split(b"\r\n|\n|\r", body.removeprefix(b"\xef\xbb\xbf")), b""]:
        if not line:
            if lines:
                found.append(Frame(kind, b"\n".join(lines)))
            kind, lines = b"", []
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            lines.append(value)
        elif name == b"event":
            kind = value
    return found


PIECES = st.lists(
    st.sampled_from(
        [b"data", b"event", b":", b" ", b"\n", b"\r", b"\r\n", b"\n\n", "é€😀".encode(), b"x", b"\xef\xbb\xbf"]
    ),
    max_size=40,
).map(b"".join)


@settings(max_examples=2000, deadline=None)
@given(body=PIECES, places=st.lists(st.integers(0, 300), max_size=12))
def test_events_do_not_depend_on_where_the_bytes_are_cut(body: bytes, places: list[int]) -> None:
    edges = [0, *sorted(min(place, len(body)) for place in places), len(body)]
    assert decode(*(body[a:b] for a, b in pairwise(edges))) == plain_reading(body)
