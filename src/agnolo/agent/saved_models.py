"""Models as they are saved: id, name, provider and how they answer; never where they are, nor with which key."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from agnolo.ports.model import Model
from agnolo.ports.options import Options, names_of
from agnolo.providers import catalog
from agnolo.vocabulary.components import ComponentRehydrationError
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_array, is_object

if TYPE_CHECKING:
    from agnolo.agent.registry import Registry

log = logging.getLogger("agnolo")

IDENTITY = ("name", "id", "provider")
_WHERE = frozenset(
    {
        "api_key", "base_url", "ca_file", "default_headers", "default_query", "extra_headers", "extra_query", "host",
        "organization", "region", "site", "transport",
    }
)  # fmt: skip
"""Options of the place, which may hold secrets: they come from the environment, or from a registry's model."""
_SECRET = re.compile(
    r"(^|[_.-])((api|access|private|secret)_?key|secret|token|password|passwd|credential|authorization|cookie)s?($|[_.-])",
    re.IGNORECASE,
)


def is_secret(name: str, value: object) -> bool:
    """Whether a value of this name is likely to be a secret, by its name."""
    return isinstance(value, str) and _SECRET.search(name) is not None


def to_dict(model: Model) -> dict[str, Any]:
    """The model as it is saved."""
    own = vars(model) if isinstance(model, Options) else {}
    said = names_of(type(model)) - _WHERE if isinstance(model, Options) else frozenset[str]()
    kept = {name: value for name, value in own.items() if name in said and _is_plain(name, value)}
    return {"name": model.name, "id": model.id, "provider": model.provider, **kept}


def from_dict(saved: Mapping[str, Any] | str, registry: Registry | None) -> Model:
    """The registry's model of that id, provider and name, else one made anew.

    Raises ComponentRehydrationError for a model that Agnolo can't make.
    """
    try:
        if isinstance(saved, str):
            return catalog.resolve(saved)
        known = registry.get_model(saved["id"], saved.get("provider"), saved.get("name")) if registry else None
        return known or _made(saved)
    except (ConfigurationError, ImportError, AttributeError, KeyError) as error:
        raise ComponentRehydrationError(
            f"the model {saved!r} can't be made: {error}; give Registry(models=[...]) that has it"
        ) from error


def _made(saved: Mapping[str, Any]) -> Model:
    kind = _class_of(saved)
    if kind is None:
        return catalog.resolve(f"{saved['provider']}:{saved['id']}")
    taken = names_of(kind) - _WHERE - {"provider"}
    own = {name: value for name, value in saved.items() if name in taken and value != getattr(kind, name, None)}
    if strange := sorted(saved.keys() - taken - {*IDENTITY}):
        log.warning("options of the saved model %r that it has not are left out: %s", saved["id"], ", ".join(strange))
    made: Any = kind(**{**own, "id": saved["id"]})
    return made


def _class_of(saved: Mapping[str, Any]) -> type[Options] | None:
    """The class that users know by the saved name, if it is of the saved provider."""
    name = saved.get("name")
    providers: Any = import_module("agnolo.providers")
    if not isinstance(name, str) or name not in dir(providers):
        return None
    kind: Any = getattr(providers, name)
    fits = hasattr(kind, "exchange") and saved.get("provider") in (None, kind.provider)
    return kind if fits and issubclass(kind, Options) else None


def _is_plain(name: str, value: object) -> bool:
    if is_secret(name, value):
        return False
    if is_object(value):
        return all(_is_plain(key, inner) for key, inner in value.items())
    return (
        all(_is_plain("", inner) for inner in value) if is_array(value) else isinstance(value, str | int | float | None)
    )
