"""Every recorded Gemini exchange, however cut, against an independent reader; and its request written again."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers.errors import Vendor
from agnolo.providers.gemini_errors import refusal
from agnolo.providers.gemini_model import Gemini
from agnolo.providers.gemini_reply import GeminiDecoder
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.vocabulary.errors import ModelProviderError
from tests.providers import cassettes, gemini_independent, gemini_intent, independent
from tests.providers.cassettes import MISSING, Cassette
from tests.providers.gemini_independent import GeminiReading
from tests.providers.scripted_wire import Clock, Wire, whole

pytestmark = pytest.mark.cassettes

NOW = 1_759_845_400.0
VENDOR = Vendor(name="Google", model="m", key="GOOGLE_API_KEY")
ALL = cassettes.names("gemini")
OTHER_DIALECT = [n for n in ALL if n != MISSING and gemini_independent.speaks_openai(cassettes.read(n))]
NAMES = [name for name in ALL if name not in OTHER_DIALECT]


def decoded(cassette: Cassette, blocks: list[bytes]) -> list[ModelEvent]:
    """The events of the exchange. Raises the error it ends with."""
    if cassette.status != 200:
        raise refusal(VENDOR, status=cassette.status, headers=cassette.headers, body=cassette.body, now=NOW)
    decoder = GeminiDecoder(VENDOR, "stream" if cassette.streamed else "whole", lambda: NOW)
    events = [event for block in blocks for event in decoder.feed(block)]
    return events + decoder.finish()


def understood(events: list[ModelEvent]) -> GeminiReading:
    deltas, reply = events[:-1], events[-1]
    assert isinstance(reply, ModelReply)
    text, reasoning = reply.content or "", reply.reasoning_content or ""
    assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == text or not deltas
    assert "".join(d.text for d in deltas if isinstance(d, ReasoningDelta)) == reasoning or not deltas
    m = reply.metrics
    urls = (reply.citations.urls or []) if reply.citations else []
    kept = (reply.provider_data or {}).get("gemini_parts") or []
    return GeminiReading(
        text,
        reasoning,
        [(call.function.name, json.loads(call.function.arguments)) for call in reply.tool_calls],
        reply.finish_reason,
        (m.input_tokens, m.output_tokens, m.total_tokens, m.cache_read_tokens, m.reasoning_tokens),
        sorted(url.url or "" for url in urls),
        [part["thoughtSignature"] for part in kept if "thoughtSignature" in part],
    )


def check(cassette: Cassette, blocks: list[bytes]) -> None:
    wrong = gemini_independent.error_of(cassette)
    if wrong is None:
        assert understood(decoded(cassette, blocks)) == gemini_independent.reading(cassette)
        return
    with pytest.raises(ModelProviderError) as raised:
        decoded(cassette, blocks)
    assert type(raised.value).__name__ == wrong


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(edges) if start < end]


@pytest.mark.parametrize("name", NAMES)
def test_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    cassette = cassettes.read(name)
    check(cassette, cassette.blocks)
    check(cassette, [cassette.body])
    check(cassette, [cassette.body[i : i + 1] for i in range(len(cassette.body))])


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(places=st.lists(st.integers(min_value=0, max_value=1 << 30), max_size=40))
def test_exchange_reads_the_same_however_it_is_cut(name: str, places: list[int]) -> None:
    cassette = cassettes.read(name)
    check(cassette, cut(cassette.body, places))


@pytest.mark.parametrize("name", OTHER_DIALECT)
def test_googles_openai_endpoint_is_read_by_the_other_dialect(name: str) -> None:
    cassette = cassettes.read(name)
    decoder = ChatDecoder(VENDOR, "whole", lambda: NOW)
    [reply] = [*decoder.feed(cassette.body), *decoder.finish()]
    assert isinstance(reply, ModelReply)
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
