"""OpenAIResponses and its kin as users meet them: options, what goes over the wire, what happens when it fails."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports import extras
from agnolo.ports.model import Aside, Model, ModelEvent, ModelReply, ModelRequest, ReasoningDelta, TextDelta, ToolSpec
from agnolo.providers.openai_responses_model import OpenAIResponses, OpenResponses
from agnolo.providers.openai_responses_vendors import OllamaResponses, OpenRouterResponses
from agnolo.providers.wire import HttpRequest
from agnolo.vocabulary.errors import (
    ConfigurationError,
    InputError,
    MissingExtraError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelConnectionError,
    ModelContentFilterError,
    ModelProviderError,
    ModelRateLimitError,
    ModelTimeoutError,
    TruncatedStreamError,
)
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.loopback import Asked, Connection, answering, chunked, serving, sized
from tests.providers.openai_responses_frames import (
    CREATED,
    HELLO,
    called,
    completed,
    delta,
    done,
    event,
    response,
    said,
    thought,
)
from tests.providers.scripted_wire import Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio

HI = ModelRequest(messages=[Message(role="user", content="hi")])
HI_STREAMED = ModelRequest(messages=HI.messages, stream=True)
HELLO_WHOLE = response(said("Hello"))


def reply(model: str = "gpt-x", provider: str = "OpenAI", **fields: Any) -> ModelReply:
    data = {"provider": provider, "model": model, "response_id": "resp_1"}
    return ModelReply(**{"content": "Hello", "provider_data": data, **fields})


async def asked_by(make: Any, request: ModelRequest = HI) -> Asked:
    """What a model asks a real server."""
    seen: list[Asked] = []

    async def script(connection: Connection) -> None:
        seen.append(await connection.asked())
        await connection.send(sized(HELLO_WHOLE))

    async with serving(script) as server:
        events = [e async for e in make(server.url).exchange(request)]
        assert [e.content for e in events if isinstance(e, ModelReply)] == ["Hello"]
    return seen[0]


NAMED = Aside(provider_data={"response_id": "resp_1"})
"""What a stream begins with."""


async def told(model: OpenAIResponses, request: ModelRequest = HI) -> list[ModelEvent]:
    return [event async for event in model.exchange(request)]


def bodies(wire: Wire) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in wire.requests]


# ---- options


def test_defaults() -> None:
    model = OpenAIResponses()
    assert isinstance(model, Model)
    assert (model.id, model.name, model.provider) == ("gpt-5.4-mini", "OpenAIResponses", "OpenAI")
    assert (model.loop_bound, model.retries) == (True, 2)
    assert (model.store, model.use_previous_response_id, model.strict_output) == (None, True, True)
    like = OpenResponses()
    assert (like.id, like.name, like.provider, like.store) == ("not-provided", "OpenResponses", "OpenResponses", False)
    router, ollama = OpenRouterResponses(), OllamaResponses()
    assert (router.id, router.name, router.provider) == ("openai/gpt-oss-20b", "OpenRouterResponses", "OpenRouter")
    assert (ollama.id, ollama.name, ollama.provider) == ("gpt-oss:20b", "OllamaResponses", "Ollama")


def test_the_id_may_stand_without_its_name() -> None:
    positional: Any = OpenAIResponses
    assert positional("gpt-x", temperature=1).id == OpenAIResponses(id="gpt-x").id == "gpt-x"


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"has no option 'max_output_token' \(did you mean 'max_output_tokens'\?\)"):
        OpenAIResponses(max_output_token=1)  # type: ignore[call-arg]


def test_a_model_does_not_show_its_key() -> None:
    assert repr(OpenAIResponses(id="gpt-x", api_key="hidden")) == "OpenAIResponses(id='gpt-x', provider='OpenAI')"


async def test_what_is_sent_by_default() -> None:
    asked = await asked_by(lambda url: OpenAIResponses(id="gpt-4o", api_key="sk-1", base_url=url))
    assert asked.line == "POST /v1/responses HTTP/1.1"
    assert asked.body == {"model": "gpt-4o", "input": [{"role": "user", "content": "hi"}]}
    sent = {name: asked.headers.get(name) for name in ("authorization", "content-type", "accept", "user-agent")}
    assert sent == {
        "authorization": "Bearer sk-1",
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": "agnolo",
    }


async def test_every_option_arrives_where_it_belongs() -> None:
    parameters: dict[str, Any] = {
        "include": ["x"], "max_output_tokens": 5, "max_tool_calls": 2, "metadata": {"a": "b"}, "store": False,
        "parallel_tool_calls": False, "temperature": 0, "top_p": 0.2, "truncation": "auto", "user": "u",
        "service_tier": "flex",
    }  # fmt: skip
    others: dict[str, Any] = {
        "reasoning": {"effort": "high", "mode": "pro"}, "reasoning_effort": "low", "reasoning_summary": "auto",
        "verbosity": "low", "role_map": {"user": "human"}, "strict_output": False,
        "default_headers": {"X-D": "d", "X-E": "d"}, "extra_headers": {"X-E": "e", "user-agent": "mine"},
        "default_query": {"dq": "1", "q": "0"}, "extra_query": {"q": "1"}, "extra_body": {"eb": 1},
        "request_params": {"prompt_cache_key": "z", "top_p": 0.9}, "organization": "org",
    }  # fmt: skip
    asked = await asked_by(lambda url: OpenAIResponses(id="m", api_key="k", base_url=url, **parameters, **others))
    assert asked.line == "POST /v1/responses?dq=1&q=1 HTTP/1.1"
    assert asked.body == {
        "model": "m",
        "input": [{"role": "human", "content": "hi"}],
        **parameters,
        "reasoning": {"effort": "low", "mode": "pro", "summary": "auto"},
        "text": {"verbosity": "low"},
        "prompt_cache_key": "z",
        "top_p": 0.9,
        "eb": 1,
    }
    sent = {name: asked.headers[name] for name in ("x-d", "x-e", "user-agent", "openai-organization")}
    assert sent == {"x-d": "d", "x-e": "e", "user-agent": "mine", "openai-organization": "org"}


async def test_options_are_not_changed_by_a_request() -> None:
    reasoning, include = {"effort": "high"}, ["x"]
    wire = Wire(Clock(), [whole(HELLO_WHOLE)])
    await told(OpenAIResponses(id="gpt-5", api_key="k", transport=wire, store=False, reasoning=reasoning,
                               reasoning_summary="auto", include=include))  # fmt: skip
    assert (reasoning, include) == ({"effort": "high"}, ["x"])
    assert bodies(wire)[0]["include"] == ["x", "reasoning.encrypted_content"]


async def test_the_environment_gives_key_url_and_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(url: str) -> OpenAIResponses:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.setenv("OPENAI_ORG_ID", "org-env")
        return OpenAIResponses()

    headers = (await asked_by(make)).headers
    assert (headers["authorization"], headers["openai-organization"]) == ("Bearer sk-env", "org-env")


def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    wire = Wire(Clock(), [])
    with pytest.raises(ModelAuthenticationError, match="OPENAI_API_KEY is not set"):
        OpenAIResponses(transport=wire).exchange(HI)
    assert wire.requests == []


def test_a_missing_url_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="OpenResponses has no base_url"):
        OpenResponses(id="x").exchange(HI)


def test_without_aiohttp_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'aiohttp'", name="aiohttp")

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'agnolo\[http\]'"):
        OpenAIResponses(id="x", api_key="k").exchange(HI)


async def test_secrets_of_headers_and_queries_are_in_no_error() -> None:
    secrets = ("sk-own-secret", "header-secret", "query-secret")
    wire = Wire(Clock(), [whole({"error": {"message": f"refused {' '.join(secrets)}"}}, status=401)])
    model = OpenAIResponses(
        id="x",
        api_key=secrets[0],
        extra_headers={"X-Api-Key": secrets[1]},
        extra_query={"api_key": secrets[2]},
        transport=wire,
    )
    with pytest.raises(ModelProviderError, match=r"refused \[redacted\] \[redacted\] \[redacted\]"):
        await told(model)
    assert secrets[0] not in wire.requests[0].url


# ---- streams and media


async def test_a_stream_over_the_network() -> None:
    blocks = [CREATED, delta("Hm", "reasoning_summary_text"), done(thought("Hm", "E")), *HELLO[1:3], completed()]
    async with serving(answering(chunked(*blocks, b"data: [DONE]\n\n"))) as server:
        model = OpenAIResponses(id="gpt-x", api_key="k", base_url=server.url)
        *deltas, end = await told(model, HI_STREAMED)
        await told(model, HI_STREAMED)
        assert len(server.connections) == 1
    assert deltas == [NAMED, ReasoningDelta("Hm"), TextDelta("Hel"), TextDelta("lo")]
    assert isinstance(end, ModelReply)
    assert (end.content, end.reasoning_content) == ("Hello", "Hm")


async def test_streams_are_asked_for_uncompressed() -> None:
    wire = Wire(Clock(), [Answer(*HELLO)])
    events = await told(OpenAIResponses(id="gpt-x", api_key="k", transport=wire), HI_STREAMED)
    assert events == [NAMED, TextDelta("Hel"), TextDelta("lo"), reply()]
    assert bodies(wire)[0]["stream"] is True
    headers = wire.requests[0].headers
    assert (headers["Accept"], headers["Accept-Encoding"]) == ("text/event-stream", "identity")


async def test_a_whole_reply_to_a_stream_is_read_as_one() -> None:
    wire = Wire(Clock(), [whole(HELLO_WHOLE)])
    assert await told(OpenAIResponses(id="gpt-x", api_key="k", transport=wire), HI_STREAMED) == [reply()]


async def test_media_are_read_off_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"zz")
    picture = Message(role="user", content="hi", images=[Image(filepath=str(tmp_path / "a.png"))])
    moved: list[Any] = []
    to_thread = asyncio.to_thread

    async def watched(*call: Any) -> Any:
        moved.append(call)
        return await to_thread(*call)

    monkeypatch.setattr(asyncio, "to_thread", watched)
    wire = Wire(Clock(), [whole(HELLO_WHOLE)])
    model = OpenAIResponses(id="gpt-x", api_key="k", transport=wire)
    assert await told(model, ModelRequest(messages=[picture])) == [reply()]
    assert len(moved) == 1
    assert base64.b64encode(b"zz") in wire.requests[0].body


async def test_a_medium_that_can_not_be_read_is_told() -> None:
    picture = Message(role="user", images=[Image(filepath="/nowhere.png")])
    model = OpenAIResponses(id="x", api_key="k", transport=Wire(Clock(), []))
    with pytest.raises(InputError, match=r"/nowhere\.png"):
        await told(model, ModelRequest(messages=[picture]))


# ---- conversations


def went_on(events: list[ModelEvent], *more: Message, **fields: Any) -> ModelRequest:
    """The next request of a conversation, as a run makes it."""
    end = events[-1]
    assert isinstance(end, ModelReply)
    answer = Message(
        role="assistant", content=end.content, tool_calls=end.tool_calls or None, provider_data=end.provider_data
    )
    return ModelRequest(messages=[*HI.messages, answer, *more], **fields)


WEATHER = ToolSpec(name="weather", parameters={"type": "object", "properties": {}})
RESULT = Message(role="tool", tool_call_id="call_1", content="sunny")
CALLED = called("weather", '{"city":"x"}')
ANSWERED_CALL = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}


async def tools_round_trip(model_id: str, *items: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The two requests of a reply that calls a tool and of one that uses its result, over the network."""
    seen: list[Asked] = []
    replies = [response(*items), HELLO_WHOLE]

    async def script(connection: Connection) -> None:
        while True:
            seen.append(await connection.asked())
            await connection.send(sized(replies.pop(0)))

    async with serving(script) as server:
        model = OpenAIResponses(id=model_id, api_key="k", base_url=server.url, **options)
        first = await told(model, ModelRequest(messages=HI.messages, tools=[WEATHER]))
        assert isinstance(first[-1], ModelReply)
        assert first[-1].tool_calls == [ToolCall.of("call_1", "weather", '{"city":"x"}')]
        second = await told(model, went_on(first, RESULT, tools=[WEATHER]))
        assert isinstance(second[-1], ModelReply)
        assert second[-1].content == "Hello"
    return [{key: value for key, value in asked.body.items() if key not in ("model", "tools")} for asked in seen]


USER = {"role": "user", "content": "hi"}


async def test_a_tool_s_result_goes_back_with_its_call() -> None:
    assert await tools_round_trip("gpt-4o", CALLED) == [{"input": [USER]}, {"input": [USER, CALLED, ANSWERED_CALL]}]


async def test_a_reasoning_model_goes_on_from_its_own_record() -> None:
    assert await tools_round_trip("gpt-5", thought("hm"), CALLED) == [
        {"input": [USER], "store": True},
        {"input": [ANSWERED_CALL], "previous_response_id": "resp_1", "store": True},
    ]


@pytest.mark.parametrize(("options", "store"), [({"store": False}, False), ({"use_previous_response_id": False}, True)])
async def test_without_a_record_its_reasoning_goes_back_encrypted(options: dict[str, Any], store: bool) -> None:
    words = {"include": ["reasoning.encrypted_content"], "store": store}
    assert await tools_round_trip("gpt-5", thought("hm", "E=="), CALLED, **options) == [
        {"input": [USER], **words},
        {"input": [USER, thought("hm", "E=="), CALLED, ANSWERED_CALL], **words},
    ]


async def test_chat_models_are_not_asked_for_encrypted_reasoning() -> None:
    wire = Wire(Clock(), [whole(HELLO_WHOLE)])
    await told(OpenAIResponses(id="gpt-5-chat-latest", api_key="k", transport=wire, store=False))
    assert bodies(wire) == [{"model": "gpt-5-chat-latest", "input": [USER], "store": False}]


LOST = {
    "error": {
        "message": "Previous response with id 'resp_1' not found.",
        "type": "invalid_request_error",
        "param": "previous_response_id",
        "code": "previous_response_not_found",
    }
}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_lost_record_is_told_again_whole(stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    again = Answer(*HELLO) if stream else whole(HELLO_WHOLE)
    wire = Wire(Clock(), [whole(LOST, status=400), again])
    model = OpenAIResponses(id="gpt-5", api_key="k", transport=wire)
    request = went_on([reply("gpt-5")], Message(role="user", content="and?"), stream=stream)
    assert (await told(model, request))[-1] == reply("gpt-5")
    streamed = {"stream": True} if stream else {}
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}
    more = {"role": "user", "content": "and?"}
    assert bodies(wire) == [
        {"model": "gpt-5", "input": [more], "previous_response_id": "resp_1", "store": True, **streamed},
        {"model": "gpt-5", "input": [USER, said, more], "store": True, **streamed},
    ]
    assert "OpenAI has lost the previous response of this conversation" in caplog.text


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"request_params": {"previous_response_id": "mine"}}, LOST),
        ({}, {"error": {"message": "Invalid 'temperature'", "code": "decimal_below_min_value"}}),
        ({"use_previous_response_id": False}, LOST),
    ],
    ids=["the user's own", "another error", "no chain"],
)
async def test_other_refusals_are_final(options: dict[str, Any], refusal: Any) -> None:
    wire = Wire(Clock(), [whole(refusal, status=400)])
    model = OpenAIResponses(id="gpt-5", api_key="k", transport=wire, **options)
    with pytest.raises(ModelBadRequestError):
        await told(model, went_on([reply("gpt-5")], Message(role="user", content="and?")))
    assert len(wire.requests) == 1


# ---- failures


async def test_a_flagged_prompt_is_a_content_filter_s() -> None:
    refusal = {"error": {"message": "flagged", "type": "invalid_request_error", "code": "invalid_prompt"}}
    wire = Wire(Clock(), [whole(refusal, status=400, headers={"x-request-id": "req_1"})])
    with pytest.raises(ModelContentFilterError, match="flagged") as raised:
        await told(OpenAIResponses(id="gpt-x", api_key="k", transport=wire))
    error = raised.value
    assert (error.status_code, error.code, error.request_id, error.retryable) == (400, "invalid_prompt", "req_1", False)
    assert (error.provider, error.model) == ("OpenAI", "gpt-x")


async def test_a_failure_before_the_first_token_is_tried_again() -> None:
    failed = event("response.failed", response=response(status="failed", error={"code": "server_error"}))
    async with serving(answering(chunked(CREATED, failed), chunked(*HELLO))) as server:
        events = await told(OpenAIResponses(id="gpt-x", api_key="k", base_url=server.url), HI_STREAMED)
    assert events == [NAMED, TextDelta("Hel"), TextDelta("lo"), reply()]


async def test_a_failure_after_it_is_not() -> None:
    failed = event("response.failed", response=response(status="failed", error={"code": "rate_limit_exceeded"}))
    wire = Wire(Clock(), [Answer(CREATED, delta("Hel"), failed)])
    events: list[ModelEvent] = []
    with pytest.raises(ModelRateLimitError):
        async for event_ in OpenAIResponses(id="gpt-x", api_key="k", transport=wire).exchange(HI_STREAMED):
            events.append(event_)
    assert events == [NAMED, TextDelta("Hel")]


async def test_a_stream_cut_off_is_truncated() -> None:
    async with serving(answering(chunked(CREATED, delta("Hel")))) as server:
        with pytest.raises(TruncatedStreamError):
            await told(OpenAIResponses(id="gpt-x", api_key="k", base_url=server.url), HI_STREAMED)


async def test_a_server_that_is_not_there_is_told() -> None:
    async with serving(answering(b"")) as server:
        gone = server.url
    with pytest.raises(ModelConnectionError, match=r"OpenAI at 127\.0\.0\.1"):
        await told(OpenAIResponses(id="gpt-x", api_key="k", base_url=gone, retries=0))


# ---- patience and the background


class Seen(Wire):
    """Also notes how long the sender would wait."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(Clock(), list(answers))
        self.waits: list[tuple[float, int]] = []

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> Any:
        self.waits.append((connect, round(within)))
        return await super().send(request, connect=connect, within=within)


async def test_times_and_limits_are_passed_on() -> None:
    wire = Seen(Answer(*HELLO), whole(HELLO_WHOLE), Answer(*HELLO))
    options: dict[str, Any] = {"id": "gpt-x", "api_key": "k", "transport": wire}
    patient = OpenAIResponses(**options)
    hurried = OpenAIResponses(
        **options,
        timeout=9,
        connect_timeout=1,
        first_token_timeout=2,
        token_timeout=3,
        ca_file="ca.pem",
        max_concurrency=4,
    )
    for model, request in ((patient, HI_STREAMED), (patient, HI), (hurried, HI_STREAMED)):
        await told(model, request)
    assert wire.waits == [(10, 300), (10, 600), (1, 2)]
    assert (wire.requests[2].ca_file, wire.requests[2].max_concurrency) == ("ca.pem", 4)


async def test_work_in_the_background_is_listened_to() -> None:
    queued = event("response.queued", response=response(status="queued"))
    wire = Seen(Answer(queued, 900.0, *HELLO))
    model = OpenAIResponses(id="gpt-x", api_key="k", transport=wire, background=True, background_max_wait=1000)
    assert await told(model) == [reply()]
    assert bodies(wire) == [{"model": "gpt-x", "input": [USER], "background": True, "store": True, "stream": True}]
    assert wire.waits == [(10, 1000)]


async def test_work_in_the_background_has_its_limit() -> None:
    wire = Seen(Answer(CREATED, 60.0, *HELLO))
    model = OpenAIResponses(id="gpt-x", api_key="k", transport=wire, background=True, background_max_wait=50, retries=0)
    with pytest.raises(ModelTimeoutError, match="50 s"):
        await told(model)


# ---- other vendors


async def test_a_server_without_records_has_all_sent_and_none_kept() -> None:
    asked = await asked_by(lambda url: OpenResponses(id="gpt-5", base_url=url))
    assert asked.headers["authorization"] == "Bearer not-provided"
    assert asked.body == {"model": "gpt-5", "input": [USER], "store": False}


async def test_openrouter_has_its_key_and_other_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "or-1")
    wire = Wire(Clock(), [whole(HELLO_WHOLE), whole(HELLO_WHOLE)])
    await told(OpenRouterResponses(id="openai/gpt-5", transport=wire, models=["a/b", "c/d"]))
    await told(OpenRouterResponses(id="google/gemini", transport=wire))
    assert [request.url for request in wire.requests] == ["https://openrouter.ai/api/v1/responses"] * 2
    assert wire.requests[0].headers["Authorization"] == "Bearer or-1"
    include = ["reasoning.encrypted_content"]
    assert bodies(wire) == [
        {"model": "openai/gpt-5", "input": [USER], "store": False, "include": include, "models": ["a/b", "c/d"]},
        {"model": "google/gemini", "input": [USER], "store": False},
    ]


@pytest.mark.parametrize(
    ("options", "environment", "url", "key"),
    [
        ({}, {}, "http://localhost:11434/v1/responses", None),
        ({"host": "http://gpu:11434"}, {}, "http://gpu:11434/v1/responses", None),
        ({"base_url": "http://gpu/v1"}, {}, "http://gpu/v1/responses", None),
        ({"api_key": "k"}, {}, "https://ollama.com/v1/responses", "Bearer k"),
        ({}, {"OLLAMA_API_KEY": "e"}, "https://ollama.com/v1/responses", "Bearer e"),
        ({"api_key": "k"}, {"OLLAMA_HOST": "gpu:11434"}, "http://gpu:11434/v1/responses", "Bearer k"),
    ],
)
async def test_where_ollama_is(
    options: dict[str, Any], environment: dict[str, str], url: str, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    wire = Wire(Clock(), [whole(HELLO_WHOLE)])
    await told(OllamaResponses(transport=wire, **options))
    (request,) = wire.requests
    assert (request.url, request.headers.get("Authorization")) == (url, key)
