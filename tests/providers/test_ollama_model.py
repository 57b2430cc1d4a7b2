"""Ollama as users meet it: options, hosts, keys, what goes over the wire, and what to do when it is not there."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from agnolo.ports.model import Model, ModelEvent, ModelReply, ModelRequest, OutputFormat, TextDelta, ToolSpec
from agnolo.providers import ollama_host
from agnolo.providers.ollama_model import Ollama
from agnolo.providers.wire import Broken, Refused
from agnolo.vocabulary.errors import (
    ConfigurationError,
    InputError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelNotFoundError,
    ModelProviderError,
    ModelRateLimitError,
)
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.loopback import OK, Asked, Connection, serving, sized
from tests.providers.scripted_wire import Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio

HI = ModelRequest(messages=[Message(role="user", content="hi")])
HI_STREAMED = ModelRequest(messages=HI.messages, stream=True)
NDJSON = {"Content-Type": "application/x-ndjson"}
END = {"message": {"content": ""}, "done": True, "done_reason": "stop"}
HELLO = [
    json.dumps(one).encode() + b"\n"
    for one in ({"message": {"content": "Hel"}, "done": False}, {"message": {"content": "lo"}, "done": False}, END)
]
HELLO_EVENTS = [TextDelta("Hel"), TextDelta("lo"), ModelReply(content="Hello")]
WHOLE = END | {"message": {"role": "assistant", "content": "Hello"}}


@pytest.fixture(autouse=True)
def no_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ollama_host.OLLAMA.base_urls, "OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def streamed(*lines: bytes) -> bytes:
    head = OK + b"Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(line), line) for line in lines) + b"0\r\n\r\n"


async def events(model: Ollama, request: ModelRequest = HI) -> list[ModelEvent]:
    return [event async for event in model.exchange(request)]


async def served(
    model: Any, *replies: bytes, requests: tuple[ModelRequest, ...] = (HI,)
) -> tuple[list[Any], list[Asked]]:
    """What a real server is asked by a model, and what the model makes of its replies."""
    seen: list[Asked] = []
    left = list(replies)

    async def script(connection: Connection) -> None:
        while left:
            seen.append(await connection.asked())
            await connection.send(left.pop(0))

    async with serving(script) as server:
        asked = model(f"http://127.0.0.1:{server.port}")
        return [await events(asked, request) for request in requests], seen


# ---- options


def test_defaults() -> None:
    model = Ollama()
    assert isinstance(model, Model)
    assert (model.id, model.name, model.provider) == ("llama3.1", "Ollama", "Ollama")
    assert model.loop_bound is True
    positional: Any = Ollama
    assert positional("qwen3").id == "qwen3"
    assert repr(Ollama(id="qwen3", api_key="hidden")) == "Ollama(id='qwen3', provider='Ollama')"


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"Ollama\(\) has no option 'keepalive' \(did you mean 'keep_alive'\?\)"):
        Ollama(keepalive=1)  # type: ignore[call-arg]


async def test_what_is_sent_by_default() -> None:
    got, (asked,) = await served(lambda url: Ollama(id=" qwen3 ", host=url), sized(WHOLE))
    assert got == [[ModelReply(content="Hello")]]
    assert asked.line == "POST /api/chat HTTP/1.1"
    assert asked.body == {"model": "qwen3", "messages": [{"role": "user", "content": "hi"}], "stream": False}
    assert (asked.headers["accept"], asked.headers["user-agent"]) == ("application/json", "agnolo")
    assert "authorization" not in asked.headers


async def test_every_option_arrives_where_it_belongs() -> None:
    given: dict[str, Any] = {"format": "json", "options": {"temperature": 0}, "keep_alive": 0, "think": False}
    _, (asked,) = await served(
        lambda url: Ollama(
            id="m", host=url, api_key="key-1", request_params={"logprobs": True}, extra_headers={"X-A": "1"}, **given
        ),
        sized(WHOLE),
    )
    assert {name: asked.body[name] for name in (*given, "logprobs")} == given | {"logprobs": True}
    assert (asked.headers["authorization"], asked.headers["x-a"]) == ("Bearer key-1", "1")


async def test_the_form_of_the_model_wins_over_that_of_the_request() -> None:
    output = ModelRequest(messages=HI.messages, output=OutputFormat(name="o", schema={"type": "object"}))
    _, asked = await served(lambda url: Ollama(host=url, format="json"), sized(WHOLE), requests=(output,))
    assert asked[0].body["format"] == "json"


# ---- exchanges


async def test_a_streamed_answer() -> None:
    got, (asked,) = await served(lambda url: Ollama(host=url), streamed(*HELLO), requests=(HI_STREAMED,))
    assert got == [HELLO_EVENTS]
    assert asked.body["stream"] is True
    assert (asked.headers["accept"], asked.headers["accept-encoding"]) == ("application/x-ndjson", "identity")


async def test_a_tool_is_called_and_answered() -> None:
    tool = ToolSpec(name="f", parameters={"type": "object", "properties": {}})
    calls = [{"id": f"call_{n}", "function": {"index": n, "name": "f", "arguments": {"n": n}}} for n in (0, 1)]
    first = [
        {"message": {"content": "", "thinking": "so"}, "done": False},
        {"message": {"tool_calls": calls}, "done": False},
    ]
    model: Any = None

    def make(url: str) -> Ollama:
        nonlocal model
        model = Ollama(host=url)
        return model

    called = [ToolCall.of("call_0", "f", '{"n":0}'), ToolCall.of("call_1", "f", '{"n":1}')]
    history = [
        *HI.messages,
        Message(role="assistant", reasoning_content="so", tool_calls=called),
        *(Message(role="tool", tool_call_id=call.id, tool_name="f", content="ok") for call in called),
    ]
    got, asked = await served(
        make,
        streamed(*(json.dumps(one).encode() + b"\n" for one in (*first, END))),
        streamed(*HELLO),
        requests=(
            ModelRequest(messages=HI.messages, tools=[tool], stream=True),
            ModelRequest(messages=history, tools=[tool], stream=True),
        ),
    )
    assert got[0][-1] == ModelReply(reasoning_content="so", tool_calls=called, finish_reason="tool_calls")
    assert got[1] == HELLO_EVENTS
    assert asked[1].body["messages"][1:] == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "so",
            "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"n": n}}} for n in (0, 1)],
        },
        {"role": "tool", "content": "ok", "tool_name": "f"},
        {"role": "tool", "content": "ok", "tool_name": "f"},
    ]


async def test_a_whole_answer_told_as_a_stream_is_no_stream() -> None:
    wire = Wire(Clock(), [Answer(json.dumps(WHOLE).encode(), headers=NDJSON)])
    assert await events(Ollama(transport=wire)) == [ModelReply(content="Hello")]


async def test_images_are_read_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[Any] = []
    to_thread = asyncio.to_thread

    async def watched(*call: Any) -> Any:
        moved.append(call)
        return await to_thread(*call)

    monkeypatch.setattr(asyncio, "to_thread", watched)
    wire = Wire(Clock(), [whole(WHOLE)])
    picture = ModelRequest(messages=[Message(role="user", images=[Image(content=b"zz")])])
    assert await events(Ollama(transport=wire), picture) == [ModelReply(content="Hello")]
    assert json.loads(wire.requests[0].body)["messages"] == [{"role": "user", "content": "", "images": ["eno="]}]
    assert len(moved) == 1
    with pytest.raises(InputError, match="given by URL"):
        await events(
            Ollama(transport=wire), ModelRequest(messages=[Message(role="user", images=[Image(url="http://a")])])
        )


async def test_a_model_may_take_minutes_to_load() -> None:
    clock = Clock()
    wire = Wire(clock, [Answer(*HELLO, headers=NDJSON, head=200)])
    patience: list[float] = []

    class Seen(Wire):
        async def send(self, request: Any, *, connect: float, within: float) -> Any:
            patience.append(round(within))
            return await wire.send(request, connect=connect, within=within)

    assert await events(Ollama(transport=Seen(clock, [])), HI_STREAMED) == HELLO_EVENTS
    assert patience == [300]


# ---- hosts and keys


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("1.2.3.4", "http://1.2.3.4:11434"),
        (":5000", "http://127.0.0.1:5000"),
        ("gpu-box:5000/", "http://gpu-box:5000"),
        ("gpu-box:", "http://gpu-box:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("gpu-box/ollama", "http://gpu-box:11434/ollama"),
        ("http://gpu-box", "http://gpu-box"),
        ("https://gpu-box:5000/v1", "https://gpu-box:5000"),
        ("http://localhost:11434/api/", "http://localhost:11434"),
    ],
)
def test_hosts_as_people_write_them(host: str, url: str) -> None:
    assert ollama_host.base_url(host) == url


async def asked_url(**options: Any) -> tuple[str, str | None]:
    wire = Wire(Clock(), [whole(WHOLE)])
    await events(Ollama(transport=wire, **options))
    return wire.requests[0].url, wire.requests[0].headers.get("Authorization")


@pytest.mark.parametrize(
    ("options", "environment", "url", "key"),
    [
        ({}, {}, "http://127.0.0.1:11434/api/chat", None),
        ({}, {"OLLAMA_HOST": "0.0.0.0"}, "http://127.0.0.1:11434/api/chat", None),
        ({}, {"OLLAMA_BASE_URL": "http://a:1/v1"}, "http://a:1/api/chat", None),
        ({"host": "b"}, {"OLLAMA_HOST": "a"}, "http://b:11434/api/chat", None),
        ({"base_url": "http://b:2"}, {}, "http://b:2/api/chat", None),
        ({"api_key": "k"}, {}, "https://ollama.com/api/chat", "Bearer k"),
        ({}, {"OLLAMA_API_KEY": "k"}, "https://ollama.com/api/chat", "Bearer k"),
        ({"host": "b"}, {"OLLAMA_API_KEY": "k"}, "http://b:11434/api/chat", "Bearer k"),
        ({}, {"OLLAMA_API_KEY": "k", "OLLAMA_HOST": "a"}, "http://a:11434/api/chat", "Bearer k"),
    ],
)
async def test_where_a_request_goes(
    options: Any, environment: Any, url: str, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert await asked_url(**options) == (url, key)


@pytest.mark.parametrize("host", ["http://gpu-box:port", "ftp://gpu-box", "http://ada:lovelace@gpu-box"])
async def test_a_host_that_is_none_is_the_callers_error(host: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        await events(Ollama(host=host))
    assert "lovelace" not in str(raised.value)


# ---- errors


@pytest.mark.parametrize("stream", [False, True])
async def test_a_server_that_does_not_run_is_told_with_how_to_start_it(stream: bool) -> None:
    async with serving(lambda _: asyncio.sleep(0)) as server:
        port = server.port
    with pytest.raises(
        ModelConnectionError,
        match=rf"Ollama at 127\.0\.0\.1:{port} can't be reached: .*: start it with 'ollama serve', or name the host",
    ) as raised:
        await events(
            Ollama(host=f"localhost:{port}".replace("localhost", "127.0.0.1"), retries=0), HI_STREAMED if stream else HI
        )
    assert raised.value.retryable


@pytest.mark.parametrize(
    ("options", "failure", "end"),
    [
        (
            {"host": "gpu-box"},
            Refused("no"),
            "can't be reached: no: check that Ollama runs there, and the host in OLLAMA_HOST",
        ),
        ({"api_key": "k"}, Refused("no"), "can't be reached: no"),
        ({}, Broken("reset"), "gave no answer: reset"),
    ],
)
async def test_advice_is_given_only_where_it_helps(options: Any, failure: Exception, end: str) -> None:
    with pytest.raises(ModelConnectionError) as raised:
        await events(Ollama(transport=Wire(Clock(), [failure]), retries=0, **options))
    assert str(raised.value).endswith(end)


@pytest.mark.parametrize(
    ("options", "advised"), [({}, True), ({"host": "https://ollama.com"}, False), ({"api_key": "k"}, False)]
)
async def test_a_model_that_is_not_there_is_told_with_how_to_get_it(options: Any, advised: bool) -> None:
    wire = Wire(Clock(), [whole({"error": "model 'qwen9' not found"}, status=404)])
    with pytest.raises(
        ModelNotFoundError, match="Ollama answered 404 for model 'qwen9': model 'qwen9' not found"
    ) as raised:
        await events(Ollama(id="qwen9", transport=wire, **options))
    assert str(raised.value).endswith(": fetch it with 'ollama pull qwen9'") is advised
    assert (raised.value.status_code, raised.value.retryable, raised.value.provider) == (404, False, "Ollama")


@pytest.mark.parametrize(
    ("status", "kind"), [(401, ModelAuthenticationError), (429, ModelRateLimitError), (500, ModelProviderError)]
)
async def test_errors_of_the_server_have_their_class_and_no_key(status: int, kind: type[ModelProviderError]) -> None:
    wire = Wire(Clock(), [whole({"error": "refused key-secret"}, status=status)])
    with pytest.raises(ModelProviderError, match=r"refused \[redacted\]") as raised:
        await events(Ollama(api_key="key-secret", transport=wire, retries=0))
    assert type(raised.value) is kind


async def test_an_error_in_the_stream_comes_after_its_text() -> None:
    wire = Wire(Clock(), [Answer(HELLO[0], b'{"error":"out of memory"}\n', headers=NDJSON)])
    got: list[ModelEvent] = []
    with pytest.raises(ModelProviderError, match="out of memory"):
        async for event in Ollama(transport=wire).exchange(HI_STREAMED):
            got.append(event)
    assert got == [TextDelta("Hel")]
    assert wire.replies[0].closed


async def test_a_stream_that_is_closed_early_lets_go_of_its_connection() -> None:
    wire = Wire(Clock(), [Answer(*HELLO, headers=NDJSON)])
    stream = Ollama(transport=wire).exchange(HI_STREAMED)
    assert await anext(stream) == TextDelta("Hel")
    await stream.aclose()
    assert wire.replies[0].closed
