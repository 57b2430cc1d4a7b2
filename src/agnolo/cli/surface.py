"""What Agnolo's classes take and can do, read from the classes themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, TypeGuard

from agnolo.ports.options import Options, names_of
from agnolo.providers.connection import Connection, refused_by
from agnolo.vocabulary.errors import MissingExtraError

SPELLINGS = "agno._spellings"
"""Where the package `agno` has those of our classes that take Agno 2's spellings too."""


AGENTS = frozenset({f"{SPELLINGS}:Agent", "agnolo:Agent", "agnolo.agent.agent:Agent"})
RUNS = frozenset({"run", "arun", "continue_run", "acontinue_run", "print_response", "aprint_response"})


class Unknown(Enum):
    """Nothing can be said."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


def ours(place: str) -> str:
    """The place in Agnolo of a place in the table of Agno's names."""
    module, _, name = place.partition(":")
    return f"agnolo.agent.agent:{name}" if module == SPELLINGS else place


@cache
def thing(place: str) -> Any:  # noqa: ANN401 - a class, function or value
    """What is at `module:name`; None if nothing is, UNKNOWN if its module needs a package that is not installed."""
    module, _, name = ours(place).partition(":")
    try:
        return getattr(import_module(module), name, None)
    except (ModuleNotFoundError, MissingExtraError):
        return UNKNOWN if has_module(module) else None


def has_module(module: str) -> bool:
    """Whether Agnolo has a module of this name."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def options(called: object) -> frozenset[str] | None:
    """The names of the arguments that a class or function takes; None if it takes any."""
    if _takes_options(called):
        return names_of(called)
    names: set[str] = set()
    for one in _parameters(called):
        if one.kind is one.VAR_POSITIONAL and one.name == "args":
            return None
        if one.kind is not one.VAR_KEYWORD:
            names.add(one.name)
        elif (spelled_out := _unpacked(called, one)) is not None:
            names |= spelled_out
        elif one.name != "unknown":
            return None
    return frozenset(names - {"self"})


def _takes_options(kind: object) -> TypeGuard[type[Options]]:
    return isinstance(kind, type) and issubclass(kind, Options)


def _parameters(called: object) -> Iterable[inspect.Parameter]:
    """Those of the signature; such as take anything, if there is none to be read."""
    try:
        return inspect.signature(called).parameters.values() if callable(called) else _ANY
    except ValueError:
        return _ANY


_ANY = (inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),)


def _unpacked(called: object, rest: inspect.Parameter) -> frozenset[str] | None:
    """The names behind `**options: Unpack[T]`; None for any other annotation."""
    text = str(rest.annotation).strip("'")
    if not text.startswith("Unpack["):
        return None
    function = inspect.getattr_static(called, "__init__") if isinstance(called, type) else called
    names = getattr(import_module(function.__module__), text[len("Unpack[") : -1])
    return frozenset(names.__annotations__)


def refused(kind: object) -> Mapping[str, str]:
    """Options that a class refuses on purpose, and why."""
    return refused_by(kind) if isinstance(kind, type) and issubclass(kind, Connection) else {}


def respelled(place: str, method: str | None) -> Literal["Agent", "run"] | None:
    """Under which name the table has what Agno renamed and removed of the options of this constructor or method."""
    if place not in AGENTS:
        return None
    return "Agent" if method is None else "run" if method in RUNS else None


def has_member(kind: object, name: str) -> bool:
    """Whether objects of a class have a method, field or property of this name. A Protocol's may have any."""
    return hasattr(kind, name) or name in (options(kind) or ()) or getattr(kind, "_is_protocol", False)
