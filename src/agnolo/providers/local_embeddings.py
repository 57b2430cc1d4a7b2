"""Sentence embeddings on this machine: all-MiniLM-L6-v2."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, ClassVar

from agnolo.ports.embedder import Embeddings
from agnolo.providers.embedding_batches import batches
from agnolo.providers.embedding_calls import EmbeddingCalls
from agnolo.providers.local_loading import load, load_aside
from agnolo.vocabulary.errors import ConfigurationError, ContextWindowExceededError

if TYPE_CHECKING:
    from agnolo.providers.local_runtime import LoadedModel

WINDOW = 512
KEPT_SHARE = 0.8
MODEL = "all-minilm-l6-v2"
BATCH = 32
"""Texts at a time: what a cancelled call still finishes, and what another waits for."""


class LocalEmbedder(EmbeddingCalls):
    """Turns English texts into 384 numbers each (L2-normalised: the dot product is the cosine).

    A text of more than 510 tokens is represented by its beginning. Safe to use from any thread. Loads on first use;
    raises ModelNotFoundError when the weights are missing and MissingExtraError when `agnolo[local]` is.
    """

    name: ClassVar[str] = "LocalEmbedder"
    provider: ClassVar[str] = "Local"
    dimensions: ClassVar[int] = 384

    def __init__(self, id: str = MODEL) -> None:
        if id != MODEL:
            raise ConfigurationError(f"there is no local embedding model {id!r}: the one there is is {MODEL!r}")
        self.id = id

    async def _embedded(self, texts: list[str]) -> Embeddings:
        model = await asyncio.wrap_future(load_aside("minilm", n_ctx=WINDOW, embedding=True))
        vectors: list[list[float]] = []
        for batch in batches(texts, most=BATCH, budget=None):
            vectors += await asyncio.wrap_future(model.submit(partial(_embedded, model, batch)))
        return Embeddings(vectors=vectors)


def _embedded(model: LoadedModel, texts: Sequence[str]) -> list[list[float]]:
    try:
        return model.embed(texts)
    except ContextWindowExceededError:
        return [_beginning(model, text) for text in texts]


def _beginning(model: LoadedModel, text: str) -> list[float]:
    """The vector of as much of the text's beginning as fits; llama.cpp only says whether it does."""
    while True:
        try:
            return model.embed([text])[0]
        except ContextWindowExceededError:
            text = text[: int(len(text) * KEPT_SHARE)]


@lru_cache(maxsize=1024)
def _vectors(texts: tuple[str, ...]) -> list[list[float]]:
    return _embedded(load("minilm", n_ctx=WINDOW, embedding=True), texts)


def likeness(text: str, examples: tuple[str, ...]) -> float:
    """The largest cosine between the text and one of the examples. Vectors are remembered."""
    (vector,) = _vectors((text,))
    return max(sum(a * b for a, b in zip(vector, other, strict=True)) for other in _vectors(examples))
