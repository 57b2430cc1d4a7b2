"""Counting tokens: asked of the vendors that count, estimated for the others."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from agnolo.providers import catalog, token_counts
from agnolo.providers.inquiry import Misread
from agnolo.vocabulary.errors import ModelNotFoundError
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.loopback import Asked, answering, background, recorded, serving, sized
from tests.providers.test_model_lists import model

pytestmark = pytest.mark.anyio

HI = [Message(role="system", content="Be brief."), Message(role="user", content="What is the weather in Paris?")]


def weather(city: str) -> str:
    """Tell the weather."""
    return city


class Report(NamedTuple):
    city: str


async def asked_for_count(provider: str, reply: Any, **options: Any) -> tuple[Asked, int]:
    async with serving(recorded(seen := list[Asked](), sized(reply))) as server:
        count = await model(provider, server.url, **options).acount_tokens(HI, [weather], Report)
    return seen[0], count


async def test_openai_counts_the_whole_conversation() -> None:
    reply = {"object": "response.input_tokens", "input_tokens": 41}
    asked, count = await asked_for_count("openai", reply, temperature=0, max_output_tokens=5)
    assert (asked.line, count) == ("POST /v1/responses/input_tokens HTTP/1.1", 41)
    assert sorted(asked.body) == ["input", "model", "text", "tools"]
    assert asked.body["input"] == [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "What is the weather in Paris?"},
    ]
    assert asked.body["tools"][0]["name"] == "weather"
    assert asked.body["text"]["format"]["name"] == "Report"


async def test_gemini_counts_a_whole_request() -> None:
    asked, count = await asked_for_count("gemini", {"totalTokens": "31", "promptTokensDetails": []})
    assert (asked.line, count) == ("POST /v1/models/gemini-3.7-flash:countTokens HTTP/1.1", 31)
    (name, request) = asked.body.popitem()
    assert (name, request["model"], asked.body) == ("generateContentRequest", "models/gemini-3.7-flash", {})
    assert sorted(request) == ["contents", "generationConfig", "model", "systemInstruction", "tools"]


async def test_anthropic_counts_messages_and_tools() -> None:
    asked, count = await asked_for_count("anthropic", {"input_tokens": 21})
    assert (asked.line, count) == ("POST /v1/messages/count_tokens HTTP/1.1", 21)
    assert sorted(asked.body) == ["messages", "model", "output_config", "system", "tools"]
    assert asked.headers["anthropic-version"]


async def test_a_server_that_does_not_count_is_an_error_and_no_guess() -> None:
    async with serving(answering(sized({"error": {"message": "no such path"}}, "404 Not Found"))) as server:
        with pytest.raises(ModelNotFoundError):
            await model("anthropic", server.url).acount_tokens(HI)


@pytest.mark.parametrize("provider", ["openai-chat", "groq", "ollama", "glm4"])
async def test_vendors_that_do_not_count_are_estimated_without_a_request(provider: str) -> None:
    estimating = model(provider, "http://127.0.0.1:9/v1")
    assert not estimating.counts_tokens
    assert await estimating.acount_tokens(HI) == 4 + 3 + 4 + 8


async def test_an_estimate_counts_everything_that_is_sent() -> None:
    chat: Any = catalog.resolve("openai-chat")
    bare = await chat.acount_tokens(HI)
    assert await chat.acount_tokens([*HI, Message(role="user", content="你好吗")]) == bare + 4 + 3
    assert await chat.acount_tokens(HI, [weather]) > bare
    assert await chat.acount_tokens(HI, [{"type": "web_search"}]) > bare
    assert await chat.acount_tokens(HI, output_schema=Report) > bare
    called = Message(role="assistant", tool_calls=[ToolCall.of("c", "weather", '{"city":"Paris"}')])
    assert await chat.acount_tokens([*HI, called]) > bare + 4
    shown = Message(role="user", content="", images=[Image(url="https://example.org/a.png")])
    assert await chat.acount_tokens([*HI, shown]) == bare + 4 + 1000


def test_counts_are_had_from_plain_code_too() -> None:
    with background(lambda asked: sized({"input_tokens": len(asked.body["input"])})) as url:
        assert model("openai", url).count_tokens(HI) == 2


@pytest.mark.parametrize("reply", [{}, [], {"input_tokens": None}, {"input_tokens": True}, "7"])
def test_what_is_no_count_is_refused(reply: Any) -> None:
    with pytest.raises(Misread, match="no count"):
        token_counts.told(json.loads(json.dumps(reply)))
