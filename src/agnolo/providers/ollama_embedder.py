"""Ollama's embedding models as embedders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from agnolo.ports.embedder import Embeddings
from agnolo.providers import embedding_facts
from agnolo.providers.address import Address
from agnolo.providers.embedder import RemoteEmbedder
from agnolo.providers.embedding_facts import EmbeddingVendor
from agnolo.providers.ollama_connection import OllamaConnection
from agnolo.providers.ollama_embeddings import decode
from agnolo.providers.openai_embeddings import encode
from agnolo.vocabulary.errors import ModelProviderError


class OllamaEmbedder(OllamaConnection, RemoteEmbedder):
    """An embedding model that an Ollama server runs; see Ollama for where that is.

    A text longer than the model takes is cut by the server unless `truncate=False`. `dimensions` is sent only if
    given. See RemoteEmbedder for batches.
    """

    id: str = "openhermes"
    name: str = "OllamaEmbedder"
    provider: str = "Ollama"

    dimensions: int | None = 4096
    options: Mapping[str, Any] | None = None
    keep_alive: float | str | None = None
    truncate: bool | None = None

    _facts: ClassVar[EmbeddingVendor] = embedding_facts.OLLAMA

    async def _ask(self, found: Address, batch: list[str]) -> Embeddings:
        try:
            return await super()._ask(found, batch)
        except ModelProviderError as error:
            raise self._advised(error, found) from error.__cause__

    def _path(self) -> str:
        return "/api/embed"

    def _encode(self, batch: list[str]) -> bytes:
        fields = self._fields(
            dimensions=self._wanted, options=self.options, keep_alive=self.keep_alive, truncate=self.truncate
        )
        return encode(batch, model=self.id.strip(), fields=fields)

    def _decode(self, reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
        return decode(reply)
