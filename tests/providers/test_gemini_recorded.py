"""Every recorded Gemini exchange against an independent reader; and its request written again."""

from __future__ import annotations

import json

import pytest

from agnolo.ports.model import ModelEvent
from agnolo.providers.gemini_model import Gemini
from tests.providers import cassettes, decoding, gemini_independent, gemini_intent, independent
from tests.providers.cassettes import MISSING, Cassette
from tests.providers.gemini_independent import GeminiReading
from tests.providers.scripted_wire import Clock, Wire, whole

pytestmark = pytest.mark.cassettes

ALL = cassettes.names("gemini")
OTHER_DIALECT = [n for n in ALL if n != MISSING and gemini_independent.speaks_openai(cassettes.read(n))]
NAMES = decoding.names("gemini")


def understood(events: list[ModelEvent]) -> GeminiReading:
    reply = decoding.reply_of(events)
    m = reply.metrics
    urls = (reply.citations.urls or []) if reply.citations else []
    kept = (reply.provider_data or {}).get("gemini_parts") or []
    return GeminiReading(
        reply.content or "",
        reply.reasoning_content or "",
        [(call.function.name, json.loads(call.function.arguments)) for call in reply.tool_calls],
        reply.finish_reason,
        (m.input_tokens, m.output_tokens, m.total_tokens, m.cache_read_tokens, m.reasoning_tokens),
        sorted(url.url or "" for url in urls),
        [part["thoughtSignature"] for part in kept if "thoughtSignature" in part],
    )


def check(cassette: Cassette, blocks: list[bytes]) -> None:
    wrong = gemini_independent.error_of(cassette)
    if wrong is None:
        assert understood(decoding.replayed("gemini", cassette, blocks)) == gemini_independent.reading(cassette)
    else:
        assert type(decoding.raised("gemini", cassette, blocks)).__name__ == wrong


@pytest.mark.parametrize("name", NAMES)
def test_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    cassette = cassettes.read(name)
    check(cassette, cassette.blocks)
    check(cassette, [cassette.body])
    check(cassette, decoding.single_bytes(cassette.body))


@pytest.mark.parametrize("name", OTHER_DIALECT)
def test_googles_openai_endpoint_is_read_by_the_other_dialect(name: str) -> None:
    cassette = cassettes.read(name)
    reply = decoding.reply_of(decoding.events("chat", "whole", [cassette.body]))
    expected = independent.reading(cassette)
    assert (reply.content or "", reply.finish_reason) == (expected.text, expected.finish)
    assert [call.function.name for call in reply.tool_calls] == [name for name, _ in expected.calls]


def asked(name: str) -> dict[str, object] | None:
    body = cassettes.read(name).request
    return body if isinstance(body, dict) and "contents" in body else None


@pytest.mark.anyio
@pytest.mark.parametrize("name", [name for name in NAMES if name == MISSING or asked(name)])
async def test_the_recorded_request_is_written_again_for_the_same_intent(name: str) -> None:
    recorded = asked(name)
    assert recorded is not None
    wanted = gemini_intent.intent(recorded)
    wire = Wire(Clock(), [whole({"candidates": [{"content": {"parts": [{"text": "ok"}]}, "finishReason": "STOP"}]})])
    # Where function and output form are asked for together, the recordings are of models that take both.
    model = Gemini(id="gemini-3-flash-preview", api_key="k", transport=wire, **wanted.options)
    assert [event async for event in model.exchange(wanted.request)][-1].content == "ok"  # type: ignore[union-attr]
    assert gemini_intent.plain(json.loads(wire.requests[0].body)) == gemini_intent.plain(recorded)
