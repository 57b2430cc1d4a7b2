"""The two sides: how names, models and values are had from the reference and from Agnolo."""

from __future__ import annotations

import enum
import importlib
from dataclasses import fields, is_dataclass
from typing import Any

from contracts.kit import MissingName
from contracts.names import NAMES
from contracts.provider import KEY


def reach(place: str) -> Any:
    """What `module:name` names."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def plain(value: Any) -> Any:
    """JSON values of any value: by its own to_dict or model_dump, by fields, else by its type's name."""
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return _object(value)


def _object(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="json", exclude_none=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return f"<{type(value).__name__}>"


class Reference:
    """agno, where it is installed."""

    name = "reference"

    def begin(self) -> None:
        """Nothing is kept from one scenario to the next."""

    def resolve(self, name: str) -> Any:
        if name not in NAMES:
            raise AttributeError(name)
        return reach(NAMES[name][0])

    def model(self, vendor: str, url: str, options: dict[str, Any]) -> Any:
        place, address = _REFERENCE_MODELS[vendor]
        return reach(place)(**{"api_key": KEY, **address(url), **options})

    def embedder(self, vendor: str, url: str, options: dict[str, Any]) -> Any:
        place, address = _REFERENCE_EMBEDDERS[vendor]
        return reach(place)(**address(url), **options)

    def plain(self, value: Any) -> Any:
        return plain(value)


def _at(path: str) -> Any:
    return lambda url: {"base_url": url + path}


def _like(provider: str, model: str, path: str) -> Any:
    """A vendor that the reference has no class for: its class for all others, told whose server it is."""
    return lambda url: {"id": model, "name": provider, "provider": provider, "base_url": url + path}


def _gemini(url: str) -> dict[str, Any]:
    return {"client_params": {"http_options": {"base_url": url, "api_version": "v1beta"}}}


_REFERENCE_MODELS: dict[str, tuple[str, Any]] = {
    "openai": ("agno.models.openai:OpenAIChat", _at("/v1")),
    "openai-responses": ("agno.models.openai:OpenAIResponses", _at("/v1")),
    "gemini": ("agno.models.google:Gemini", _gemini),
    "glm4": ("agno.models.openai.like:OpenAILike", _like("GLM", "glm-4.7", "/api/paas/v4")),
    "openrouter": ("agno.models.openrouter:OpenRouter", _at("/api/v1")),
    "siliconflow": ("agno.models.siliconflow:Siliconflow", _at("/v1")),
    "cerebras": ("agno.models.cerebras:Cerebras", _at("")),
    "modelscope": ("agno.models.openai.like:OpenAILike", _like("ModelScope", "deepseek-ai/DeepSeek-V4.1-Flash", "/v1")),
    "groq": ("agno.models.groq:Groq", _at("")),
    "ollama": ("agno.models.ollama:Ollama", lambda url: {"host": url}),
    "anthropic": ("agno.models.anthropic:Claude", lambda url: {"client_params": {"base_url": url}}),
}
_REFERENCE_EMBEDDERS: dict[str, tuple[str, Any]] = {
    "openai": ("agno.knowledge.embedder.openai:OpenAIEmbedder", lambda url: {"api_key": KEY, "base_url": url + "/v1"}),
    "gemini": (
        "agno.knowledge.embedder.google:GeminiEmbedder",
        lambda url: {"api_key": KEY, **_gemini(url)},
    ),
    "ollama": ("agno.knowledge.embedder.ollama:OllamaEmbedder", lambda url: {"host": url}),
} | {
    vendor: (
        "agno.knowledge.embedder.openai_like:OpenAILikeEmbedder",
        lambda url, path=path: {"api_key": KEY, "base_url": url + path},
    )
    for vendor, path in (("glm4", "/api/paas/v4"), ("openrouter", "/api/v1"), ("siliconflow", "/v1"))
}


class Agnolo:
    """The package of this repository."""

    name = "agnolo"

    def __init__(self) -> None:
        self._codec = importlib.import_module("agnolo.vocabulary.codec")
        self._lines = importlib.import_module("agnolo.vocabulary.event_lines")
        self._events = importlib.import_module("agnolo.vocabulary.events")
        self._runs = importlib.import_module("agnolo.vocabulary.runs")
        self._messages = importlib.import_module("agnolo.vocabulary.messages")
        self._struct = importlib.import_module("msgspec").Struct

    def begin(self) -> None:
        """What was learnt of the provider's health in another scenario is forgotten."""
        reach("agnolo.providers.guard:GUARD").forget()

    def resolve(self, name: str) -> Any:
        if name not in NAMES:
            raise AttributeError(name)
        place = NAMES[name][1]
        if place is None:
            raise MissingName(name)
        return reach(place)

    def model(self, vendor: str, url: str, options: dict[str, Any]) -> Any:
        name, path = _AGNOLO_MODELS[vendor]
        model = options.pop("id", None)
        made = reach("agnolo.providers.catalog:resolve")(f"{name}:{model}" if model else name)
        made.__dict__.update({"api_key": KEY, "base_url": url + path, **options})
        return made

    def embedder(self, vendor: str, url: str, options: dict[str, Any]) -> Any:
        try:
            place = reach("agnolo.providers.embedders:OFFERED")[vendor]
        except ModuleNotFoundError:
            raise MissingName("embedder") from None
        made = reach(f"agnolo.providers.{place.module}:{place.embedder}")
        return made(api_key=KEY, base_url=url + _AGNOLO_MODELS[vendor][1], **options)

    def plain(self, value: Any) -> Any:
        if isinstance(value, self._events.RunEventBase):
            return self._codec.loads(self._lines.encode_event(value))
        if isinstance(value, self._runs.RunOutput):
            return value.to_dict()
        if isinstance(value, self._messages.Message):
            return value.to_dict()
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        if isinstance(value, dict):
            return {str(key): self.plain(item) for key, item in value.items()}
        if isinstance(value, self._struct):
            return self._codec.builtins(value)
        return plain(value)


_AGNOLO_MODELS: dict[str, tuple[str, str]] = {
    "openai": ("openai-chat", "/v1"),
    "openai-responses": ("openai", "/v1"),
    "gemini": ("gemini", "/v1beta"),
    "glm4": ("glm4", "/api/paas/v4"),
    "openrouter": ("openrouter", "/api/v1"),
    "siliconflow": ("siliconflow", "/v1"),
    "cerebras": ("cerebras", "/v1"),
    "modelscope": ("modelscope", "/v1"),
    "groq": ("groq", "/openai/v1"),
    "ollama": ("ollama", ""),
    "anthropic": ("anthropic", ""),
}
