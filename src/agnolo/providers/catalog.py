"""Models by name, such as "groq:llama-3.3-70b-versatile", and the state of all providers. Loads nothing before use."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import msgspec

from agnolo.ports.extras import reach
from agnolo.ports.model import Model
from agnolo.vocabulary.errors import ConfigurationError

Status = Literal["ready", "missing_key", "not_configured", "missing_extra", "missing_weights", "unsupported"]

LOCAL_MODEL = "smollm2"
_ALIASES = {
    "openai-chat": "openai",
    "cerebras-openai": "cerebras",
    "google": "gemini",
    "glm": "glm4",
    "zai": "glm4",
    "zhipuai": "glm4",
}
_ORDER = ("openai", "gemini", "glm4", "openrouter", "siliconflow", "cerebras", "modelscope", "groq", "ollama")
"""The nine, in the order of the documentation."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What works through Agnolo today, which may be less than the vendor offers."""

    chat: bool = False
    stream: bool = False
    tools: bool = False
    structured: bool = False
    embeddings: bool = False


class ProviderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a provider could be used now. `missing` are environment variables; nothing is sent to find out."""

    provider: str
    status: Status
    capabilities: Capabilities
    missing: list[str]
    default_model: str


def resolve(text: str) -> Model:
    """The model of "provider:model", "provider" (its default model) or "local". Raises ConfigurationError."""
    provider, _, model = text.strip().partition(":")
    provider = provider.strip().lower()
    model = model.strip()
    if provider == "local":
        return reach("agnolo.providers.local", "local").Local(id=model or LOCAL_MODEL)
    if provider in ("openai", "openai-responses"):
        raise ConfigurationError(
            f"{text!r} names OpenAI's Responses dialect, which arrives in a later version: "
            f"use 'openai-chat:{model or 'gpt-5.4-mini'}'"
        )
    known = _ALIASES.get(provider, provider)
    if known == "gemini":
        raise ConfigurationError(
            f"{text!r} names Gemini's own dialect, which arrives in a later version: "
            f"use 'openrouter:google/{model or 'gemini-3.7-flash'}'"
        )
    if known not in _rows():
        raise ConfigurationError(_unknown(text, provider))
    return _build(known, model)


def first_configured() -> Model | None:
    """The default model of the first provider whose variables are set; None if there is none."""
    ready = next((known for known in _vendors() if known.status == "ready"), None)
    return None if ready is None else _build(ready.provider, "")


def providers_health() -> list[ProviderStatus]:
    """The nine providers, then the local one."""
    return [*_vendors(), _local()]


# ---- the table


def _rows() -> dict[str, Any]:
    return import_module("agnolo.providers.compatible").ROWS


def _build(provider: str, model: str) -> Model:
    row = _rows()[provider]
    make = import_module("agnolo.providers.openai_model").OpenAIChat
    options = {**row.options, "site": row.site, "name": row.name, "provider": row.provider}
    return make(id=model or row.default_model, **options)


def _unknown(text: str, provider: str) -> str:
    names = ["openai-chat", *(name for name in _rows() if name != "openai"), "local"]
    near = get_close_matches(provider, names, 1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    if ":" not in text:
        hint = hint or f" (a model of OpenAI is written 'openai-chat:{text.strip()}')"
    return f"{text!r} names no provider that Agnolo knows{hint}: one of {', '.join(names)}, as in 'groq:model-id'"


def _vendors() -> list[ProviderStatus]:
    rows = _rows()
    return [_status(name, rows[name]) if name in rows else _unsupported(name) for name in _ORDER]


def _status(name: str, row: Any) -> ProviderStatus:  # noqa: ANN401 - a Row, whose module is loaded late
    site = row.site
    address = import_module("agnolo.providers.address")
    status: Status = "ready"
    missing: list[str] = []
    if address.configured_key(site) is None:
        if site.key_needed:
            status, missing = "missing_key", [site.keys[0].variable]
        elif address.configured_url(site) is None:
            status, missing = "not_configured", [site.base_urls[0]]
    return ProviderStatus(
        provider=name,
        status=status,
        capabilities=Capabilities(chat=True, stream=True, tools=True, structured=True),
        missing=missing,
        default_model=row.default_model,
    )


def _unsupported(name: str) -> ProviderStatus:
    return ProviderStatus(
        provider=name, status="unsupported", capabilities=Capabilities(), missing=[], default_model="gemini-3.7-flash"
    )


def _local() -> ProviderStatus:
    status: Status = "ready"
    pins = import_module("agnolo.providers.local_pins")
    if find_spec("xllamacpp") is None:
        status = "missing_extra"
    elif not all(pins.is_there(pin) for pin in pins.PINS.values()):
        status = "missing_weights"
    return ProviderStatus(
        provider="local",
        status=status,
        capabilities=Capabilities(chat=True, stream=True, tools=True, structured=True, embeddings=True),
        missing=[],
        default_model=LOCAL_MODEL,
    )
