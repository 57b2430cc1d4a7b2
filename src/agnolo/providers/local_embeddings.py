"""Sentence embeddings on this machine: all-MiniLM-L6-v2."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from agnolo.providers.local_loading import load
from agnolo.vocabulary.errors import ContextWindowExceededError

if TYPE_CHECKING:
    from agnolo.providers.local_runtime import LoadedModel

WINDOW = 512
KEPT_SHARE = 0.8


class LocalEmbedder:
    """Turns English texts into 384 numbers each (L2-normalised: the dot product is the cosine).

    A text of more than 510 tokens is represented by its beginning. Safe to use from any thread. Loads on first use;
    raises ModelNotFoundError when the weights are missing and MissingExtraError when `agnolo[local]` is.
    """

    id: ClassVar[str] = "all-minilm-l6-v2"
    dimensions: ClassVar[int] = 384

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The vectors in the order of the texts."""
        if not texts:
            return []
        model = load("minilm", n_ctx=WINDOW, embedding=True)
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
    return LocalEmbedder().embed(texts)


def likeness(text: str, examples: tuple[str, ...]) -> float:
    """The largest cosine between the text and one of the examples. Vectors are remembered."""
    (vector,) = _vectors((text,))
    return max(sum(a * b for a, b in zip(vector, other, strict=True)) for other in _vectors(examples))
