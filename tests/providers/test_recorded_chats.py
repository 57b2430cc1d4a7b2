"""Every recorded exchange in the OpenAI chat dialect, however cut, against an independent reader."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers.errors import Vendor, from_response
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.vocabulary.errors import ModelProviderError
from tests.providers import cassettes, independent
from tests.providers.cassettes import Cassette
from tests.providers.independent import Reading

pytestmark = pytest.mark.cassettes

OTHERS = ("groq", "cerebras", "openrouter", "glm4", "siliconflow", "modelscope", "ollama")
NOW = 1_759_845_400.0


def decoded(cassette: Cassette, blocks: list[bytes]) -> list[ModelEvent]:
    """The events of the exchange. Raises the error it ends with."""
    vendor = Vendor(name=cassette.provider, model="m")
    if cassette.status != 200:
        raise from_response(vendor, status=cassette.status, headers=cassette.headers, body=cassette.body, now=NOW)
    decoder = ChatDecoder(vendor, "stream" if cassette.streamed else "whole", lambda: NOW)
    events = [event for block in blocks for event in decoder.feed(block)]
    return events + decoder.finish()


def understood(events: list[ModelEvent]) -> Reading:
    *deltas, reply = events
    assert isinstance(reply, ModelReply)
    text, reasoning = reply.content or "", reply.reasoning_content or ""
    if deltas:
        assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == text
        assert "".join(d.text for d in deltas if isinstance(d, ReasoningDelta)) == reasoning
    m = reply.metrics
    return Reading(
        text,
        reasoning,
        [(call.function.name, json.loads(call.function.arguments)) for call in reply.tool_calls],
        reply.finish_reason,
        (m.input_tokens, m.output_tokens, m.total_tokens, m.cache_read_tokens, m.reasoning_tokens),
    )


def check(cassette: Cassette, blocks: list[bytes]) -> None:
    wrong = independent.error_of(cassette)
    if wrong is None:
        assert understood(decoded(cassette, blocks)) == independent.reading(cassette)
        return
    with pytest.raises(ModelProviderError) as raised:
        decoded(cassette, blocks)
    assert type(raised.value).__name__ == wrong


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(edges) if start < end]


@pytest.mark.parametrize("name", cassettes.names("openai"))
def test_openai_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    cassette = cassettes.read(name)
    check(cassette, cassette.blocks)
    check(cassette, [cassette.body])
    check(cassette, [cassette.body[i : i + 1] for i in range(len(cassette.body))])


@pytest.mark.parametrize("name", cassettes.names("openai"))
@settings(max_examples=25, deadline=None)
@given(places=st.lists(st.integers(min_value=0, max_value=1 << 30), max_size=40))
def test_openai_exchange_reads_the_same_however_it_is_cut(name: str, places: list[int]) -> None:
    cassette = cassettes.read(name)
    check(cassette, cut(cassette.body, places))


@pytest.mark.parametrize("name", [name for provider in OTHERS for name in cassettes.names(provider)])
def test_compatible_vendors_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    cassette = cassettes.read(name)
    check(cassette, cassette.blocks)


@pytest.mark.parametrize("name", [name for provider in OTHERS for name in cassettes.names(provider)])
@settings(max_examples=5, deadline=None)
@given(places=st.lists(st.integers(min_value=0, max_value=1 << 30), max_size=40))
def test_compatible_vendors_exchange_reads_the_same_however_it_is_cut(name: str, places: list[int]) -> None:
    cassette = cassettes.read(name)
    check(cassette, cut(cassette.body, places))


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(cassettes.names("openai") + cassettes.names("openrouter")),
    harm=st.lists(st.tuples(st.integers(0, 1 << 30), st.binary(max_size=3)), min_size=1, max_size=4),
)
def test_a_damaged_reply_is_read_or_refused_and_nothing_else(name: str, harm: list[tuple[int, bytes]]) -> None:
    cassette = cassettes.read(name)
    body = cassette.body
    for place, bytes_ in harm:
        place %= len(body) + 1
        body = body[:place] + bytes_ + body[place + len(bytes_) :]
    try:
        events = decoded(cassette._replace(blocks=[body]), [body])
    except ModelProviderError:
        return
    assert isinstance(events[-1], ModelReply)
