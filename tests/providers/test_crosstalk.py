"""A hundred streams of nine providers at once, from tasks and threads: each gives what its own recording says."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import pytest

from agnolo.ports.model import Model, ModelReply
from agnolo.providers.compatible import ROWS
from agnolo.providers.gemini_model import Gemini
from agnolo.providers.ollama_model import Ollama
from agnolo.providers.openai_model import OpenAIChat
from agnolo.providers.transport import Network
from agnolo.runtime.portal import portal
from tests.providers import cassettes
from tests.providers.faulty import Outcome, outcome, request
from tests.providers.loopback import CHUNKED, Connection, serving

pytestmark = [pytest.mark.anyio, pytest.mark.cassettes]

NINE = ("openai", "gemini", "glm4", "openrouter", "siliconflow", "cerebras", "modelscope", "groq", "ollama")
_ASKED = re.compile(r"/p-(\w+)-(\d+)/")
EACH = 12
"""Recordings of a provider, at most."""
SMALL = 40_000


class Recording(NamedTuple):
    provider: str
    blocks: list[bytes]
    kind: str


@cache
def recordings(provider: str) -> list[Recording]:
    """The provider's shorter streams."""
    found: list[Recording] = []
    dialect = provider if provider in ("gemini", "ollama") else "chat"
    for cassette in cassettes.everything().values():
        if (cassette.provider, cassette.kind, cassette.dialect, cassette.status) != (provider, "chat", dialect, 200):
            continue
        if cassette.streamed and len(cassette.body) < SMALL:
            kind = "application/x-ndjson" if provider == "ollama" else "text/event-stream"
            found.append(Recording(provider, cassette.blocks, kind))
    return found[:EACH]


def model(provider: str, url: str, transport: Any) -> Model:
    options = {"id": "m", "api_key": f"sk-of-{provider}", "base_url": url, "transport": transport, "retries": 0}
    if provider == "gemini":
        return Gemini(**options)
    if provider == "ollama":
        return Ollama(**options)
    row = ROWS[provider]
    return OpenAIChat(**{**row.options, **options, "site": row.site, "provider": row.provider})


def told(found: Outcome) -> tuple[Any, ...]:
    """Everything but ids, which are made up where a provider gives none, and times."""
    reply = found.reply or ModelReply()
    m = reply.metrics
    usage = (m.input_tokens, m.output_tokens, m.total_tokens, m.cache_read_tokens, m.reasoning_tokens)
    return (found.error, found.text, found.reasoning, found.said, usage)


class Player:
    """A transport that plays one recording."""

    status = 200

    def __init__(self, recording: Recording) -> None:
        self.headers = {"Content-Type": recording.kind}
        self._left = list(recording.blocks)

    async def send(self, request: Any, *, connect: float, within: float) -> Player:
        return self

    async def read(self, within: float) -> bytes:
        return self._left.pop(0) if self._left else b""

    def close(self) -> None:
        pass


async def play(connection: Connection) -> None:
    """All nine providers: what the path names, block by block as it was recorded."""
    while True:
        asked = await connection.asked()
        found = _ASKED.search(asked.line)
        assert found is not None
        provider, index = found[1], int(found[2])
        shown = asked.headers.get("authorization") or asked.headers.get("x-goog-api-key") or ""
        assert shown.endswith(f"sk-of-{provider}")
        recording = recordings(provider)[index]
        await connection.send(CHUNKED.replace(b"text/event-stream", recording.kind.encode()))
        for block in filter(None, recording.blocks):
            await connection.send(b"%x\r\n%s\r\n" % (len(block), block))
            await asyncio.sleep(0)
        await connection.send(b"0\r\n\r\n")


async def test_a_hundred_streams_of_nine_providers_do_not_mix() -> None:
    all_of_them = [(provider, index) for provider in NINE for index in range(len(recordings(provider)))]
    asked = [all_of_them[number * len(all_of_them) // 100] for number in range(100)]
    assert {provider for provider, _ in asked} == set(NINE)
    alone = {
        one: told(await outcome(model(one[0], "http://x.example/v1", Player(recordings(one[0])[one[1]])).exchange(
            request()
        )))
        for one in set(asked)
    }  # fmt: skip
    assert sum(found[0] is None for found in alone.values()) > 0.8 * len(alone)

    before = asyncio.all_tasks()
    network = Network()
    async with serving(play) as server:

        def one(provider: str, index: int) -> Any:
            url = f"http://127.0.0.1:{server.port}/p-{provider}-{index}/v1"
            return outcome(model(provider, url, network).exchange(request()))

        def in_thread(provider: str, index: int) -> Outcome:
            return portal().submit(one(provider, index)).result()

        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(50) as threads:
            work = [
                one(*which) if number % 2 else loop.run_in_executor(threads, in_thread, *which)
                for number, which in enumerate(asked)
            ]
            found = await asyncio.gather(*work)
        assert [told(one) for one in found] == [alone[which] for which in asked]
        assert len(server.connections) <= 100
        assert network.open_loops() == 2

        await asyncio.to_thread(network.close)
        for connection in server.connections:
            await connection.left.wait()
    assert asyncio.all_tasks() == before
    assert network.open_loops() == 0


async def test_errors_of_one_stream_do_not_reach_another() -> None:
    """A provider that breaks in the middle of a hundred streams of others."""
    network = Network()
    good = Recording("openai", recordings("openai")[0].blocks, "text/event-stream")
    alone = told(await outcome(model("openai", "http://x.example/v1", Player(good)).exchange(request())))

    async def script(connection: Connection) -> None:
        while True:
            asked = await connection.asked()
            if "/bad/" in asked.line:
                await connection.send(CHUNKED + b"9\r\ndata: xx\n")
                connection.reset()
                return
            await connection.send(CHUNKED)
            for block in filter(None, good.blocks):
                await connection.send(b"%x\r\n%s\r\n" % (len(block), block))
            await connection.send(b"0\r\n\r\n")

    async with serving(script) as server:
        base = f"http://127.0.0.1:{server.port}"
        work = [
            outcome(model("openai", f"{base}/{'bad' if n % 3 == 0 else 'good'}/v1", network).exchange(request()))
            for n in range(60)
        ]
        found = await asyncio.gather(*work)
        for number, each in enumerate(found):
            if number % 3:
                assert told(each) == alone
            else:
                assert each.error == "ModelConnectionError"
        await asyncio.to_thread(network.close)
