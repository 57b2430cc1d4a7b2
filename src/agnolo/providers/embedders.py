"""Embedders by name, such as "openai:text-embedding-3-small", and who has none. Loads nothing before use."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from agnolo.ports.embedder import Embedder
from agnolo.providers import catalog
from agnolo.vocabulary.errors import EmbeddingsNotOfferedError


class Place(NamedTuple):
    """Where an embedder's class is."""

    module: str
    embedder: str


OFFERED = {
    "openai": Place("openai_embedder", "OpenAIEmbedder"),
    "gemini": Place("gemini_embedder", "GeminiEmbedder"),
    "glm4": Place("openai_embedder", "GLMEmbedder"),
    "openrouter": Place("openai_embedder", "OpenRouterEmbedder"),
    "siliconflow": Place("openai_embedder", "SiliconflowEmbedder"),
    "ollama": Place("ollama_embedder", "OllamaEmbedder"),
    "local": Place("local_embeddings", "LocalEmbedder"),
}
"""By provider id, in the order of the documentation."""


def resolve_embedder(text: str) -> Embedder:
    """The embedder of "provider:model", or of "provider" with its default model.

    Raises EmbeddingsNotOfferedError for a vendor without embeddings, ConfigurationError for an unknown one.
    """
    named = catalog.named(text)
    place = OFFERED.get(named.vendor)
    if place is None:
        raise EmbeddingsNotOfferedError(
            f"{named.vendor} offers no embeddings: use one of {', '.join(OFFERED)}, "
            "as in 'openai:text-embedding-3-small' or 'local'",
            provider=named.provider,
            model=named.model,
        )
    made = getattr(import_module(f"agnolo.providers.{place.module}"), place.embedder)
    return made(id=named.model) if named.model else made()
