"""Claude as users meet it: options, keys, what goes over the wire, and errors."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from agnolo.ports.model import Aside, Model, ModelEvent, ModelReply, ModelRequest, OutputFormat, TextDelta, ToolSpec
from agnolo.providers.anthropic_model import ANTHROPIC, TOKEN, Claude
from agnolo.providers.anthropic_request import SystemPromptBlock
from agnolo.vocabulary.errors import (
    ConfigurationError,
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelOverloadedError,
    ModelProviderError,
    ModelRateLimitError,
)
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import MessageMetrics
from tests.providers.anthropic_bodies import BLOCKS, HELLO, THINKS_SEARCHES_AND_CALLS, frames, message
from tests.providers.loopback import Asked, Connection, chunked, serving, sized
from tests.providers.scripted_wire import Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio

HI = ModelRequest(messages=[Message(role="user", content="hi")])
HI_STREAMED = ModelRequest(messages=HI.messages, stream=True)
METRICS = MessageMetrics(input_tokens=9, output_tokens=7, total_tokens=16)
WHOLE = message({"type": "text", "text": "Hello"})
HELLO_BLOCKS = {"content_blocks": [{"type": "text", "text": "Hello"}]}
HELLO_REPLY = ModelReply(content="Hello", metrics=METRICS, provider_data=HELLO_BLOCKS)
TOOL = ToolSpec(name="f", parameters={"type": "object", "properties": {}})


@pytest.fixture(autouse=True)
def no_anthropic(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ANTHROPIC.base_urls, "ANTHROPIC_API_KEY", TOKEN):
        monkeypatch.delenv(name, raising=False)


async def events(model: Claude, request: ModelRequest = HI) -> list[ModelEvent]:
    return [event async for event in model.exchange(request)]


async def sent(request: ModelRequest = HI, **options: Any) -> tuple[dict[str, str], Any, str]:
    """Headers, body and URL of what a model asks."""
    wire = Wire(Clock(), [whole(WHOLE)])
    assert await events(Claude(**{"api_key": "sk-1", "transport": wire, **options}), request) == [HELLO_REPLY]
    asked = wire.requests[0]
    return {name.lower(): value for name, value in asked.headers.items()}, json.loads(asked.body), asked.url


# ---- options


def test_defaults() -> None:
    model = Claude()
    assert isinstance(model, Model)
    assert (model.id, model.name, model.provider) == ("claude-sonnet-5-5", "Claude", "Anthropic")
    assert (model.loop_bound, model.max_tokens) == (True, 8192)
    assert repr(Claude(api_key="hidden")) == "Claude(id='claude-sonnet-5-5', provider='Anthropic')"


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"Claude\(\) has no option 'max_token' \(did you mean 'max_tokens'\?\)"):
        Claude(max_token=1)  # type: ignore[call-arg]


async def test_what_is_sent_by_default() -> None:
    headers, body, url = await sent()
    assert url == "https://api.anthropic.com/v1/messages"
    assert body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 8192,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    }
    assert headers == {
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": "agnolo",
        "x-api-key": "sk-1",
        "anthropic-version": "2026-10-21",
    }


async def test_every_option_arrives_where_it_belongs() -> None:
    parameters: dict[str, Any] = {
        "max_tokens": 5, "thinking": {"type": "enabled", "budget_tokens": 1024}, "output_config": {"effort": "low"},
        "temperature": 0, "stop_sequences": ["a"], "top_p": 0.5, "top_k": 3, "context_management": {"edits": []},
        "mcp_servers": [{"type": "url", "url": "http://m", "name": "m"}],
    }  # fmt: skip
    headers, body, _ = await sent(
        id="claude-sonnet-4-5",
        request_params={"service_tier": "auto", "top_k": 4},
        betas=["b-1", "b-2"],
        default_headers={"X-D": "d"},
        extra_headers={"Anthropic-Version": "mine"},
        system_prompt_blocks=lambda: [SystemPromptBlock(text="s", cache=False)],
        **parameters,
    )
    expected = parameters | {"service_tier": "auto", "top_k": 4, "system": [{"type": "text", "text": "s"}]}
    assert {name: body[name] for name in expected} == expected
    assert (headers["anthropic-beta"], headers["x-d"], headers["anthropic-version"]) == ("b-1,b-2", "d", "mine")


async def test_the_version_of_the_api_that_knows_sampling_is_asked_for_it() -> None:
    headers, _, _ = await sent(id="claude-sonnet-4-5", temperature=0)
    assert headers["anthropic-version"] == "2023-06-01"


async def test_what_newer_models_refuse_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "agnolo.providers"):
        headers, body, _ = await sent(temperature=0, top_k=3, thinking={"type": "enabled", "budget_tokens": 1024})
    assert "temperature" not in body
    assert "top_k" not in body
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert headers["anthropic-version"] == "2026-10-21"
    assert caplog.messages == [
        "model 'claude-sonnet-5-5' takes no temperature, top_k: left out",
        "model 'claude-sonnet-5-5' takes no budget of thinking: it decides itself; see output_config",
    ]


async def test_thinking_as_newer_models_take_it_is_sent_as_given() -> None:
    for thinking in ({"type": "adaptive"}, {"type": "disabled"}):
        _, body, _ = await sent(thinking=thinking)
        assert body["thinking"] == thinking


def test_a_model_that_can_not_think_is_the_callers_error() -> None:
    model = Claude(id="claude-3-5-haiku-latest", api_key="k", thinking={"type": "enabled", "budget_tokens": 1024})
    with pytest.raises(ConfigurationError, match="model 'claude-3-5-haiku-latest' can't think"):
        model.exchange(HI)


@pytest.mark.parametrize(
    ("options", "trails"),
    [
        ({}, True),
        ({"id": "claude-sonnet-4-5"}, False),
        ({"id": "claude-sonnet-4-5", "thinking": {"type": "enabled", "budget_tokens": 1024}}, True),
        ({"append_trailing_user_message": False}, False),
        ({"id": "claude-sonnet-4-5", "append_trailing_user_message": True}, True),
    ],
)
async def test_who_has_the_last_word(options: Any, trails: bool) -> None:
    request = ModelRequest(messages=[*HI.messages, Message(role="assistant", content="a")])
    _, body, _ = await sent(request, trailing_user_message_content="go on", **options)
    last = body["messages"][-1]
    assert last == {"role": "user", "content": [{"type": "text", "text": "go on"}]} if trails else "a" in str(last)


async def test_betas_are_asked_for_what_needs_them() -> None:
    held = ModelRequest(messages=HI.messages, output=OutputFormat(name="o", schema={"type": "object"}))
    strict = ModelRequest(messages=HI.messages, tools=[ToolSpec(name="f", parameters={}, strict=True)])
    schema = "structured-outputs-2025-11-13"
    skills = [{"type": "anthropic", "skill_id": "pptx", "version": "latest"}]
    asked = [
        (await sent(held))[0]["anthropic-beta"],
        (await sent(strict, betas=[schema]))[0]["anthropic-beta"],
        (await sent(skills=skills))[0]["anthropic-beta"],
    ]
    assert asked == [schema, schema, "code-execution-2025-08-25,skills-2025-10-02"]
    assert "anthropic-beta" not in (await sent(held, id="claude-3-5-haiku-latest"))[0]


# ---- keys and hosts


@pytest.mark.parametrize(
    ("options", "environment", "key", "authorization"),
    [
        ({}, {"ANTHROPIC_API_KEY": "env"}, "env", None),
        ({"api_key": "own"}, {"ANTHROPIC_API_KEY": "env", TOKEN: "tok"}, "own", None),
        ({}, {"ANTHROPIC_API_KEY": "env", TOKEN: "tok"}, "env", None),
        ({}, {TOKEN: "tok"}, None, "Bearer tok"),
        ({"auth_token": "mine"}, {TOKEN: "tok"}, None, "Bearer mine"),
        ({"auth_token": "mine", "api_key": "own"}, {}, "own", "Bearer mine"),
        ({"api_key": "own", "extra_headers": {"X-API-Key": "other"}}, {}, "other", None),
    ],
)
async def test_keys_go_in_headers(
    options: Any, environment: Any, key: str | None, authorization: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    headers, _, url = await sent(**{"api_key": None, **options})
    assert (headers.get("x-api-key"), headers.get("authorization")) == (key, authorization)
    assert "?" not in url


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://host", "https://host/v1/messages"),
        ("https://host/v1/", "https://host/v1/messages"),
        ("https://host/api/anthropic", "https://host/api/anthropic/v1/messages"),
        ("localhost:8080", "http://localhost:8080/v1/messages"),
    ],
)
async def test_base_urls_with_and_without_the_version(base_url: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await sent(base_url=base_url))[2] == url
    monkeypatch.setenv("ANTHROPIC_BASE_URL", base_url)
    assert (await sent())[2] == url


def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ModelAuthenticationError, match="ANTHROPIC_API_KEY is not set"):
        Claude(transport=Wire(Clock(), [])).exchange(HI)


# ---- exchanges


async def test_a_streamed_answer_and_a_tool_called_and_answered() -> None:
    seen: list[Asked] = []
    replies = [chunked(frames(*THINKS_SEARCHES_AND_CALLS)), chunked(*(frames(event) for event in HELLO)), sized(WHOLE)]

    async def script(connection: Connection) -> None:
        for reply in replies:
            seen.append(await connection.asked())
            await connection.send(reply)

    async with serving(script) as server:
        model = Claude(api_key="sk-1", base_url=server.url)
        asked = ModelRequest(messages=HI.messages, tools=[TOOL], tool_choice="required", stream=True)
        called = (await events(model, asked))[-1]
        assert isinstance(called, ModelReply)
        answer = Message(
            role="assistant",
            content=called.content,
            tool_calls=called.tool_calls,
            reasoning_content=called.reasoning_content,
            provider_data=called.provider_data,
        )
        results = [Message(role="tool", tool_call_id=call.id, content="ok") for call in called.tool_calls]
        history = ModelRequest(messages=[*HI.messages, answer, *results], tools=[TOOL], stream=True)
        told = [event for event in await events(model, history) if not isinstance(event, Aside)]
        assert told == [TextDelta("Hel"), TextDelta("lo"), HELLO_REPLY]
        assert await events(model) == [HELLO_REPLY]

    assert [one.line for one in seen] == ["POST /v1/messages HTTP/1.1"] * 3
    assert (seen[0].body["stream"], seen[0].body["tool_choice"]) == (True, {"type": "any"})
    assert (seen[0].headers["accept"], seen[0].headers["accept-encoding"]) == ("text/event-stream", "identity")
    assert seen[1].body["messages"][1:] == [
        {"role": "assistant", "content": BLOCKS},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"},
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "ok"},
            ],
        },
    ]
    assert "stream" not in seen[2].body


async def test_images_are_read_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[Any] = []
    to_thread = asyncio.to_thread

    async def watched(*call: Any) -> Any:
        moved.append(call)
        return await to_thread(*call)

    monkeypatch.setattr(asyncio, "to_thread", watched)
    picture = ModelRequest(messages=[Message(role="user", images=[Image(content=b"GIF89a")])])
    _, body, _ = await sent(picture)
    assert body["messages"][0]["content"][0]["source"]["data"] == "R0lGODlh"
    assert len(moved) == 1


# ---- errors


@pytest.mark.parametrize(
    ("status", "kind", "expected", "retryable"),
    [
        (401, "authentication_error", ModelAuthenticationError, False),
        (429, "rate_limit_error", ModelRateLimitError, True),
        (500, "api_error", ModelProviderError, True),
        (529, "overloaded_error", ModelOverloadedError, True),
    ],
)
async def test_errors_have_their_class_and_no_key(
    status: int, kind: str, expected: type[ModelProviderError], retryable: bool
) -> None:
    error = {"type": "error", "error": {"type": kind, "message": "no sk-own-secret"}, "request_id": "req_1"}
    wire = Wire(Clock(), [whole(error, status=status, headers={"retry-after": "7"})])
    with pytest.raises(ModelProviderError, match=r"no \[redacted\]") as raised:
        await events(Claude(api_key="sk-own-secret", transport=wire, retries=0))
    found = raised.value
    assert type(found) is expected
    assert (found.status_code, found.code, found.retryable, found.retry_after) == (status, kind, retryable, 7.0)


async def test_a_conversation_that_does_not_fit_is_told() -> None:
    text = "prompt is too long: 210000 tokens > 200000 maximum"
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": text}}
    with pytest.raises(ContextWindowExceededError, match="prompt is too long"):
        await events(Claude(api_key="k", transport=Wire(Clock(), [whole(error, status=400)])))


async def test_an_error_in_the_stream_comes_after_its_text() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    wire = Wire(Clock(), [Answer(frames(*HELLO[:4], error))])
    with pytest.raises(ModelOverloadedError, match="Overloaded"):
        await events(Claude(api_key="k", transport=wire, retries=0), HI_STREAMED)
    assert wire.replies[0].closed
