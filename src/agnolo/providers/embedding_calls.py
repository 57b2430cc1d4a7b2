"""The ways to call an embedder: the port's, and those that users of the reference know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from agnolo.ports.blocking import finished
from agnolo.ports.embedder import Embeddings
from agnolo.vocabulary.errors import EmbeddingError, ModelProviderError

Usage = dict[str, Any]


class Embedded(NamedTuple):
    """A vector and what it took: {"prompt_tokens": …, "total_tokens": …}, None where the vendor says nothing."""

    embedding: list[float]
    usage: Usage | None


class EmbeddedBatch(NamedTuple):
    """Vectors in the order of their texts. The usage of them all stands first, so that sums are right; then None."""

    embeddings: list[list[float]]
    usage: list[Usage | None]


class EmbeddingCalls(ABC):
    """Mixed into embedders. Sync methods work anywhere, also inside a running event loop; `async_…` twins await.

    All raise EmbeddingError, which is at once the class of its cause, such as ModelRateLimitError.
    """

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """A vector for each text, in their order, and the tokens of all. One failure fails the whole call."""
        checked = _checked(texts)
        if not checked:
            return Embeddings(vectors=[])
        try:
            return await self._embedded(checked)
        except ModelProviderError as error:
            if isinstance(error, EmbeddingError):
                raise
            raise error.recast(_both(type(error))) from error

    @abstractmethod
    async def _embedded(self, texts: list[str]) -> Embeddings:
        """The vectors of at least one text."""

    async def async_get_embedding(self, text: str) -> list[float]:
        """The vector of a text."""
        return (await self.embed([text])).vectors[0]

    async def async_get_embedding_and_usage(self, text: str) -> Embedded:
        """The vector of a text, and what it took."""
        found = await self.embed([text])
        return Embedded(found.vectors[0], _usage(found))

    async def async_get_embeddings_batch_and_usage(self, texts: Sequence[str]) -> EmbeddedBatch:
        """The vectors of texts, and what they took together."""
        found = await self.embed(texts)
        return EmbeddedBatch(found.vectors, [_usage(found), *(None for _ in found.vectors[1:])][: len(found.vectors)])

    def get_embedding(self, text: str) -> list[float]:
        """The vector of a text."""
        return finished(self.async_get_embedding(text))

    def get_embedding_and_usage(self, text: str) -> Embedded:
        """The vector of a text, and what it took."""
        return finished(self.async_get_embedding_and_usage(text))

    def get_embeddings_batch_and_usage(self, texts: Sequence[str]) -> EmbeddedBatch:
        """The vectors of texts, and what they took together."""
        return finished(self.async_get_embeddings_batch_and_usage(texts))


def _checked(texts: Sequence[str]) -> list[str]:
    """The texts. One text is a sequence of texts as well, which nobody means."""
    given: list[Any] = list(texts)
    wrong = [texts] if isinstance(texts, str) else [text for text in given if not isinstance(text, str)]
    if wrong:
        raise TypeError(f"embed() takes a list of texts, not {wrong[0]!r}")
    return given


def _usage(found: Embeddings) -> Usage | None:
    return {"prompt_tokens": found.tokens, "total_tokens": found.tokens} if found.tokens else None


@cache
def _both(kind: type[ModelProviderError]) -> type[EmbeddingError]:
    """The class of an embedder's failure of this kind: caught as either."""
    return type(f"Embedding{kind.__name__}", (EmbeddingError, kind), {"__module__": __name__, "__doc__": kind.__doc__})
