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

Status = Literal["ready", "not-configured", "missing_extra", "missing_weights"]

LOCAL_MODEL = "smollm2"
_ALIASES = {
    "openai-responses": "openai",
    "openresponses": "open-responses",
    "google": "gemini",
    "claude": "anthropic",
    "glm": "glm4",
    "zai": "glm4",
    "zhipuai": "glm4",
    "bigmodel": "glm4",
    "azure": "azure-openai",
    "llamacpp": "llama-cpp",
    "llamaopenai": "llama-openai",
    "llama": "meta",
    "inceptionlabs": "inception",
    "cerebrasopenai": "cerebras-openai",
    "xiaomi mimo": "xiaomi",
    "tuning engines": "tuning-engines",
    "ramprouter": "ramp",
    "qwen": "dashscope",
    "awsbedrock": "aws-bedrock",
    "azurefoundry": "azure-foundry-claude",
    "vertexai": "vertexai-claude",
}
"""Other spellings: what the reference shows as a model's provider is one too."""
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
    """Whether a provider could be used now. `missing` are environment variables; nothing is sent to find out.

    `not_offered` are the capabilities that the vendor doesn't have. The breaker is open while the vendor, or those of
    its models named in `broken_models`, have failed so often that they are not asked: for `seconds_left` more.
    """

    provider: str
    status: Status
    capabilities: Capabilities
    missing: list[str]
    default_model: str
    not_offered: list[str] = msgspec.field(default_factory=list[str])
    breaker: Literal["closed", "open"] = "closed"
    seconds_left: float = 0.0
    broken_models: list[str] = msgspec.field(default_factory=list[str])


class Named(NamedTuple):
    """What a text such as "groq:model-id" names; `model` is "" for the provider's default."""

    provider: str
    model: str

    @property
    def vendor(self) -> str:
        """The provider without its choice of dialect."""
        return _OTHER_DIALECTS.get(self.provider, self.provider)


def named(text: str) -> Named:
    """The provider and model of "provider:model", "provider" or "local". Raises ConfigurationError."""
    provider, _, model = text.strip().partition(":")
    provider = provider.strip().lower()
    known = _ALIASES.get(provider, provider)
    if known not in ("local", *_NATIVE) and known not in _rows():
        raise ConfigurationError(_refusal(text, known) or _unknown(text, provider))
    return Named(known, model.strip())


def resolve(text: str) -> Model:
    """The model of "provider:model", "provider" (its default model) or "local". Raises ConfigurationError."""
    provider, model = named(text)
    if provider == "local":
        return reach("agnolo.providers.local", "local").Local(id=model or LOCAL_MODEL)
    return _build(provider, model)


_UNASKED = {"openai": "gpt-5.4"}
"""Models for agents that name none, where they are others than the provider's default: the reference's."""


def first_configured() -> Model | None:
    """The model of the first provider whose variables are set; None if there is none."""
    ready = next((known for known in _vendors() if known.status == "ready"), None)
    return None if ready is None else _build(ready.provider, _UNASKED.get(ready.provider, ""))


def providers_health() -> list[ProviderStatus]:
    """The nine providers, then the local one."""
    return [*_vendors(), _local()]


# ---- the table


def _rows() -> dict[str, Any]:
    return import_module("agnolo.providers.compatible").ROWS


def _refusal(text: str, provider: str) -> str | None:
    """Why a provider that the reference reaches is not reached here, and what to use instead."""
    refused = import_module("agnolo.providers.compatible").REFUSED.get(provider)
    return f"{text!r} is not offered: {refused[1]}" if refused else None


class Native(NamedTuple):
    """A vendor with a dialect of its own: the module and class that speak it, and where its site is described."""

    module: str
    model: str
    site: str
    default_model: str


_NATIVE = {
    "openai": Native("openai_responses_model", "OpenAIResponses", "profiles.OPENAI", "gpt-5.4-mini"),
    "openai-chat": Native("openai_model", "OpenAIChat", "profiles.OPENAI", "gpt-5.4-mini"),
    "open-responses": Native("openai_responses_model", "OpenResponses", "profiles.OPENAI_LIKE", ""),
    "openrouter-responses": Native(
        "openai_responses_vendors", "OpenRouterResponses", "rows_matrix.OPENROUTER", "openai/gpt-oss-20b"
    ),
    "gemini": Native("gemini_model", "Gemini", "gemini_model.SITE", "gemini-3.7-flash"),
    "ollama": Native("ollama_model", "Ollama", "ollama_host.OLLAMA", "llama3.1"),
    "ollama-responses": Native("openai_responses_vendors", "OllamaResponses", "rows_matrix.OLLAMA", "gpt-oss:20b"),
    "ollama-chat": Native("vendors", "OllamaChat", "rows_matrix.OLLAMA", "llama3.1"),
    "anthropic": Native("anthropic_model", "Claude", "anthropic_model.ANTHROPIC", "claude-sonnet-5-5"),
}
"""Providers that are not, or not only, a row of the table."""
_OTHER_DIALECTS = {
    "openai-chat": "openai",
    "openrouter-responses": "openrouter",
    "ollama-responses": "ollama",
    "ollama-chat": "ollama",
}
"""Names of a vendor in a dialect that is not its first."""


def _reach(place: str) -> Any:  # noqa: ANN401 - a class or a site of one of our modules
    module, _, name = place.rpartition(".")
    return getattr(import_module(f"agnolo.providers.{module}"), name)


def _build(provider: str, model: str) -> Model:
    native = _NATIVE.get(provider)
    if native is not None:
        kind, chosen = _reach(f"{native.module}.{native.model}"), model or native.default_model
    else:
        kind, chosen = _reach("vendors.vendor_class")(provider), model or _rows()[provider].default_model
    if chosen in ("", "not-set"):
        raise ConfigurationError(f"{provider!r} has no default model: name one, as in '{provider}:model-id'")
    return kind(id=chosen)


def _unknown(text: str, provider: str) -> str:
    names = [*_NATIVE, *(name for name in _rows() if name not in _NATIVE), "local"]
    near = get_close_matches(provider, [*names, *_ALIASES], 1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    if ":" not in text:
        hint = hint or f" (a model of OpenAI is written 'openai:{text.strip()}')"
    some = ", ".join((*_ORDER, "local"))
    return f"{text!r} names no provider that Agnolo knows{hint}: it is one of {some}, or another of docs/providers.md"


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
    missing: list[str] = []
    if address.configured_key(site) is None:
        if site.key_needed:
            missing = [site.keys[0].variable]
        elif address.configured_url(site) is None:
            missing = [site.base_urls[0]]
    broken = import_module("agnolo.providers.guard").open_places(address.usual_host(site))
    return ProviderStatus(
        provider=name,
        status="not-configured" if missing else "ready",
        capabilities=Capabilities(chat=True, stream=True, tools=True, structured=True, embeddings=site.embeddings),
        missing=missing,
        default_model=default_model,
        not_offered=[] if site.embeddings else ["embeddings"],
        breaker="open" if broken else "closed",
        seconds_left=max((one.again for one in broken), default=0.0),
        broken_models=[one.place.model for one in broken if one.place.model],
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
