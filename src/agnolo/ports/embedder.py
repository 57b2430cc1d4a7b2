"""The seam to embedding models: texts in, vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec


class Embeddings(msgspec.Struct, frozen=True, kw_only=True):
    """One vector a text, in the order of the texts. `tokens` is what the provider counted, 0 where it says nothing."""

    vectors: list[list[float]]
    tokens: int = 0


@runtime_checkable
class Embedder(Protocol):
    """A model that turns texts into vectors. `dimensions` is the length of a vector, None until one is known."""

    @property
    def id(self) -> str: ...
    @property
    def dimensions(self) -> int | None: ...

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """A vector for each text, split to what the provider takes at once. Raises EmbeddingError, for all or none."""
        ...
