"""Gemini's embedding models as embedders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from agnolo.ports.embedder import Embeddings
from agnolo.providers import embedding_facts
from agnolo.providers.embedder import RemoteEmbedder
from agnolo.providers.embedding_facts import EmbeddingVendor
from agnolo.providers.embedding_vectors import normalised
from agnolo.providers.gemini_connection import GeminiConnection
from agnolo.providers.gemini_embeddings import decode, encode


class GeminiEmbedder(GeminiConnection, RemoteEmbedder):
    """An embedding model of Google's Gemini API.

    `dimensions` of less than the model's own are asked for and, as Google leaves that to the client, brought to length
    1; None takes the model's own. `task_type` says what the vectors are for, `title` belongs to RETRIEVAL_DOCUMENT.
    See RemoteEmbedder for batches.
    """

    id: str = "gemini-embedding-001"
    name: str = "GeminiEmbedder"
    provider: str = "Google"

    dimensions: int | None = 1536
    task_type: str | None = "RETRIEVAL_QUERY"
    title: str | None = None

    _facts: ClassVar[EmbeddingVendor] = embedding_facts.GEMINI

    def _settle(self, given: Mapping[str, Any]) -> None:
        """The default is asked for like what is given, if the model has as many."""
        known = self._facts.model(self.id)
        default = type(self).dimensions
        if known is None or (default is not None and known.dimensions > default):
            given = {"dimensions": default, **given}
        super()._settle(given)

    def _path(self) -> str:
        return f"/{self._resource}:batchEmbedContents"

    def _encode(self, batch: list[str]) -> bytes:
        fields = self._fields(taskType=self.task_type, title=self.title, outputDimensionality=self._wanted)
        return encode(batch, model=self._resource, fields=fields)

    def _decode(self, reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
        found = decode(reply)
        if self._wanted is None:
            return found
        return msgspec.structs.replace(found, vectors=[normalised(vector) for vector in found.vectors])
