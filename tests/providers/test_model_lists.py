"""Lists of models: recorded ones, odd ones, pages, and vendors that have none or show theirs to anybody."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from agnolo.ports.listing import Listing, ModelInfo
from agnolo.providers import catalog, model_lists
from agnolo.providers.inquiry import Misread
from agnolo.vocabulary.errors import (
    ModelAuthenticationError,
    ModelProtocolError,
    ModelProviderError,
    NotOfferedError,
)
from tests.providers.embedding_independent import Recording, recordings
from tests.providers.loopback import Asked, answering, background, recorded, serving, sized

pytestmark = [pytest.mark.anyio, pytest.mark.cassettes]

ALL = recordings("models")
VERSIONS = {"openai": "/v1", "groq": "/openai/v1", "cerebras": "/v1", "openrouter": "/api/v1", "gemini": "/v1beta"}


def model(provider: str, url: str, **options: Any) -> Any:
    made: Any = catalog.resolve(provider)
    given = {"id": made.id, "site": made.site, "provider": made.provider, "base_url": url, "retries": 0}
    return type(made)(**{**given, "api_key": "key-for-a-test", **options})


def ids(body: Any) -> list[str]:
    """Read independently: by the key that the dialect has."""
    if "data" in body:
        return [entry["id"] for entry in body["data"]]
    return [entry["name"].split("models/")[-1] for entry in body["models"]]


@pytest.mark.parametrize("recording", ALL, ids=lambda each: each.name)
async def test_recorded_lists_are_read_and_asked_for_alike(recording: Recording) -> None:
    body = {name: value for name, value in (recording.body or {}).items() if name != "nextPageToken"}
    reply = sized(body, f"{recording.status} Told")
    async with serving(recorded(seen := list[Asked](), reply)) as server:
        asked = model(recording.provider, server.url)
        told: Any = None
        try:
            told = await asked.alist_models()
        except ModelProviderError as error:
            told = error
    verb, target, _ = seen[0].line.split()
    wanted = urlsplit(recording.url).path.removeprefix(VERSIONS.get(recording.provider, "/v1"))
    assert verb == "GET"
    assert seen[0].body is None
    if wanted != "/api/ps":  # what is loaded, in the form of what there is
        assert urlsplit(target).path.removeprefix("/v1") == wanted
    if recording.status == 200:
        assert [info.id for info in told] == ids(body)
    else:
        assert isinstance(told, ModelAuthenticationError)


def test_groq_tells_windows_and_modalities() -> None:
    entry = {
        "id": "whisper", "object": "model", "created": 0, "owned_by": "OpenAI", "context_window": 448,
        "max_completion_tokens": 448, "input_modalities": ["audio"], "output_modalities": ["transcription"],
        "name": "Whisper",
    }  # fmt: skip
    assert model_lists.page({"data": [entry]}).models == [
        ModelInfo(
            id="whisper",
            name="Whisper",
            owner="OpenAI",
            context_window=448,
            max_output=448,
            input_modalities=("audio",),
            output_modalities=("transcription",),
        )
    ]


def test_every_dialect_is_understood() -> None:
    gemini = {"name": "models/g", "displayName": "G", "inputTokenLimit": 10, "outputTokenLimit": 5}
    ollama = {"name": "o:latest", "model": "o:latest", "modified_at": "2026-06-19T17:15:40.188240254-07:00"}
    claude = {"type": "model", "id": "c", "display_name": "C", "created_at": "2026-01-01T00:00:00Z"}
    router = {
        "id": "r", "created": 7, "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "top_provider": {"context_length": "4000", "max_completion_tokens": None},
    }  # fmt: skip
    local = {"id": "l", "meta": {"n_ctx_train": 512}, "owned_by": "llamacpp", "created": "1754587402"}
    found = [model_lists.page({"models": [entry]}).models[0] for entry in (gemini, ollama, claude, router, local)]
    assert found == [
        ModelInfo(id="g", name="G", context_window=10, max_output=5),
        ModelInfo(id="o:latest", created=1781914540),
        ModelInfo(id="c", name="C", created=1767225600),
        ModelInfo(
            id="r", created=7, context_window=4000, input_modalities=("text", "image"), output_modalities=("text",)
        ),
        ModelInfo(id="l", owner="llamacpp", created=1754587402, context_window=512),
    ]


@pytest.mark.parametrize(
    ("body", "models"),
    [
        ([{"id": "a"}, {"id": "b", "created": None, "owned_by": ""}], ["a", "b"]),
        ({"data": ["a", "b"]}, ["a", "b"]),
        ({"data": [{"id": "a", "context_length": "many", "created": "soon", "input_modalities": []}]}, ["a"]),
        ({"data": [{"id": None}, {}, None, 3, "", {"id": 7}]}, ["7"]),
        ({"data": []}, []),
        ({"models": [{"model": "m"}]}, ["m"]),
        ({}, []),
        ({"id": "alone", "object": "model"}, ["alone"]),
        ({"name": "models/alone", "displayName": "Alone"}, ["alone"]),
    ],
)
def test_odd_lists_are_understood(body: Any, models: list[str]) -> None:
    assert [info.id for info in model_lists.page(body).models] == models


@pytest.mark.parametrize("body", ["text", {"data": "text"}, {"object": "list"}, None])
def test_what_is_no_list_is_refused(body: Any) -> None:
    with pytest.raises(Misread, match="no list of models"):
        model_lists.page(body)


async def test_pages_of_gemini_are_followed() -> None:
    def answer(asked: Asked) -> bytes:
        last = "pageToken=t2" in asked.line
        entry = {"name": "models/b" if last else "models/a"}
        return sized({"models": [entry]} if last else {"models": [entry], "nextPageToken": "t2"})

    async with serving(recorded(seen := list[Asked](), answer)) as server:
        told = await model("gemini", server.url).alist_models()
    assert [info.id for info in told] == ["a", "b"]
    assert [asked.line for asked in seen] == [
        "GET /v1/models?pageSize=1000 HTTP/1.1",
        "GET /v1/models?pageSize=1000&pageToken=t2 HTTP/1.1",
    ]
    assert seen[0].headers["x-goog-api-key"] == "key-for-a-test"


async def test_pages_of_anthropic_are_followed() -> None:
    def answer(asked: Asked) -> bytes:
        more = "after_id" not in asked.line
        return sized({"data": [{"id": "a" if more else "b"}], "has_more": more, "last_id": "a" if more else "b"})

    async with serving(recorded(seen := list[Asked](), answer)) as server:
        told = await model("anthropic", server.url).alist_models()
    assert [info.id for info in told] == ["a", "b"]
    assert seen[1].line == "GET /v1/models?limit=1000&after_id=a HTTP/1.1"
    assert seen[1].headers["anthropic-version"]


async def test_a_list_without_end_is_a_protocol_error() -> None:
    endless = sized({"models": [{"name": "models/a"}], "nextPageToken": "again"})
    async with serving(answering(endless)) as server:
        with pytest.raises(ModelProtocolError, match="does not end"):
            await model("gemini", server.url).alist_models()


async def test_siliconflow_s_list_is_narrowed() -> None:
    async with serving(recorded(seen := list[Asked](), sized({"data": [{"id": "BAAI/bge-m3"}]}))) as server:
        await model("siliconflow", server.url).alist_models(type="text", sub_type="embedding")
    assert seen[0].line == "GET /v1/models?type=text&sub_type=embedding HTTP/1.1"


async def test_openrouter_shows_its_list_to_anybody() -> None:
    async with serving(recorded(seen := list[Asked](), sized({"data": [{"id": "a"}]}))) as server:
        told = await model("openrouter", server.url, api_key=None).alist_models()
        with pytest.raises(ModelAuthenticationError, match="GROQ_API_KEY is not set"):
            await model("groq", server.url, api_key=None).alist_models()
    assert told == [ModelInfo(id="a")]
    assert "authorization" not in seen[0].headers


async def test_a_vendor_without_a_list_says_so() -> None:
    with pytest.raises(NotOfferedError, match="GLM has no list of its models") as raised:
        await model("glm4", "http://127.0.0.1/v1").alist_models()
    assert (raised.value.status_code, raised.value.retryable) == (501, False)


async def test_an_error_inside_a_reply_is_raised() -> None:
    async with serving(answering(sized({"error": {"message": "no", "code": 401}}))) as server:
        with pytest.raises(ModelProviderError, match="no"):
            await model("openrouter", server.url).alist_models()


async def test_the_local_model_lists_itself() -> None:
    local = catalog.resolve("local")
    assert isinstance(local, Listing)
    assert [info.id for info in await local.alist_models()] == ["smollm2", "all-minilm-l6-v2"]


async def test_lists_are_had_from_plain_code_too() -> None:
    with background(lambda asked: sized({"data": [{"id": asked.line.split()[0]}]})) as url:
        assert model("openai", url).list_models() == [ModelInfo(id="GET")]


def test_recordings_are_there() -> None:
    providers = {"cerebras", "gemini", "groq", "ollama", "openai", "openrouter", "siliconflow"}
    assert {each.provider for each in ALL} == providers
