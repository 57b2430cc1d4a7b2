"""Models by name, such as "groq:llama-3.3-70b-versatile", and the state of all providers. Loads nothing before use."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

import msgspec

from agnolo.ports.extras import reach
from agnolo.ports.model import Model
from agnolo.vocabulary.errors import ConfigurationError

Status = Literal["ready", "missing_key", "not_configured", "missing_extra", "missing_weights"]

LOCAL_MODEL = "smollm2"
_ALIASES = {
    "openai-responses": "openai",
    "cerebras-openai": "cerebras",
    "google": "gemini",
    "claude": "anthropic",
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
    known = _ALIASES.get(provider, provider)
    if known not in _NATIVE and known not in _CHAT and known not in _rows():
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


class Native(NamedTuple):
    """A vendor with a dialect of its own: the module and class that speak it, and where its site is described."""

    module: str
    model: str
    site: str
    default_model: str


_NATIVE = {
    "openai": Native("openai_responses_model", "OpenAIResponses", "profiles.OPENAI", "gpt-5.4-mini"),
    "gemini": Native("gemini_model", "Gemini", "gemini_model.SITE", "gemini-3.7-flash"),
    "ollama": Native("ollama_model", "Ollama", "ollama_host.OLLAMA", "llama3.1"),
    "anthropic": Native("anthropic_model", "Claude", "anthropic_model.ANTHROPIC", "claude-sonnet-5-5"),
}
_CHAT = {"openai-chat": "openai", "ollama-chat": "ollama"}
"""Vendors with a dialect of their own that also speak OpenAI chat completions: the row to use for those."""


def _reach(place: str) -> Any:  # noqa: ANN401 - a class or a site of one of our modules
    module, _, name = place.rpartition(".")
    return getattr(import_module(f"agnolo.providers.{module}"), name)


def _build(provider: str, model: str) -> Model:
    native = _NATIVE.get(provider)
    if native is not None:
        return _reach(f"{native.module}.{native.model}")(id=model or native.default_model)
    row = _rows()[_CHAT.get(provider, provider)]
    options = {**row.options, "site": row.site, "name": row.name, "provider": row.provider}
    return _reach("openai_model.OpenAIChat")(id=model or row.default_model, **options)


def _unknown(text: str, provider: str) -> str:
    names = [*_NATIVE, *_CHAT, *(name for name in _rows() if name not in _NATIVE), "local"]
    near = get_close_matches(provider, names, 1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    if ":" not in text:
        hint = hint or f" (a model of OpenAI is written 'openai:{text.strip()}')"
    return f"{text!r} names no provider that Agnolo knows{hint}: one of {', '.join(names)}, as in 'groq:model-id'"


def _vendors() -> list[ProviderStatus]:
    return [_status(name) for name in _ORDER]


def _status(name: str) -> ProviderStatus:
    native = _NATIVE.get(name)
    if native is not None:
        return _reachable(name, _reach(native.site), native.default_model)
    row = _rows()[name]
    return _reachable(name, row.site, row.default_model)


def _reachable(name: str, site: Any, default_model: str) -> ProviderStatus:  # noqa: ANN401 - a Site, loaded late
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
        default_model=default_model,
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
