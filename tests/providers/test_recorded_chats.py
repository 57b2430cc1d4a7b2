"""Every recorded exchange in the OpenAI chat dialect against an independent reader."""

from __future__ import annotations

import json

import pytest

from agnolo.ports.model import ModelEvent
from tests.providers import cassettes, decoding, independent
from tests.providers.cassettes import Cassette
from tests.providers.independent import Reading

pytestmark = pytest.mark.cassettes


def understood(events: list[ModelEvent]) -> Reading:
    reply = decoding.reply_of(events)
    m = reply.metrics
    return Reading(
        reply.content or "",
        reply.reasoning_content or "",
        [(call.function.name, json.loads(call.function.arguments)) for call in reply.tool_calls],
        reply.finish_reason,
        (m.input_tokens, m.output_tokens, m.total_tokens, m.cache_read_tokens, m.reasoning_tokens),
    )


def check(cassette: Cassette, blocks: list[bytes]) -> None:
    wrong = independent.error_of(cassette)
    if wrong is None:
        assert understood(decoding.replayed("chat", cassette, blocks)) == independent.reading(cassette)
    else:
        assert type(decoding.raised("chat", cassette, blocks)).__name__ == wrong


@pytest.mark.parametrize("name", decoding.names("chat"))
def test_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    cassette = cassettes.read(name)
    check(cassette, cassette.blocks)
    check(cassette, [cassette.body])
    check(cassette, decoding.single_bytes(cassette.body))
