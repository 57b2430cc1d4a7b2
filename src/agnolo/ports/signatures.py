"""What a callable asks for: its parameters with resolved types, and which of them the run supplies."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType, MethodType, SimpleNamespace
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import derives, is_class
from agnolo.vocabulary.runs import RunContext

Supply = Literal["agent", "team", "run_context", "session_state", "dependencies", "images", "audios", "videos", "files"]
RESERVED: dict[str, Supply] = {
    "agent": "agent",
    "team": "team",
    "run_context": "run_context",
    "session_state": "session_state",
    "dependencies": "dependencies",
    "images": "images",
    "audios": "audios",
    "videos": "videos",
    "files": "files",
}
_SPELLED: dict[str, Supply] = {"RunContext": "run_context", "Agent": "agent", "Team": "team"}
_SUPPLIED_NAMES = re.compile(r"\b(RunContext|Agent|Team)\b")

UNTYPED = inspect.Parameter.empty
_WITH_METADATA: Any = Annotated


class Parameter(NamedTuple):
    """One parameter. `supply` names what the run gives for it; `fallback` makes a default that Python does not see."""

    name: str
    kind: Any
    required: bool
    supply: Supply | None = None
    fallback: Callable[[], Any] | None = None


class Signature(NamedTuple):
    """The parameters in order, the type of further keywords (UNTYPED: any; None: there are none), and the docstring."""

    parameters: tuple[Parameter, ...]
    keywords: Any
    doc: str


class Source(NamedTuple):
    """The function behind a callable, and whether its first parameter is already bound."""

    function: Any
    bound: bool


def source_of(fn: Any) -> Source:  # noqa: ANN401 - any callable
    """The function that says what `fn` asks for: behind methods, wrappers and callable objects."""
    bound = False
    while True:
        own: Mapping[str, Any] = getattr(fn, "__dict__", {})
        if isinstance(fn, MethodType):
            fn, bound = fn.__func__, True
        elif "__wrapped__" in own and "__signature__" not in own:
            fn = own["__wrapped__"]
        elif isinstance(fn, FunctionType | partial | types.BuiltinFunctionType) or is_class(fn):
            return Source(fn, bound)
        else:
            return Source(type(fn).__call__, bound=True)


def name_of(fn: Any) -> str:  # noqa: ANN401 - any callable
    """The name a callable goes by: a partial that of its function, an object that of its class."""
    while isinstance(fn, partial):
        fn = fn.func
    return getattr(fn, "__name__", type(fn).__name__)


def read(source: Source) -> Signature:
    """Read a function's parameters. Raises ConfigurationError for one that can't be offered to a model."""
    function, owner = source.function, source.function
    while isinstance(owner, partial):
        owner = owner.func
    owner = source_of(owner).function
    name = name_of(function)
    try:
        found = list(inspect.signature(function).parameters.values())
    except ValueError as unknown:
        raise ConfigurationError(f"the parameters of {name!r} can't be read: wrap it in a def") from unknown
    fixed: dict[str, Any] = function.keywords if isinstance(function, partial) else {}
    if found and (source.bound or found[0].name == "self"):
        found = found[1:]
    found = [p for p in found if p.name not in fixed and p.kind is not inspect.Parameter.VAR_POSITIONAL]
    _refuse_positional(name, found)
    hints = _resolved(name, owner, {p.name: p.annotation for p in found if p.annotation is not UNTYPED})
    named = tuple(_parameter(p, hints) for p in found if p.kind is not inspect.Parameter.VAR_KEYWORD)
    further = [hints.get(p.name, UNTYPED) for p in found if p.kind is inspect.Parameter.VAR_KEYWORD]
    return Signature(named, further[0] if further else None, inspect.cleandoc(owner.__doc__ or ""))


def _refuse_positional(name: str, found: list[inspect.Parameter]) -> None:
    for parameter in found:
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            raise ConfigurationError(
                f"parameter {parameter.name!r} of {name!r} is positional-only and models name their arguments: "
                "remove the '/' or wrap the function in a def"
            )


def _parameter(found: inspect.Parameter, hints: Mapping[str, Any]) -> Parameter:
    kind, default = hints.get(found.name, UNTYPED), found.default
    supply = RESERVED.get(found.name) or _supply(kind)
    if isinstance(kind, _Unresolved):
        kind = Any
    if hasattr(default, "is_required") and hasattr(default, "get_default"):  # pydantic's Field(...) as a default
        return _field_parameter(found.name, kind, default)
    return Parameter(found.name, kind, required=default is UNTYPED and supply is None, supply=supply)


def _field_parameter(name: str, kind: Any, default: Any) -> Parameter:  # noqa: ANN401 - any type form
    required = bool(default.is_required())
    make = None if required else partial(default.get_default, call_default_factory=True)
    return Parameter(name, _with_field(kind, default), required, fallback=make)


def _with_field(kind: Any, field: Any) -> Any:  # noqa: ANN401 - any type form
    return _WITH_METADATA[Any if kind is UNTYPED else kind, field]


def _supply(kind: Any) -> Supply | None:  # noqa: ANN401 - any type form
    """What the run supplies for a parameter of this type; Optional and other unions count."""
    if isinstance(kind, _Unresolved):
        return _SPELLED[kind.name]
    if derives(kind, (RunContext,)):
        return "run_context"
    if is_class(kind):
        ours = (base.__name__ for base in kind.__mro__ if base.__module__.startswith("agnolo."))
        return next((_SPELLED[name] for name in ours if name in ("Agent", "Team")), None)
    parts = get_args(kind) if get_origin(kind) in (Union, types.UnionType, Annotated) else ()
    return next((found for part in parts if (found := _supply(part)) is not None), None)


# ---- annotations


class _Unresolved(NamedTuple):
    """An annotation with one of our classes that can't be resolved: imported for type checkers only."""

    name: str


def _resolved(name: str, owner: Any, annotations: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a callable
    try:
        return _hints(owner, annotations)
    except (NameError, SyntaxError, TypeError, AttributeError):
        return {parameter: _resolved_one(name, owner, parameter, text) for parameter, text in annotations.items()}


def _resolved_one(name: str, owner: Any, parameter: str, annotation: Any) -> Any:  # noqa: ANN401 - any type form
    try:
        return _hints(owner, {parameter: annotation})[parameter]
    except (NameError, SyntaxError, TypeError, AttributeError) as unknown:
        if supplied := _SUPPLIED_NAMES.search(str(annotation)):
            return _Unresolved(supplied[1])
        raise ConfigurationError(
            f"the annotation {annotation!r} of parameter {parameter!r} of {name!r} can't be resolved ({unknown}): "
            "import the name at run time, at the top of the module"
        ) from unknown


def _hints(owner: Any, annotations: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a callable
    """The annotations as types, seen from the function: its globals and the variables it closes over."""
    names: Mapping[str, Any] = inspect.getclosurevars(owner).nonlocals if isinstance(owner, FunctionType) else {}
    scope: dict[str, Any] = getattr(owner, "__globals__", {})
    return get_type_hints(SimpleNamespace(__annotations__=annotations), scope, dict(names), include_extras=True)
