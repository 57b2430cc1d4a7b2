"""Embedders, lists of models and counts of tokens against real servers: llama.cpp's, over loopback."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo.providers.anthropic_model import Claude
from agnolo.providers.local_embeddings import LocalEmbedder
from agnolo.providers.openai_embedder import OpenAILikeEmbedder
from agnolo.providers.openai_model import OpenAILike
from agnolo.vocabulary.errors import ContextWindowExceededError, EmbeddingError, ModelAuthenticationError
from agnolo.vocabulary.messages import Message
from tests.local.server import LocalServer

pytestmark = [pytest.mark.local_model, pytest.mark.anyio]

TEXTS = ["The office opens at eight.", "Paris is the capital of France.", "Bread is made of flour.", "Wo ist der Zug?"]


def reached(server: LocalServer) -> dict[str, Any]:
    return {"id": server.model, "base_url": server.base_url, "api_key": server.api_key, "retries": 0}


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("form", ["float", "base64"])
async def test_a_server_s_vectors_are_those_of_the_local_embedder(minilm: LocalServer, form: Any) -> None:
    embedder = OpenAILikeEmbedder(**reached(minilm), encoding_format=form, batch_size=3)
    served = await embedder.embed(TEXTS)
    here = await LocalEmbedder().embed(TEXTS)
    assert min(map(cosine, served.vectors, here.vectors)) >= 0.98
    assert embedder.dimensions == LocalEmbedder.dimensions
    assert served.tokens > len(TEXTS)


async def test_both_forms_are_the_same_numbers(minilm: LocalServer) -> None:
    plain = await OpenAILikeEmbedder(**reached(minilm)).embed(TEXTS)
    packed = await OpenAILikeEmbedder(**reached(minilm), encoding_format="base64").embed(TEXTS)
    assert min(map(cosine, plain.vectors, packed.vectors)) == pytest.approx(1.0, abs=1e-5)
    assert plain.tokens == packed.tokens


async def test_a_text_that_does_not_fit_is_refused(minilm: LocalServer) -> None:
    with pytest.raises(EmbeddingError) as raised:
        await OpenAILikeEmbedder(**reached(minilm)).embed(["short", "word " * 2000])
    assert raised.value.reason == "content_too_large", raised.value
    assert isinstance(raised.value, ContextWindowExceededError)


async def test_a_wrong_key_is_refused_and_not_told(minilm: LocalServer) -> None:
    embedder = OpenAILikeEmbedder(**{**reached(minilm), "api_key": "wrong-key-1234567890"})
    with pytest.raises(ModelAuthenticationError) as raised:
        await embedder.embed(TEXTS)
    assert "wrong-key-1234567890" not in str(raised.value)


async def test_models_are_listed_with_their_window(smollm: LocalServer) -> None:
    (told,) = await OpenAILike(**reached(smollm)).alist_models()
    assert (told.id, told.owner, told.context_window) == ("smollm2", "llamacpp", 8192)


async def test_tokens_are_counted_by_the_server_as_it_bills_them(smollm: LocalServer) -> None:
    messages = [Message(role="user", content="What is the capital of France?")]
    claude = Claude(**reached(smollm))
    counted = await claude.acount_tokens(messages)
    estimated = await OpenAILike(**reached(smollm)).acount_tokens(messages)
    assert 10 < counted < 60
    assert 0.2 < estimated / counted < 2
