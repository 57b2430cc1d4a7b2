"""Every recorded exchange about embeddings: read as an independent reader reads it, and asked as it was asked."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from agnolo.ports.embedder import Embedder, Embeddings
from agnolo.providers import embedding_facts, gemini_embeddings, ollama_embeddings, openai_embeddings
from agnolo.providers.embedders import OFFERED, resolve_embedder
from agnolo.providers.openai_embedder import OpenAILikeEmbedder
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    EmbeddingError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelNotFoundError,
    ModelPermissionError,
    ModelProtocolError,
    ModelQuotaError,
    ModelRateLimitError,
)
from tests.providers.embedding_independent import Recording, recordings, same, unit
from tests.providers.loopback import Asked, recorded, serving, sized

pytestmark = [pytest.mark.anyio, pytest.mark.cassettes]

ALL = recordings("embeddings")
DECODERS = {"gemini": gemini_embeddings.decode, "ollama": ollama_embeddings.decode}
ERRORS = {
    400: (ModelBadRequestError, ModelAuthenticationError, ContextWindowExceededError),
    401: (ModelAuthenticationError,),
    403: (ModelPermissionError, ModelQuotaError),
    404: (ModelNotFoundError,),
    413: (ModelBadRequestError, ContextWindowExceededError),
    429: (ModelRateLimitError, ModelQuotaError),
}
OTHER_OPERATIONS = ("/api/embeddings", ":embedContent")
"""Older or single forms, which are not used."""


def test_all_providers_with_embeddings_are_recorded() -> None:
    assert {recording.provider for recording in ALL} == set(OFFERED) - {"local"}


@pytest.mark.parametrize("recording", [each for each in ALL if each.status == 200], ids=lambda each: each.name)
def test_vectors_and_tokens_are_those_of_the_independent_reader(recording: Recording) -> None:
    decode = DECODERS.get(recording.provider, openai_embeddings.decode)
    read = decode(json.loads(json.dumps(recording.body)))
    assert read.tokens == recording.tokens
    assert same(read.vectors, recording.vectors)


def embedder_for(recording: Recording, url: str) -> Embedder:
    asked = recording.asked["requests"][0] if "requests" in recording.asked else recording.asked
    model = asked.get("model") or urlsplit(recording.url).path.rpartition("/")[2].partition(":")[0]
    made: Any = resolve_embedder(f"{recording.provider}:{model.removeprefix('models/')}")
    wanted: dict[str, Any] = {"id": made.id, "api_key": "key-for-a-test", "base_url": url, "retries": 0}
    wanted["dimensions"] = recording.dimensions
    kind: Any = OpenAILikeEmbedder if made.provider == "Ollama" and "/v1/" in recording.url else type(made)
    for field in {"user", "title"} & asked.keys():
        wanted[field] = asked[field]
    if asked.get("encoding_format") == "base64":
        wanted["encoding_format"] = "base64"
    if recording.provider == "gemini":
        wanted["task_type"] = asked.get("taskType")
    return kind(**wanted)


def plain(body: Any) -> Any:
    """Spellings that mean the same are written alike; what is the default is left out."""
    if "requests" in body:
        return [plain(request) for request in body["requests"]]
    said = {name: value for name, value in body.items() if value is not None and value != {}}
    if "input" in said and isinstance(said["input"], str):
        said["input"] = [said["input"]]
    if said.get("encoding_format") == "float":
        del said["encoding_format"]
    known = embedding_facts.OPENAI.model(said.get("model", ""))
    if known is not None and said.get("dimensions") == known.dimensions:
        del said["dimensions"]
    if "output_dimensionality" in said:
        said["outputDimensionality"] = said.pop("output_dimensionality")
    return said


@pytest.mark.parametrize("recording", [each for each in ALL if each.texts], ids=lambda each: each.name)
async def test_the_same_texts_are_asked_and_understood_alike(recording: Recording) -> None:
    reply = sized(recording.body, f"{recording.status} Told")
    async with serving(recorded(seen := list[Asked](), reply)) as server:
        embedder = embedder_for(recording, server.url)
        told = await outcome(embedder, recording.texts or [])
    if not urlsplit(recording.url).path.endswith(OTHER_OPERATIONS):
        assert plain(seen[0].body) == plain(recording.asked)
        assert seen[0].line.split()[1].rpartition("/")[2] == urlsplit(recording.url).path.rpartition("/")[2]
    if recording.status != 200:
        assert isinstance(told, EmbeddingError)
        assert isinstance(told, ERRORS.get(recording.status, (EmbeddingError,)))
        assert told.status_code == recording.status
    elif recording.dimensions and len(recording.vectors[0]) != recording.dimensions:  # a sample, shortened
        assert isinstance(told, ModelProtocolError)
    else:
        reduced = recording.provider == "gemini" and recording.dimensions
        vectors = [unit(vector) for vector in recording.vectors] if reduced else recording.vectors
        assert isinstance(told, Embeddings)
        assert told.tokens == recording.tokens
        assert same(told.vectors, vectors)


async def outcome(embedder: Embedder, texts: list[str]) -> Embeddings | EmbeddingError:
    try:
        return await embedder.embed(texts)
    except EmbeddingError as error:
        return error
