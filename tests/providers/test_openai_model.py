"""OpenAIChat and OpenAILike as users meet them: options, what goes over the wire, keys."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports import extras
from agnolo.ports.model import Model, ModelReply, ModelRequest, TextDelta
from agnolo.providers.compatible import ROWS
from agnolo.providers.openai_model import OpenAIChat, OpenAILike
from agnolo.providers.wire import HttpRequest
from agnolo.vocabulary.errors import (
    ConfigurationError,
    InputError,
    MissingExtraError,
    ModelAuthenticationError,
    ModelProviderError,
)
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message
from tests.providers.loopback import Asked, Connection, serving, sized
from tests.providers.scripted_wire import HELLO, Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio

HI = ModelRequest(messages=[Message(role="user", content="hi")])
COMPLETION = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}


async def asked_by(make: Any, request: ModelRequest = HI) -> Asked:
    """What a model asks a real server."""
    seen: list[Asked] = []

    async def script(connection: Connection) -> None:
        seen.append(await connection.asked())
        await connection.send(sized(COMPLETION))

    async with serving(script) as server:
        assert [e async for e in make(server.url).exchange(request)] == [ModelReply(content="Hello")]
    return seen[0]


def test_defaults() -> None:
    model = OpenAIChat()
    assert isinstance(model, Model)
    assert (model.id, model.name, model.provider) == ("gpt-5.4-mini", "OpenAIChat", "OpenAI")
    assert (model.loop_bound, model.retries) == (True, 2)
    like = OpenAILike(id="x")
    assert (like.id, like.name, like.provider) == ("x", "OpenAILike", "OpenAI")


def test_the_id_may_stand_without_its_name() -> None:
    positional: Any = OpenAIChat
    assert positional("gpt-x", temperature=1).id == OpenAIChat(id="gpt-x").id == "gpt-x"


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"OpenAIChat\(\) has no option 'temprature' \(did you mean 'temperature'\?\)"):
        OpenAIChat(temprature=1)  # type: ignore[call-arg]


def test_a_model_does_not_show_its_key() -> None:
    assert repr(OpenAIChat(id="gpt-x", api_key="hidden")) == "OpenAIChat(id='gpt-x', provider='OpenAI')"


async def test_what_is_sent_by_default() -> None:
    asked = await asked_by(lambda url: OpenAIChat(id="gpt-x", api_key="sk-1", base_url=url))
    assert asked.line == "POST /v1/chat/completions HTTP/1.1"
    assert asked.body == {"model": "gpt-x", "messages": [{"role": "user", "content": "hi"}]}
    sent = {name: asked.headers.get(name) for name in ("authorization", "content-type", "accept", "user-agent")}
    assert sent == {
        "authorization": "Bearer sk-1",
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": "agnolo",
    }
    assert "openai-organization" not in asked.headers


async def test_every_option_arrives_where_it_belongs() -> None:
    parameters: dict[str, Any] = {
        "temperature": 0.1, "top_p": 0.5, "max_tokens": 3, "max_completion_tokens": 4, "stop": ["a"], "seed": 1,
        "frequency_penalty": 0.1, "presence_penalty": 0.2, "logit_bias": {"1": 2}, "logprobs": True, "top_logprobs": 2,
        "reasoning_effort": "low", "verbosity": "low", "user": "u", "store": True, "metadata": {"a": "b"},
        "service_tier": "auto", "parallel_tool_calls": False,
    }  # fmt: skip
    others: dict[str, Any] = {
        "default_headers": {"X-D": "d", "X-E": "d"}, "extra_headers": {"X-E": "e", "user-agent": "mine"},
        "default_query": {"dq": "1", "q": "0"}, "extra_query": {"q": "1"}, "extra_body": {"eb": 1},
        "request_params": {"n": 2, "temperature": 0.9}, "organization": "org",
    }  # fmt: skip
    asked = await asked_by(lambda url: OpenAIChat(id="m", api_key="k", base_url=url, **parameters, **others))
    assert asked.line == "POST /v1/chat/completions?dq=1&q=1 HTTP/1.1"
    expected = {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        **parameters,
        "n": 2,
        "temperature": 0.9,
        "eb": 1,
    }
    assert asked.body == expected
    sent = {name: asked.headers[name] for name in ("x-d", "x-e", "user-agent", "openai-organization")}
    assert sent == {"x-d": "d", "x-e": "e", "user-agent": "mine", "openai-organization": "org"}


async def test_zero_and_false_are_sent() -> None:
    options: dict[str, Any] = {
        "temperature": 0,
        "seed": 0,
        "max_tokens": 0,
        "store": False,
        "logprobs": False,
        "metadata": {},
    }
    asked = await asked_by(lambda url: OpenAIChat(id="m", api_key="k", base_url=url, **options))
    assert {name: asked.body[name] for name in options} == options


async def test_the_environment_gives_key_url_and_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(url: str) -> OpenAIChat:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("OPENAI_ORG_ID", "org-env")
        return OpenAIChat()

    headers = (await asked_by(make)).headers
    assert (headers["authorization"], headers["openai-organization"]) == ("Bearer sk-env", "org-env")


async def test_a_compatible_server_needs_no_key() -> None:
    system = ModelRequest(messages=[Message(role="system", content="s")])
    asked = await asked_by(lambda url: OpenAILike(id="x", base_url=url), system)
    assert asked.headers["authorization"] == "Bearer not-provided"
    assert asked.body == {"model": "x", "messages": [{"role": "system", "content": "s"}]}


async def test_a_server_without_keys_gets_none() -> None:
    asked = await asked_by(lambda url: OpenAIChat(id="x", base_url=url, site=ROWS["ollama"].site))
    assert "authorization" not in asked.headers


async def test_streams_are_asked_for_uncompressed() -> None:
    wire = Wire(Clock(), [Answer(*HELLO)])
    streamed = ModelRequest(messages=HI.messages, stream=True)
    model = OpenAIChat(id="x", api_key="k", transport=wire)
    events = [event async for event in model.exchange(streamed)]
    assert events == [TextDelta("Hel"), TextDelta("lo"), ModelReply(content="Hello")]
    headers = wire.requests[0].headers
    assert (headers["Accept"], headers["Accept-Encoding"]) == ("text/event-stream", "identity")


def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    wire = Wire(Clock(), [])
    with pytest.raises(ModelAuthenticationError, match="OPENAI_API_KEY is not set"):
        OpenAIChat(transport=wire).exchange(HI)
    assert wire.requests == []


def test_a_missing_url_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="OpenAILike has no base_url"):
        OpenAILike(id="x").exchange(HI)


async def test_secrets_of_headers_and_queries_are_in_no_error() -> None:
    secrets = ("sk-own-secret", "header-secret", "query-secret")
    wire = Wire(Clock(), [whole({"error": {"message": f"refused {' '.join(secrets)}"}}, status=401)])
    model = OpenAIChat(
        id="x",
        api_key=secrets[0],
        extra_headers={"X-Api-Key": secrets[1]},
        extra_query={"api_key": secrets[2]},
        transport=wire,
    )
    with pytest.raises(ModelProviderError, match=r"refused \[redacted\] \[redacted\] \[redacted\]"):
        await anext(aiter(model.exchange(HI)))


async def test_times_and_limits_are_passed_on() -> None:
    requests: list[tuple[HttpRequest, float, float]] = []

    class Seen(Wire):
        async def send(self, request: HttpRequest, *, connect: float, within: float) -> Any:
            requests.append((request, connect, within))
            return await super().send(request, connect=connect, within=within)

    wire = Seen(Clock(), [Answer(*HELLO), whole(COMPLETION), Answer(*HELLO)])
    options: dict[str, Any] = {"api_key": "k", "transport": wire}
    patient = OpenAIChat(**options)
    hurried = OpenAIChat(
        **options,
        timeout=9,
        connect_timeout=1,
        first_token_timeout=2,
        token_timeout=3,
        ca_file="ca.pem",
        max_concurrency=4,
    )
    for model, stream in ((patient, True), (patient, False), (hurried, True)):
        async for _ in model.exchange(ModelRequest(messages=HI.messages, stream=stream)):
            pass
    assert [(connect, round(within)) for _, connect, within in requests] == [(10, 60), (10, 600), (1, 2)]
    assert (requests[2][0].ca_file, requests[2][0].max_concurrency) == ("ca.pem", 4)


async def test_media_are_read_off_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"zz")
    picture = Message(role="user", content="hi", images=[Image(filepath=str(tmp_path / "a.png"))])
    moved: list[Any] = []
    to_thread = asyncio.to_thread

    async def watched(*call: Any) -> Any:
        moved.append(call)
        return await to_thread(*call)

    monkeypatch.setattr(asyncio, "to_thread", watched)
    wire = Wire(Clock(), [whole(COMPLETION)])
    model = OpenAIChat(id="x", api_key="k", transport=wire)
    assert [e async for e in model.exchange(ModelRequest(messages=[picture]))] == [ModelReply(content="Hello")]
    assert len(moved) == 1
    assert base64.b64encode(b"zz") in wire.requests[0].body


async def test_a_medium_that_can_not_be_read_is_told() -> None:
    picture = Message(role="user", images=[Image(filepath="/nowhere.png")])
    model = OpenAIChat(id="x", api_key="k", transport=Wire(Clock(), []))
    with pytest.raises(InputError, match=r"/nowhere\.png"):
        await anext(aiter(model.exchange(ModelRequest(messages=[picture]))))


def test_without_aiohttp_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'aiohttp'", name="aiohttp")

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'agnolo\[http\]'"):
        OpenAIChat(id="x", api_key="k").exchange(HI)
