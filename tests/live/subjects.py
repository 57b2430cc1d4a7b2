"""The providers that are tried, and what has to be there before they can be asked."""

from __future__ import annotations

import os
from typing import NamedTuple, TypeVar

from agnolo.ports.embedder import Embedder
from agnolo.ports.model import Model
from agnolo.providers import address, catalog
from agnolo.providers.anthropic_model import TOKEN
from agnolo.providers.connection import Connection
from agnolo.providers.embedders import resolve_embedder
from agnolo.providers.local_pins import PINS, PULL_COMMAND, is_there
from agnolo.providers.profiles import Site
from agnolo.providers.wire import Transport

Made = TypeVar("Made")

NAMES = (
    "openai", "openai-chat", "gemini", "glm4", "openrouter", "siliconflow", "cerebras", "modelscope", "groq", "ollama",
    "anthropic", "local",
)  # fmt: skip
PATIENCE = 120.0
"""Seconds for one request with its retries."""


class Subject(NamedTuple):
    """A provider by its name in the catalog. `missing` says what is not there, empty if it can be asked.

    What it makes is asked over `transport`, where there is one.
    """

    name: str
    missing: str
    transport: Transport | None = None

    @property
    def provider(self) -> str:
        """The vendor's name, whichever dialect is tried."""
        return self.name.removesuffix("-chat")

    def model(self, id: str | None = None) -> Model:
        """This model; else the variable's, else the catalog's. Raises ConfigurationError."""
        wanted = _variable(self.name, "MODEL") if id is None else id
        return self._reached(catalog.resolve(f"{self.name}:{wanted}"))

    def embedder(self) -> Embedder:
        """The embedder of the variable, else the provider's usual one. Raises EmbeddingsNotOfferedError."""
        return self._reached(resolve_embedder(f"{self.name}:{_variable(self.name, 'EMBEDDER')}"))

    def _reached(self, made: Made) -> Made:
        if isinstance(made, Connection):
            made.timeout = PATIENCE
            made.transport = self.transport
        return made


def _variable(name: str, what: str) -> str:
    """What AGNOLO_TEST_<PROVIDER>_<WHAT> names in the place of the default."""
    return os.environ.get(f"AGNOLO_TEST_{name.upper().replace('-', '_')}_{what}", "").strip()


def subject(name: str) -> Subject:
    """The provider as the environment has it."""
    model = catalog.resolve(name)
    if isinstance(model, Connection):
        tokens = (TOKEN,) if name == "anthropic" else ()
        return Subject(name, _missing(model.site, tokens))
    return Subject(name, "" if all(is_there(pin) for pin in PINS.values()) else f"the weights: run {PULL_COMMAND}")


def secrets() -> list[str]:
    """The values of all variables that may hold a key."""
    models = [catalog.resolve(name) for name in NAMES]
    variables = {source.variable for m in models if isinstance(m, Connection) for source in m.site.keys} | {TOKEN}
    return [value for name in sorted(variables) if (value := os.environ.get(name, "").strip())]


def _missing(site: Site, tokens: tuple[str, ...]) -> str:
    variables = [*(source.variable for source in site.keys), *tokens]
    if address.configured_key(site) is not None or any(os.environ.get(name, "").strip() for name in tokens):
        return ""
    if not site.key_needed:
        variables = [*site.base_urls, *variables]
        if address.configured_url(site) is not None:
            return ""
    return f"{' or '.join(variables)} is not set"
