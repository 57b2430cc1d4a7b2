"""Claude against a real server that speaks Messages: llama.cpp's, over loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, TextDelta
from agnolo.providers.anthropic_model import Claude
from agnolo.providers.local_weights import pull
from agnolo.vocabulary.errors import ModelAuthenticationError, ModelConnectionError
from agnolo.vocabulary.messages import Message
from tests.local.server import LocalServer, local_server

pytestmark = [pytest.mark.local_model, pytest.mark.anyio]

ASKED = (
    Message(role="system", content="You are a helpful assistant. Give short, correct answers."),
    Message(role="user", content="What is the capital of France?"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    pull()
    with local_server() as running:
        yield running


def claude(server: LocalServer, **options: Any) -> Claude:
    given = {"id": server.model, "base_url": server.base_url, "api_key": server.api_key, "temperature": 0, "retries": 0}
    return Claude(**{**given, "max_tokens": 60, **options})


async def events(model: Claude, *, stream: bool = False) -> list[ModelEvent]:
    return [event async for event in model.exchange(ModelRequest(messages=ASKED, stream=stream))]


async def test_streamed_and_whole_answers_are_the_same(server: LocalServer) -> None:
    (whole,) = await events(claude(server))
    *pieces, streamed = await events(claude(server), stream=True)

    assert isinstance(whole, ModelReply)
    assert isinstance(streamed, ModelReply)
    assert "Paris" in (whole.content or "")
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == streamed.content
    assert len(pieces) > 1
    assert (whole.content, whole.finish_reason) == (streamed.content, "stop")
    assert whole.metrics.output_tokens == streamed.metrics.output_tokens > 0
    assert whole.metrics.input_tokens + whole.metrics.cache_read_tokens > 20


@pytest.mark.parametrize("stream", [False, True])
async def test_the_token_limit_is_told(server: LocalServer, stream: bool) -> None:
    reply = (await events(claude(server, max_tokens=3), stream=stream))[-1]

    assert isinstance(reply, ModelReply)
    assert (reply.finish_reason, reply.metrics.output_tokens) == ("length", 3)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_wrong_key_is_refused_and_not_told(server: LocalServer, stream: bool) -> None:
    with pytest.raises(ModelAuthenticationError) as raised:
        await events(claude(server, api_key="wrong-key-1234567890"), stream=stream)

    assert "wrong-key-1234567890" not in str(raised.value)


async def test_a_server_that_is_gone_is_a_connection_error() -> None:
    with local_server() as short_lived:
        pass

    with pytest.raises(ModelConnectionError):
        await events(claude(short_lived))
