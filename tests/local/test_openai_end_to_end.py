"""OpenAIChat against a real server: llama.cpp's, over loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, OutputFormat, TextDelta
from agnolo.providers.openai_model import OpenAIChat
from agnolo.vocabulary.codec import loads
from agnolo.vocabulary.errors import ContextWindowExceededError, ModelAuthenticationError, ModelConnectionError
from agnolo.vocabulary.messages import Message
from tests.local.saying import assistant, system, user
from tests.local.server import LocalServer, local_server

pytestmark = [pytest.mark.local_model, pytest.mark.anyio]

BRIEF = system("You are a helpful assistant. Give short, correct answers.")


@pytest.fixture(scope="module")
def server(weights: list[Path]) -> Iterator[LocalServer]:
    with local_server() as running:
        yield running


def chat(server: LocalServer, **options: Any) -> OpenAIChat:
    given = {"id": server.model, "base_url": server.base_url, "api_key": server.api_key, "temperature": 0, "retries": 0}
    return OpenAIChat(**{**given, **options})


async def events(model: OpenAIChat, *messages: Message, stream: bool = False, **wanted: Any) -> list[ModelEvent]:
    request = ModelRequest(messages=messages, stream=stream, **wanted)
    return [event async for event in model.exchange(request)]


async def test_a_whole_answer(server: LocalServer) -> None:
    (reply,) = await events(chat(server), BRIEF, user("What is the capital of France?"))

    assert isinstance(reply, ModelReply)
    assert "Paris" in (reply.content or "")
    assert reply.finish_reason == "stop"
    assert reply.metrics.input_tokens > 20
    assert reply.metrics.total_tokens == reply.metrics.input_tokens + reply.metrics.output_tokens > 0


async def test_a_streamed_answer_joins_to_the_reply(server: LocalServer) -> None:
    *pieces, reply = await events(chat(server), BRIEF, user("What is the capital of France?"), stream=True)

    assert isinstance(reply, ModelReply)
    assert len(pieces) > 1
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == reply.content
    assert "Paris" in (reply.content or "")
    assert reply.metrics.output_tokens >= len(pieces) - 1


async def test_streamed_and_whole_answers_are_the_same(server: LocalServer) -> None:
    asked = [BRIEF, user("Hi, I am Ada."), assistant("Hello Ada."), user("Name three colours.")]

    whole = (await events(chat(server), *asked))[-1]
    streamed = (await events(chat(server), *asked, stream=True))[-1]

    assert isinstance(whole, ModelReply)
    assert isinstance(streamed, ModelReply)
    assert (whole.content, whole.finish_reason) == (streamed.content, streamed.finish_reason)


async def test_the_token_limit_is_told(server: LocalServer) -> None:
    (reply,) = await events(chat(server, max_tokens=4), user("Count from one to one hundred."))

    assert isinstance(reply, ModelReply)
    assert (reply.finish_reason, reply.metrics.output_tokens) == ("length", 4)


async def test_an_answer_under_a_schema(server: LocalServer) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer", "maximum": 150}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    output = OutputFormat(name="person", schema=schema)

    (reply,) = await events(chat(server, max_tokens=200), user("Extract: Maria is 34 years old."), output=output)

    assert isinstance(reply, ModelReply)
    found = loads(reply.content or "")
    assert list(found) == ["name", "age"]
    assert isinstance(found["name"], str)
    assert isinstance(found["age"], int)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_wrong_key_is_refused_and_not_told(server: LocalServer, stream: bool) -> None:
    with pytest.raises(ModelAuthenticationError) as raised:
        await events(chat(server, api_key="wrong-key-1234567890"), user("Hi"), stream=stream)

    assert raised.value.status_code == 401
    assert "wrong-key-1234567890" not in str(raised.value)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_conversation_that_does_not_fit_is_refused(server: LocalServer, stream: bool) -> None:
    with pytest.raises(ContextWindowExceededError):
        await events(chat(server), user("word " * 5000), stream=stream)


async def test_a_stream_that_is_closed_early_leaves_the_server_free(server: LocalServer) -> None:
    stream: Any = chat(server).exchange(ModelRequest(messages=[user("Write a very long story.")], stream=True))
    first = await anext(stream)
    await stream.aclose()

    (reply,) = await events(chat(server, max_tokens=4), user("Hi"))

    assert isinstance(first, TextDelta)
    assert isinstance(reply, ModelReply)
    assert reply.metrics.output_tokens == 4


async def test_a_server_that_is_gone_is_a_connection_error(weights: list[Path]) -> None:
    with local_server() as short_lived:
        pass

    with pytest.raises(ModelConnectionError):
        await events(chat(short_lived), user("Hi"))
