"""An agent as a dict that can be stored, and back. What can't be stored is named; secrets and objects never are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from agnolo.agent import saved_models
from agnolo.agent.registry import Registry
from agnolo.ports.function import Function
from agnolo.ports.model import Model
from agnolo.ports.options import FallbackConfig, Limits, names_of
from agnolo.ports.store import Store
from agnolo.ports.toolkit import Toolkit, factory_of, listed
from agnolo.storage.sqlite import SqliteDb
from agnolo.storage.table_names import TableNames
from agnolo.vocabulary.components import ComponentRehydrationError
from agnolo.vocabulary.guards import is_array, is_class, is_object

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

log = logging.getLogger("agnolo")

LIMITS = ("limits", "session_limits", "user_limits")
CAUSES = ("on_error", "on_rate_limit", "on_context_overflow")
SCHEMAS = ("input_schema", "output_schema")
DEFAULT_RUNS = 3
"""Of history, when neither runs nor messages are said: the reference stores it."""
SILENT = frozenset({"add_search_knowledge_instructions", "team_id", "workflow_id"})
"""What the reference writes into every dict and what says nothing of the agent."""


class Saved(NamedTuple):
    """An agent as a dict, and the options, or parts of them, that could not be put in."""

    config: dict[str, Any]
    left_out: list[str]


def saved(agent: Agent) -> Saved:
    """The options that were given and are not the default."""
    kind, lost = type(agent), list[str]()
    given = {name: value for name, value in vars(agent).items() if name in names_of(kind)}
    changed = {name: value for name, value in given.items() if value is not None and value != getattr(kind, name)}
    config = {name: kept for name, value in changed.items() if (kept := _option(name, value, lost)) is not None}
    if agent.num_history_runs is None and agent.num_history_messages is None:
        config["num_history_runs"] = DEFAULT_RUNS
    if given.get("telemetry") is False:
        config["telemetry"] = False
    return Saved(config, lost)


def restored(kind: type[Agent], data: Mapping[str, Any], registry: Registry | None, *, strict: bool) -> Agent:
    """The agent of a dict. Raises ComponentRehydrationError for a model that can't be made, and if `strict` for all
    that is not in the registry; else what is missing is left out with a warning, and tools fail when they are called.
    """
    known, at_hand = names_of(kind), registry or Registry()
    label = f"agent {data.get('id') or data.get('name')!r}"
    options: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            if value and name not in SILENT:
                log.warning("%s: the saved option %r is not one of Agnolo's and is left out", label, name)
            continue
        try:
            options[name] = _value(name, value, at_hand, strict=strict)
        except _MissingError as missing:
            if strict:
                raise ComponentRehydrationError(
                    f"{label} refers to {missing}, which is not in the registry: give Registry({missing.place}=[...])"
                    " that has it, or load with strict=False to have the agent without it"
                ) from None
            log.warning("%s: %s is not in the registry and is left out", label, missing)
    return kind(**options)


# ---- to a dict


def _option(name: str, value: Any, lost: list[str]) -> Any:  # noqa: ANN401 - any option
    if name == "tools":
        return _tools(value, lost)
    if name == "db":
        return value.to_dict()
    if name in SCHEMAS and is_class(value):
        return value.__name__
    if isinstance(value, Limits):
        return {key: kept for key, kept in msgspec.to_builtins(value).items() if kept is not None}
    if isinstance(value, FallbackConfig):
        if value.callback is not None:
            lost.append(f"{name}.callback")
        return {cause: _plain(cause, list(getattr(value, cause)), lost) for cause in CAUSES if getattr(value, cause)}
    return _plain(name, value, lost)


def _plain(place: str, value: Any, lost: list[str]) -> Any:  # noqa: ANN401 - any option
    """The value as JSON; None for what is left out, and its place in `lost`."""
    if value is None or (isinstance(value, str | int | float) and not saved_models.is_secret(place, value)):
        return value
    if isinstance(value, Model):
        return saved_models.to_dict(value)
    if is_object(value):
        found = {str(key): _plain(f"{place}.{key}", inner, lost) for key, inner in value.items()}
        return {key: kept for key, kept in found.items() if kept is not None or value.get(key) is None}
    if is_array(value):
        found = [_plain(f"{place}[{i}]", inner, lost) for i, inner in enumerate(value)]
        return [kept for kept, inner in zip(found, value, strict=True) if kept is not None or inner is None]
    lost.append(place)
    return None


def _tools(tools: Any, lost: list[str]) -> list[dict[str, Any]] | None:  # noqa: ANN401 - a list or a factory
    if factory_of(tools) is not None:
        lost.append("tools")
        return None
    found: dict[str, dict[str, Any]] = {}
    builtins: list[dict[str, Any]] = []
    for tool in listed(tools):
        if is_object(tool):
            builtins.append(_plain("tools", tool, lost))
            continue
        for name, told in _told(tool):
            found.setdefault(name, told)
    return [*found.values(), *builtins]


def _told(tool: Any) -> list[tuple[str, dict[str, Any]]]:  # noqa: ANN401 - whatever is a tool
    if isinstance(tool, Toolkit):
        unasked = {"requires_confirmation": False, "external_execution": False}
        own = {**unasked, "toolkit": tool.name}
        return [(function.name, {**own, **function.to_dict()}) for function in tool.get_functions().values()]
    function = tool if isinstance(tool, Function) else Function.from_callable(tool)
    own = {"toolkit": function.owning_toolkit} if function.owning_toolkit else {}
    return [(function.name, {**function.to_dict(), **own})]


# ---- from a dict


class _MissingError(Exception):
    """Something that the registry should have. `place` is the registry's option for it."""

    def __init__(self, what: str, place: str) -> None:
        super().__init__(what)
        self.place = place


def _value(name: str, value: Any, registry: Registry, *, strict: bool) -> Any:  # noqa: ANN401 - any option
    read = _READERS.get(name)
    if read is not None and value is not None:
        return read(value, registry)
    if name == "tools" and value:
        return registry.rehydrate_functions(value, strict=strict)
    if is_object(value) and name.endswith("model"):
        return saved_models.from_dict(value, registry)
    return value


def _model(value: Any, registry: Registry) -> Any:  # noqa: ANN401 - a dict or text
    return saved_models.from_dict(value, registry)


def _models(value: Sequence[Any], registry: Registry) -> list[Model]:
    return [saved_models.from_dict(one, registry) for one in value]


def _fallbacks(value: Mapping[str, Any], registry: Registry) -> FallbackConfig:
    on_error, on_rate_limit, on_context_overflow = (_models(value.get(name, ()), registry) for name in CAUSES)
    return FallbackConfig(on_error=on_error, on_rate_limit=on_rate_limit, on_context_overflow=on_context_overflow)


def _limits(value: Any, _: Registry) -> Limits:  # noqa: ANN401 - a dict
    return msgspec.convert(value, Limits)


def _schema(value: Any, registry: Registry) -> Any:  # noqa: ANN401 - a name or a JSON schema
    if not isinstance(value, str):
        return value
    found = registry.get_schema(value)
    if found is None:
        raise _MissingError(f"schema {value!r}", "schemas")
    return found


def _db(value: Any, registry: Registry) -> Store:  # noqa: ANN401 - a dict
    db_id = value.get("id")
    known = registry.get_db(db_id) if db_id else None
    if known is not None:
        return known
    if value.get("type") != "sqlite":
        raise _MissingError(f"database {db_id!r}", "dbs")
    place = {
        name: value[name]
        for name in ("db_file", "namespace", *TableNames.__annotations__)
        if value.get(name) is not None
    }
    return SqliteDb(id=db_id, **place)


_READERS: dict[str, Callable[[Any, Registry], Any]] = {
    "model": _model,
    "fallback_models": _models,
    "fallback_config": _fallbacks,
    "db": _db,
    **dict.fromkeys(LIMITS, _limits),
    **dict.fromkeys(SCHEMAS, _schema),
}
