"""Gemini as users meet it: options, what goes over the wire, keys, retries, a conversation with tools."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports import extras
from agnolo.ports.model import Model, ModelEvent, ModelReply, ModelRequest, ReasoningDelta, TextDelta, ToolSpec
from agnolo.providers.gemini_model import Gemini
from agnolo.vocabulary.errors import (
    InputError,
    MissingExtraError,
    ModelAuthenticationError,
    ModelOverloadedError,
    ModelProtocolError,
    ModelProviderError,
    ModelQuotaError,
    TruncatedStreamError,
)
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message
from tests.providers.loopback import Asked, Connection, Script, chunked, serving, sized
from tests.providers.scripted_wire import Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio

HI = ModelRequest(messages=[Message(role="user", content="hi")])
STREAM = ModelRequest(messages=HI.messages, stream=True)
PING = ToolSpec(name="ping", description="Ping.", parameters={"type": "object", "properties": {}})


@pytest.fixture(autouse=True)
def no_google(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def answer(*parts: dict[str, Any], finish: str | None = "STOP") -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}}
    return {"candidates": [candidate | ({"finishReason": finish} if finish else {})]}


def sse(*chunks: dict[str, Any]) -> list[bytes]:
    return [b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks]


HELLO = answer({"text": "Hello"})
HELLO_STREAM = sse(answer({"text": "Hel"}, finish=None), answer({"text": "lo"}))


async def told(model: Gemini, request: ModelRequest = HI) -> list[ModelEvent]:
    return [event async for event in model.exchange(request)]


def replying(seen: list[Asked], *replies: bytes) -> Script:
    left = list(replies)

    async def script(connection: Connection) -> None:
        while left:
            seen.append(await connection.asked())
            await connection.send(left.pop(0))

    return script


async def asked_by(make: Any, request: ModelRequest = HI) -> Asked:
    """What a model asks a real server."""
    seen: list[Asked] = []
    async with serving(replying(seen, sized(HELLO))) as server:
        assert await told(make(server.url), request) == [ModelReply(content="Hello")]
    return seen[0]


# ---- options


def test_defaults() -> None:
    model = Gemini()
    assert isinstance(model, Model)
    assert (model.id, model.name, model.provider) == ("gemini-3.7-flash", "Gemini", "Google")
    assert (model.loop_bound, model.retries) == (True, 2)
    assert repr(Gemini(id="g", api_key="hidden")) == "Gemini(id='g', provider='Google')"


def test_the_id_may_stand_without_its_name() -> None:
    positional: Any = Gemini
    assert positional("g", top_k=1).id == Gemini(id="g").id == "g"


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"Gemini\(\) has no option 'temprature' \(did you mean 'temperature'\?\)"):
        Gemini(temprature=1)  # type: ignore[call-arg]


def test_options_of_vertex_are_refused_with_the_reason() -> None:
    with pytest.raises(TypeError, match="no option 'vertexai': it reaches the Gemini API, not Vertex AI"):
        Gemini(vertexai=True)  # type: ignore[call-arg]


# ---- what goes over the wire


async def test_what_is_sent_by_default() -> None:
    asked = await asked_by(lambda url: Gemini(id="g", api_key="AIza-1", base_url=url))
    assert asked.line == "POST /v1/models/g:generateContent HTTP/1.1"
    assert asked.body == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    sent = {name: asked.headers.get(name) for name in ("x-goog-api-key", "content-type", "accept", "user-agent")}
    assert sent == {
        "x-goog-api-key": "AIza-1",
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": "agnolo",
    }
    assert "authorization" not in asked.headers


async def test_every_option_arrives_where_it_belongs() -> None:
    options: dict[str, Any] = {
        "temperature": 0.5, "top_p": 0.9, "top_k": 4, "max_output_tokens": 10, "stop_sequences": ["a"],
        "presence_penalty": 0.1, "frequency_penalty": 0.2, "seed": 3, "response_modalities": ["TEXT"],
        "speech_config": {"languageCode": "de"}, "logprobs": 5, "thinking_budget": 0, "thinking_level": "low",
        "generation_config": {"candidate_count": 1, "temperature": 1, "thinking_config": {"includeThoughts": True}},
        "safety_settings": [{"category": "C", "threshold": "T"}], "cached_content": "cachedContents/x",
        "search": True, "url_context": True, "file_search_store_names": ["s"], "file_search_metadata_filter": "f",
        "extra_headers": {"X-E": "e", "user-agent": "mine"}, "extra_query": {"q": "1"},
        "extra_body": {"labels": {"a": "b"}}, "request_params": {"generationConfig": {"topK": 40}},
    }  # fmt: skip
    asked = await asked_by(lambda url: Gemini(id="g", api_key="k", base_url=url, **options))
    assert asked.line == "POST /v1/models/g:generateContent?q=1 HTTP/1.1"
    assert asked.body == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "safetySettings": [{"category": "C", "threshold": "T"}],
        "cachedContent": "cachedContents/x",
        "generationConfig": {
            "temperature": 0.5, "topP": 0.9, "topK": 40, "maxOutputTokens": 10, "stopSequences": ["a"],
            "presencePenalty": 0.1, "frequencyPenalty": 0.2, "seed": 3, "responseModalities": ["TEXT"],
            "speechConfig": {"languageCode": "de"}, "responseLogprobs": True, "logprobs": 5, "candidateCount": 1,
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 0, "thinkingLevel": "LOW"},
        },
        "tools": [
            {"googleSearch": {}},
            {"urlContext": {}},
            {"fileSearch": {"fileSearchStoreNames": ["s"], "metadataFilter": "f"}},
        ],
        "labels": {"a": "b"},
    }  # fmt: skip
    assert (asked.headers["x-e"], asked.headers["user-agent"]) == ("e", "mine")


async def test_zero_and_false_are_sent() -> None:
    options: dict[str, Any] = {"temperature": 0, "top_k": 0, "seed": 0, "logprobs": False, "include_thoughts": False}
    asked = await asked_by(lambda url: Gemini(id="g", api_key="k", base_url=url, **options))
    assert asked.body["generationConfig"] == {
        "temperature": 0,
        "topK": 0,
        "seed": 0,
        "responseLogprobs": False,
        "thinkingConfig": {"includeThoughts": False},
    }


async def test_grounding_is_a_search_and_its_threshold_belongs_to_the_past(caplog: pytest.LogCaptureFixture) -> None:
    options: dict[str, Any] = {"grounding": True, "grounding_dynamic_threshold": 0.3, "logprobs": True}
    with caplog.at_level(logging.WARNING, "agnolo.providers"):
        asked = await asked_by(lambda url: Gemini(id="g", api_key="k", base_url=url, **options))
    assert asked.body["tools"] == [{"googleSearch": {}}]
    assert asked.body["generationConfig"] == {"responseLogprobs": True}
    assert caplog.messages == ["no Gemini model since 2.0 takes grounding_dynamic_threshold: left out"]


async def test_a_file_store_needs_no_filter() -> None:
    asked = await asked_by(lambda url: Gemini(id="g", api_key="k", base_url=url, file_search_store_names=["s"]))
    assert asked.body["tools"] == [{"fileSearch": {"fileSearchStoreNames": ["s"]}}]


@pytest.mark.parametrize(
    ("model", "path"), [("g", "models/g"), ("models/g", "models/g"), ("tunedModels/t", "tunedModels/t")]
)
async def test_a_model_is_named_by_its_path_or_its_last_part(model: str, path: str) -> None:
    wire = Wire(Clock(), [whole(HELLO), Answer(*HELLO_STREAM)])
    gemini = Gemini(id=model, api_key="k", transport=wire, extra_query={"q": "1"})
    await told(gemini)
    await told(gemini, STREAM)
    host = "https://generativelanguage.googleapis.com/v1"
    assert [request.url for request in wire.requests] == [
        f"{host}/{path}:generateContent?q=1",
        f"{host}/{path}:streamGenerateContent?alt=sse&q=1",
    ]


@pytest.mark.parametrize(
    ("model", "said", "version"),
    [
        ("gemini-2.5-flash", "", "v1"),
        ("gemini-flash-latest", "", "v1beta"),
        ("gemini-3-pro-preview", "", "v1beta"),
        ("gemini-2.5-flash-preview-tts", "", "v1beta"),
        ("gemini-2.5-flash", "beta", "v1beta"),
        ("gemini-flash-latest", "v1alpha", "v1alpha"),
    ],
)
async def test_google_is_asked_under_the_version_that_has_the_model(
    model: str, said: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", said)
    wire = Wire(Clock(), [whole(HELLO)])
    await told(Gemini(id=model, api_key="k", transport=wire))
    [request] = wire.requests
    assert request.url == f"https://generativelanguage.googleapis.com/{version}/models/{model}:generateContent"


@pytest.mark.parametrize(
    ("base_url", "asked"),
    [
        ("https://proxy.example", "https://proxy.example/v1"),
        ("https://proxy.example/gemini", "https://proxy.example/gemini/v1"),
        ("https://proxy.example/v1beta", "https://proxy.example/v1beta"),
    ],
)
async def test_a_proxy_is_asked_under_the_version_of_its_address(base_url: str, asked: str) -> None:
    wire = Wire(Clock(), [whole(HELLO)])
    await told(Gemini(id="g-latest", api_key="k", base_url=base_url, transport=wire))
    assert wire.requests[0].url == f"{asked}/models/g-latest:generateContent"


@pytest.mark.parametrize("variables", [("GOOGLE_API_KEY", "GEMINI_API_KEY"), ("GEMINI_API_KEY",)])
async def test_the_environment_gives_key_and_url(monkeypatch: pytest.MonkeyPatch, variables: tuple[str, ...]) -> None:
    for place, name in enumerate(variables):
        monkeypatch.setenv(name, f"key-{place}")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://proxy.example")
    wire = Wire(Clock(), [whole(HELLO)])
    await told(Gemini(id="g", transport=wire))
    [request] = wire.requests
    assert request.url == "https://proxy.example/v1/models/g:generateContent"
    assert request.headers["x-goog-api-key"] == "key-0"
    assert "key-" not in request.url


def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    wire = Wire(Clock(), [])
    with pytest.raises(ModelAuthenticationError, match="GOOGLE_API_KEY or GEMINI_API_KEY is not set"):
        Gemini(transport=wire).exchange(HI)
    assert wire.requests == []


# ---- answers


async def test_a_stream_from_a_real_server_is_told_as_it_comes() -> None:
    seen: list[Asked] = []
    thought = sse(answer({"text": "hm", "thought": True}, finish=None))
    async with serving(replying(seen, chunked(*thought, *HELLO_STREAM))) as server:
        events = await told(Gemini(id="g", api_key="k", base_url=server.url), STREAM)
    assert events == [
        ReasoningDelta("hm"),
        TextDelta("Hel"),
        TextDelta("lo"),
        ModelReply(content="Hello", reasoning_content="hm"),
    ]
    assert seen[0].line == "POST /v1/models/g:streamGenerateContent?alt=sse HTTP/1.1"
    assert (seen[0].headers["accept"], seen[0].headers["accept-encoding"]) == ("text/event-stream", "identity")


async def test_a_server_that_ignores_sse_is_understood() -> None:
    wire = Wire(Clock(), [whole([answer({"text": "Hel"}, finish=None), answer({"text": "lo"})])])
    assert await told(Gemini(api_key="k", transport=wire), STREAM) == [ModelReply(content="Hello")]


async def test_a_conversation_with_tools_goes_there_and_back() -> None:
    parts = [
        {"text": "Let me ", "thoughtSignature": "s1"},
        {"functionCall": {"name": "ping", "args": {"n": 1}, "id": "g1"}, "thoughtSignature": "s2"},
        {"functionCall": {"name": "ping", "args": {"n": 2}, "id": "g2"}},
    ]
    seen: list[Asked] = []
    blocks = sse(*(answer(part, finish=None) for part in parts), answer({"text": ""}))
    async with serving(replying(seen, chunked(*blocks), sized(HELLO))) as server:
        model = Gemini(id="gemini-3-pro", api_key="k", base_url=server.url)
        events = await told(
            model, ModelRequest(messages=HI.messages, tools=[PING], tool_choice="required", stream=True)
        )
        reply = events[-1]
        assert isinstance(reply, ModelReply)
        assert (reply.finish_reason, reply.content) == ("tool_calls", "Let me ")
        said = Message(
            role="assistant", content=reply.content, tool_calls=reply.tool_calls, provider_data=reply.provider_data
        )
        results = [Message(role="tool", tool_call_id=c.id, tool_name="ping", content="pong") for c in reply.tool_calls]
        await told(model, ModelRequest(messages=[*HI.messages, said, *results], tools=[PING]))
    assert seen[0].body["toolConfig"] == {"functionCallingConfig": {"mode": "ANY"}}
    assert seen[1].body["contents"] == [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": parts},
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": call_id, "name": "ping", "response": {"result": "pong"}}}
                for call_id in ("g1", "g2")
            ],
        },
    ]


async def test_media_are_read_off_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"zz")
    picture = Message(role="user", content="hi", images=[Image(filepath=str(tmp_path / "a.png"))])
    moved: list[Any] = []
    to_thread = asyncio.to_thread

    async def watched(*call: Any) -> Any:
        moved.append(call)
        return await to_thread(*call)

    monkeypatch.setattr(asyncio, "to_thread", watched)
    wire = Wire(Clock(), [whole(HELLO)])
    assert await told(Gemini(api_key="k", transport=wire), ModelRequest(messages=[picture])) == [
        ModelReply(content="Hello")
    ]
    assert len(moved) == 1
    assert json.loads(wire.requests[0].body)["contents"][0]["parts"][1] == {
        "inlineData": {"mimeType": "image/png", "data": "eno="}
    }


async def test_a_medium_that_can_not_be_read_is_told() -> None:
    picture = Message(role="user", images=[Image(filepath="/nowhere.png")])
    with pytest.raises(InputError, match=r"/nowhere\.png"):
        await told(Gemini(api_key="k", transport=Wire(Clock(), [])), ModelRequest(messages=[picture]))


# ---- errors


def refused(status: str, message: str, **fields: Any) -> bytes:
    return sized({"error": {"code": int(status[:3]), "message": message, **fields}}, status)


async def test_a_wrong_key_is_an_authentication_error_and_not_tried_again() -> None:
    seen: list[Asked] = []
    details = [{"reason": "API_KEY_INVALID"}]
    reply = refused("400 Bad Request", "API key not valid: AIza-wrong", details=details)
    async with serving(replying(seen, reply, sized(HELLO))) as server:
        with pytest.raises(ModelAuthenticationError, match=r"not valid: \[redacted\] \(check the key in api_key\)"):
            await told(Gemini(api_key="AIza-wrong", base_url=server.url))
    assert len(seen) == 1


async def test_a_limit_of_a_minute_is_waited_for_and_one_of_a_day_is_not() -> None:
    def limited(limit: str) -> bytes:
        details = [{"violations": [{"quotaId": limit}]}, {"retryDelay": "0.01s"}]
        return refused("429 Too Many", "You exceeded your current quota", details=details)

    seen: list[Asked] = []
    script = replying(seen, limited("RequestsPerMinute"), sized(HELLO), limited("RequestsPerDay"), sized(HELLO))
    async with serving(script) as server:
        model = Gemini(api_key="k", base_url=server.url)
        assert await told(model) == [ModelReply(content="Hello")]
        with pytest.raises(ModelQuotaError):
            await told(model)
    assert len(seen) == 3


async def test_an_error_in_the_first_chunk_is_tried_again_and_a_later_one_is_not() -> None:
    failed = sse({"error": {"code": 503, "message": "overloaded", "details": [{"retryDelay": "0.01s"}]}})
    begun = sse(answer({"text": "Hel"}, finish=None))
    wire = Wire(Clock(), [Answer(*failed), Answer(*HELLO_STREAM), Answer(*begun, *failed)])
    model = Gemini(api_key="k", transport=wire)
    assert (await told(model, STREAM))[-1] == ModelReply(content="Hello")
    heard: list[ModelEvent] = []
    with pytest.raises(ModelOverloadedError):
        async for event in model.exchange(STREAM):
            heard.append(event)
    assert heard == [TextDelta("Hel")]


async def test_a_stream_that_is_cut_off_is_told() -> None:
    begun = sse(answer({"text": "Hel"}, finish=None))
    async with serving(replying([], chunked(*begun))) as server:
        with pytest.raises(TruncatedStreamError):
            await told(Gemini(api_key="k", base_url=server.url), STREAM)


async def test_secrets_of_headers_and_queries_are_in_no_error() -> None:
    secrets = ("own-secret-1", "header-secret", "query-secret")
    wire = Wire(Clock(), [whole({"error": {"message": f"refused {' '.join(secrets)}"}}, status=400)])
    model = Gemini(
        api_key=secrets[0],
        extra_headers={"X-Auth": secrets[1]},
        extra_query={"token": secrets[2]},
        transport=wire,
    )
    with pytest.raises(ModelProviderError, match=r"refused \[redacted\] \[redacted\] \[redacted\]"):
        await told(model)


def test_without_aiohttp_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'aiohttp'", name="aiohttp")

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'agnolo\[http\]'"):
        Gemini(api_key="k").exchange(HI)


# ---- guidance


MALFORMED = {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "print(ping())"}]}


async def test_a_call_that_can_not_be_read_is_asked_for_again_with_guidance() -> None:
    wire = Wire(Clock(), [whole(MALFORMED), whole(HELLO)])
    assert await told(Gemini(api_key="k", transport=wire)) == [ModelReply(content="Hello")]
    first, second = [json.loads(request.body)["contents"] for request in wire.requests]
    assert first == [{"role": "user", "parts": [{"text": "hi"}]}]
    assert [part["text"][:31] for part in second[0]["parts"]] == ["hi", "Your last function call could n"]


@pytest.mark.parametrize(
    ("options", "requests"),
    [({}, 2), ({"retry_with_guidance_limit": 2}, 3), ({"retry_with_guidance": False}, 1)],
)
async def test_guidance_ends_at_its_limit(options: dict[str, Any], requests: int) -> None:
    wire = Wire(Clock(), [whole(MALFORMED)] * 3)
    with pytest.raises(ModelProtocolError, match=r"print\(ping\(\)\)"):
        await told(Gemini(api_key="k", transport=wire, **options))
    assert len(wire.requests) == requests


async def test_guidance_comes_not_after_something_was_told() -> None:
    thought = answer({"text": "hm", "thought": True}, finish=None)
    wire = Wire(Clock(), [Answer(*sse(thought, MALFORMED)), Answer(*HELLO_STREAM)])
    with pytest.raises(ModelProtocolError):
        await told(Gemini(api_key="k", transport=wire), STREAM)
    assert len(wire.requests) == 1


async def test_another_protocol_error_is_not_answered_with_guidance() -> None:
    wire = Wire(Clock(), [whole({}), whole(HELLO)])
    with pytest.raises(ModelProtocolError, match="without candidates"):
        await told(Gemini(api_key="k", transport=wire, retries=0))
    assert len(wire.requests) == 1


# ---- waiting


async def test_times_and_limits_are_passed_on() -> None:
    seen: list[tuple[float, float]] = []

    class Seen(Wire):
        async def send(self, request: Any, *, connect: float, within: float) -> Any:
            seen.append((connect, round(within)))
            return await super().send(request, connect=connect, within=within)

    wire = Seen(Clock(), [Answer(*HELLO_STREAM), whole(HELLO), Answer(*HELLO_STREAM)])
    hurried: dict[str, Any] = {
        "timeout": 9, "connect_timeout": 1, "first_token_timeout": 2, "token_timeout": 3, "ca_file": "ca.pem",
        "max_concurrency": 4,
    }  # fmt: skip
    for options, request in (({}, STREAM), ({}, HI), (hurried, STREAM)):
        await told(Gemini(api_key="k", transport=wire, **options), request)
    assert seen == [(10, 60), (10, 600), (1, 2)]
    assert (wire.requests[2].ca_file, wire.requests[2].max_concurrency) == ("ca.pem", 4)
