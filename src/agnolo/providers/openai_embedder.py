"""OpenAI's embedding models as embedders, and those of vendors that speak its dialect."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from agnolo.ports.embedder import Embeddings
from agnolo.providers import embedding_facts, profiles
from agnolo.providers.compatible import ROWS
from agnolo.providers.embedder import RemoteEmbedder
from agnolo.providers.embedding_facts import EmbeddingVendor
from agnolo.providers.openai_embeddings import decode, encode
from agnolo.providers.profiles import Site

_ADJUSTABLE = "text-embedding-3"


class OpenAIEmbedder(RemoteEmbedder):
    """An embedding model of OpenAI, or of anything that speaks its dialect, by `base_url`.

    `encoding_format="base64"` makes replies a quarter as long. `dimensions` is sent if given, and for OpenAI's
    models that take it; many servers refuse it. See RemoteEmbedder for batches.
    """

    id: str = "text-embedding-3-small"
    name: str = "OpenAIEmbedder"
    provider: str = "OpenAI"

    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = None

    _facts: ClassVar[EmbeddingVendor] = embedding_facts.OPENAI

    def _path(self) -> str:
        return "/embeddings"

    def _encode(self, batch: list[str]) -> bytes:
        form = "base64" if self.encoding_format == "base64" and self._facts.base64 else None
        wanted = self.dimensions if self.id.startswith(_ADJUSTABLE) else self._wanted
        fields = self._fields(dimensions=wanted, encoding_format=form, user=self.user)
        return encode(batch, model=self.id, fields=fields)

    def _decode(self, reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
        return decode(reply)


class OpenAILikeEmbedder(OpenAIEmbedder):
    """A server that speaks OpenAI's embeddings: give `id` and `base_url`, and `api_key` if it wants one."""

    id: str = "not-provided"
    name: str = "OpenAILikeEmbedder"
    provider: str = "OpenAI"
    api_key: str | None = "not-provided"
    dimensions: int | None = 1536
    site: Site = profiles.OPENAI_LIKE

    _facts: ClassVar[EmbeddingVendor] = embedding_facts.OPENAI_LIKE


class GLMEmbedder(OpenAIEmbedder):
    """An embedding model of Zhipu (BigModel, Z.ai). `embedding-3` makes 256, 512, 1024 or 2048 numbers."""

    id: str = "embedding-3"
    name: str = "GLMEmbedder"
    provider: str = "GLM"
    site: Site = ROWS["glm4"].site

    _facts: ClassVar[EmbeddingVendor] = embedding_facts.GLM


class OpenRouterEmbedder(OpenAIEmbedder):
    """An embedding model that OpenRouter routes to."""

    id: str = "openai/text-embedding-3-small"
    name: str = "OpenRouterEmbedder"
    provider: str = "OpenRouter"
    site: Site = ROWS["openrouter"].site

    _facts: ClassVar[EmbeddingVendor] = embedding_facts.OPENROUTER


class SiliconflowEmbedder(OpenAIEmbedder):
    """An embedding model of SiliconFlow. Only those of the Qwen3 family take `dimensions`."""

    id: str = "BAAI/bge-m3"
    name: str = "SiliconflowEmbedder"
    provider: str = "Siliconflow"
    site: Site = ROWS["siliconflow"].site

    _facts: ClassVar[EmbeddingVendor] = embedding_facts.SILICONFLOW
