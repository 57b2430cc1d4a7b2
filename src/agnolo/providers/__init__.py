"""Models and embedders, behind network APIs and in this process. Their classes are imported when first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agnolo.providers.anthropic_model import Claude as Claude
    from agnolo.providers.gemini_embedder import GeminiEmbedder as GeminiEmbedder
    from agnolo.providers.gemini_model import Gemini as Gemini
    from agnolo.providers.local import Local as Local
    from agnolo.providers.local_embeddings import LocalEmbedder as LocalEmbedder
    from agnolo.providers.ollama_embedder import OllamaEmbedder as OllamaEmbedder
    from agnolo.providers.ollama_model import Ollama as Ollama
    from agnolo.providers.openai_embedder import GLMEmbedder as GLMEmbedder
    from agnolo.providers.openai_embedder import OpenAIEmbedder as OpenAIEmbedder
    from agnolo.providers.openai_embedder import OpenAILikeEmbedder as OpenAILikeEmbedder
    from agnolo.providers.openai_embedder import OpenRouterEmbedder as OpenRouterEmbedder
    from agnolo.providers.openai_embedder import SiliconflowEmbedder as SiliconflowEmbedder
    from agnolo.providers.openai_model import OpenAIChat as OpenAIChat
    from agnolo.providers.openai_model import OpenAILike as OpenAILike
    from agnolo.providers.openai_responses_model import OpenAIResponses as OpenAIResponses
    from agnolo.providers.openai_responses_model import OpenResponses as OpenResponses
    from agnolo.providers.openai_responses_vendors import OllamaResponses as OllamaResponses
    from agnolo.providers.openai_responses_vendors import OpenRouterResponses as OpenRouterResponses
    from agnolo.providers.vendors import *  # noqa: F403 - the classes of the stub, all of them public

_PLACES = {
    "Claude": "anthropic_model",
    "Gemini": "gemini_model",
    "Local": "local",
    "Ollama": "ollama_model",
    "OllamaResponses": "openai_responses_vendors",
    "OpenAIChat": "openai_model",
    "OpenAILike": "openai_model",
    "OpenAIResponses": "openai_responses_model",
    "OpenResponses": "openai_responses_model",
    "OpenRouterResponses": "openai_responses_vendors",
    "GLMEmbedder": "openai_embedder",
    "GeminiEmbedder": "gemini_embedder",
    "LocalEmbedder": "local_embeddings",
    "OllamaEmbedder": "ollama_embedder",
    "OpenAIEmbedder": "openai_embedder",
    "OpenAILikeEmbedder": "openai_embedder",
    "OpenRouterEmbedder": "openai_embedder",
    "SiliconflowEmbedder": "openai_embedder",
}
_TABLE = "agnolo.providers.vendors"
_ROWS = "agnolo.providers.compatible"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class
    """A class by the reference's name. Raises ImportError, with what to use instead, for one that is not offered."""
    if name.islower():  # a module, looked for here before it is imported, or one of Python's own names
        raise AttributeError(f"module 'agnolo.providers' has no attribute {name!r}")
    if name in _PLACES:
        return getattr(import_module(f"agnolo.providers.{_PLACES[name]}"), name)
    refused = dict(import_module(_ROWS).REFUSED.values())
    if name in refused:
        raise ImportError(f"Agnolo has no {name}: {refused[name]}")
    try:
        return getattr(import_module(_TABLE), name)
    except AttributeError:
        raise AttributeError(f"module 'agnolo.providers' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return sorted([*_PLACES, *import_module(_TABLE).IDS])
