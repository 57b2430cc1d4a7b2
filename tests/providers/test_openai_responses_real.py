"""OpenResponses against a real server: llama.cpp's, over loopback. It heeds neither text.format nor tool_choice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, TextDelta, ToolSpec
from agnolo.providers.local_weights import pull
from agnolo.providers.openai_responses_model import OpenResponses
from agnolo.vocabulary.errors import ContextWindowExceededError, ModelAuthenticationError
from agnolo.vocabulary.messages import Message, ToolCall
from tests.local.server import LocalServer, local_server

pytestmark = [pytest.mark.local_model, pytest.mark.anyio]

BRIEF = Message(role="system", content="You are a helpful assistant. Give short, correct answers.")


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    pull()
    with local_server() as running:
        yield running


async def told(server: LocalServer, *messages: Message, stream: bool = False, **options: Any) -> list[ModelEvent]:
    tools = options.pop("tools", ())
    given = {"id": server.model, "base_url": server.base_url, "api_key": server.api_key, "temperature": 0, "retries": 0}
    request = ModelRequest(messages=messages, stream=stream, tools=tools)
    return [event async for event in OpenResponses(**{**given, **options}).exchange(request)]


def user(text: str) -> Message:
    return Message(role="user", content=text)


async def test_streamed_and_whole_answers_are_the_same(server: LocalServer) -> None:
    question = user("What is the capital of France?")
    (whole,) = await told(server, BRIEF, question)
    *pieces, streamed = await told(server, BRIEF, question, stream=True)
    assert isinstance(whole, ModelReply)
    assert isinstance(streamed, ModelReply)
    assert "Paris" in (whole.content or "")
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == streamed.content == whole.content
    assert len(pieces) > 1
    assert streamed.metrics.total_tokens == streamed.metrics.input_tokens + streamed.metrics.output_tokens > 20


async def test_a_conversation_with_a_tool_s_result_is_understood(server: LocalServer) -> None:
    weather = ToolSpec(name="weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}})
    call = Message(role="assistant", tool_calls=[ToolCall.of("call_1", "weather", '{"city":"Paris"}')])
    result = Message(role="tool", tool_call_id="call_1", content="It is sunny.")
    asked = [user("How is the weather in Paris?"), call, result]
    (reply,) = await told(server, *asked, tools=[weather], max_output_tokens=20)
    assert isinstance(reply, ModelReply)
    assert reply.content


@pytest.mark.parametrize("stream", [False, True])
async def test_a_wrong_key_is_refused_and_not_told(server: LocalServer, stream: bool) -> None:
    with pytest.raises(ModelAuthenticationError) as raised:
        await told(server, user("Hi"), stream=stream, api_key="wrong-key-1234567890")
    assert "wrong-key-1234567890" not in str(raised.value)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_conversation_that_does_not_fit_is_refused(server: LocalServer, stream: bool) -> None:
    with pytest.raises(ContextWindowExceededError):
        await told(server, user("word " * 5000), stream=stream)


async def test_a_stream_that_is_closed_early_leaves_the_server_free(server: LocalServer) -> None:
    model = OpenResponses(id=server.model, base_url=server.base_url, api_key=server.api_key, retries=0)
    stream = model.exchange(ModelRequest(messages=[user("Write a very long story.")], stream=True))
    assert isinstance(await anext(stream), TextDelta)
    await stream.aclose()
    (reply,) = await told(server, user("Hi"), max_output_tokens=4)
    assert isinstance(reply, ModelReply)
    assert reply.metrics.output_tokens == 4
