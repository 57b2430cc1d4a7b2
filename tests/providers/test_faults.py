"""A provider that breaks in every way: no hang, nothing twice, nothing lost, and errors with a type.

`make providers-faults` does the same at every byte offset over sockets and writes artifacts/faults.md.
"""

from __future__ import annotations

import asyncio

import pytest

from agnolo.providers.guard import GUARD
from agnolo.providers.wire import Broken
from tests.providers.faulty import (
    COMPLETE,
    FAULTS,
    SHORT,
    Outcome,
    ask,
    decode,
    faithful,
    faulty_provider,
    first_frame,
    streams,
)

pytestmark = [pytest.mark.anyio, pytest.mark.cassettes]

CUT_ERRORS = {"ModelConnectionError", "TruncatedStreamError", "ModelProtocolError"}
INDEXES = range(22)
ONE_OF_EACH_DIALECT = (1, 13, 16, 18, 21)


async def truth(index: int) -> Outcome:
    found = await decode(streams()[index], [streams()[index].body], None)
    assert found.error is None
    return found


def test_there_are_twenty_recorded_streams_of_five_dialects() -> None:
    assert len(streams()) == len(INDEXES)
    assert {stream.dialect for stream in streams()} == {"chat", "responses", "gemini", "ollama", "anthropic"}


@pytest.mark.parametrize("end", [Broken("reset"), None], ids=["broken", "ended"])
@pytest.mark.parametrize("index", INDEXES)
async def test_on_a_scripted_wire_a_stream_cut_anywhere_gives_a_prefix_and_an_error_or_all(
    index: int, end: Exception | None
) -> None:
    stream, whole = streams()[index], await truth(index)
    errors = 0
    for place in range(0, len(stream.body), 1 + len(stream.body) // 700):
        found = await decode(stream, [stream.body[:place]], end)
        assert faithful(found, whole), place
        assert found.error is None or found.error in CUT_ERRORS
        errors += found.error is not None
    assert errors > 0


@pytest.mark.parametrize("fault", ["cut", "until_close"])
@pytest.mark.parametrize("index", ONE_OF_EACH_DIALECT)
async def test_over_a_socket_a_stream_cut_anywhere_gives_a_prefix_and_an_error_or_all(index: int, fault: str) -> None:
    stream, whole = streams()[index], await truth(index)
    async with faulty_provider() as server:
        for place in range(0, len(stream.body), 1 + len(stream.body) // 100):
            found = await ask(server, fault, index, place)
            assert faithful(found, whole), place
            assert found.error is None or found.error in CUT_ERRORS


@pytest.mark.parametrize("index", ONE_OF_EACH_DIALECT)
async def test_a_cut_before_the_first_delta_is_mended_and_a_later_one_never_repeats_anything(index: int) -> None:
    stream, whole = streams()[index], await truth(index)
    for place in range(0, len(stream.body), 1 + len(stream.body) // 60):
        GUARD.forget()
        async with faulty_provider() as server:
            found = await ask(server, "cut", index, place, retries=1, delay_between_retries=0.0)
            assert faithful(found, whole), place
            if found.error and (found.text or found.reasoning):
                assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in ("cut", "ended", "until_close")])
async def test_every_fault_ends_in_all_or_in_a_typed_error(fault: str) -> None:
    async with faulty_provider() as server:
        for index in ONE_OF_EACH_DIALECT:
            found = await ask(server, fault, index, **SHORT.get(fault, {}))
            whole = await truth(index)
            assert faithful(found, whole)
            if fault in COMPLETE:
                assert found.error is None
            elif fault not in ("length_too_long", "gzip_cut", "half_closed"):
                expected = whole.reply is not None and first_frame(streams()[index]) == len(streams()[index].body)
                assert found.error is not None or expected


@pytest.mark.parametrize("breaker", [True, False], ids=["with breaker", "without breaker"])
@pytest.mark.parametrize("fault", ["status_429", "status_500", "status_529", "nothing"])
async def test_a_storm_is_answered_with_at_most_a_fifth_more_requests(fault: str, breaker: bool) -> None:
    calls = 500
    async with faulty_provider() as server:
        options = {"retries": 2, "delay_between_retries": 0.0, "circuit_breaker": breaker, "rate_governor": True}
        for _ in range(calls // 50):
            found = await asyncio.gather(*(ask(server, fault, 1, **options) for _ in range(50)))
            assert all(one.error for one in found)
        assert len(server.requests) <= 1.2 * calls
        if breaker and fault != "status_429":
            assert len(server.requests) < calls / 2
