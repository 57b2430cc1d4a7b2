"""The check of one recording: our outcome against the independent one, as it was read, whole, and cut anywhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.providers import decoding
from tests.providers.cassettes import Cassette
from tests.providers.conformance import (
    ours,
    reader_chat,
    reader_gemini,
    reader_lists,
    reader_ollama,
    reader_responses,
)
from tests.providers.conformance.outcome import Outcome, differences

READERS: dict[str, Callable[[Cassette], Outcome]] = {
    "chat": reader_chat.outcome,
    "responses": reader_responses.outcome,
    "gemini": reader_gemini.outcome,
    "ollama": reader_ollama.outcome,
    "embeddings": reader_lists.embeddings,
    "models": reader_lists.models,
}
BYTE_BY_BYTE = 20_000
"""Longest body, in bytes, that is fed one byte at a time; longer ones are cut at every 13th."""
CUTS = 12
"""Random ways to cut a body."""


def expected(cassette: Cassette) -> Outcome:
    """What the independent reader reads."""
    return READERS[cassette.dialect](cassette)


def found(cassette: Cassette, blocks: list[bytes]) -> Outcome:
    """What we make of it when it arrives in these blocks."""
    return ours.outcome(cassette, blocks)


def arrivals(cassette: Cassette) -> Iterator[tuple[str, list[bytes]]]:
    """Ways in which the body can arrive. The random ones are the same in every run."""
    body = cassette.body
    yield "as recorded", cassette.blocks
    yield "whole", [body]
    step = 1 if len(body) <= BYTE_BY_BYTE else 13
    if cassette.streamed and cassette.status == 200:
        yield f"{step} bytes at a time", [body[i : i + step] for i in range(0, len(body), step)]
    chance = random.Random(cassette.name)
    for _ in range(CUTS if cassette.streamed else 1):
        places = [chance.randrange(len(body) + 1) for _ in range(chance.randrange(1, 40))]
        yield f"cut at {sorted(places)}", decoding.cut(body, places)


def wrongs(cassette: Cassette) -> list[str]:
    """How ours differs from the independent outcome in the first arrival in which it does; empty if it never does."""
    right = expected(cassette)
    for how, blocks in arrivals(cassette):
        if told := differences(right, found(cassette, blocks)):
            return [f"{how}: {text}" for text in told]
    return []
