"""An agent in the configuration file: the short forms, and every option of Agent that YAML can say."""

from __future__ import annotations

import enum
import os
import re
import types
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from agnolo.agent.agent import Agent
from agnolo.agent.saved_models import is_secret
from agnolo.ports.model import Model
from agnolo.ports.options import FallbackConfig, Limits, names_of
from agnolo.providers import catalog
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_array, is_object

Count = Annotated[int, msgspec.Meta(ge=0)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""What stands for the value of an environment variable; a second dollar sign before it makes it plain text."""

_union: Any = Union
SHORT = frozenset({"id", "name", "model", "description", "instructions", "tools"})
ELSEWHERE = SHORT | {"cache_callables", "db", "telemetry"}
"""Options that the file says in a form of its own, or not for each agent."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping of the file whose keys are all known."""


class FallbackSection(Section, frozen=True, kw_only=True):
    """The models of a FallbackConfig."""

    on_error: list[str] = []
    on_rate_limit: list[str] = []
    on_context_overflow: list[str] = []


def sayable(kind: Any) -> Any:  # noqa: ANN401 - an annotation
    """The part of an option's type that YAML can say; None if there is none."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return dict[str, Any]
    if kind is FallbackConfig:
        return FallbackSection
    if kind in (str, int, float, bool, Limits, types.NoneType) or origin is Literal:
        return kind
    if origin in (dict, Mapping):
        return dict[str, Any]
    if origin in (list, Sequence):
        return None if (item := sayable(inner[0])) is None else list[item]
    if origin in (Union, types.UnionType):
        said = [part for one in inner if (part := sayable(one)) is not None]
        return _union[tuple(said)] if set(said) - {types.NoneType} else None
    return kind if isinstance(kind, type) and issubclass(kind, enum.Enum) else None


def _options() -> dict[str, Any]:
    hints = get_type_hints(Agent)
    said = {name: sayable(hints[name]) for name in sorted(names_of(Agent) - ELSEWHERE)}
    return {name: kind for name, kind in said.items() if kind is not None}


if TYPE_CHECKING:
    AgentOptions = Section
else:
    AgentOptions = msgspec.defstruct(
        "AgentOptions",
        [(name, kind | msgspec.UnsetType, msgspec.UNSET) for name, kind in _options().items()],
        bases=(Section,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )

OPTIONS = AgentOptions.__struct_fields__
"""The options of Agent that stand beside the short forms, under their own names."""
LIMITS = ("limits", "session_limits", "user_limits")


class AgentConfig(Section, frozen=True, kw_only=True):
    """One agent. `model` is `auto`, `local`, `provider:model`, or provider, id and options of the model's class.

    `tools` are names of `agnolo.cli.sample.TOOLS`. `memory` and `history_runs` are short for options, which win over
    them. In all texts `${VARIABLE}` stands for the environment's value, as it must where a secret is wanted.
    """

    id: Name
    name: Name | None = None
    model: Name | dict[str, Any] = "auto"
    description: str | None = None
    instructions: str | list[str] | None = None
    tools: list[str] = []
    memory: bool = False
    history_runs: Count = 3
    options: AgentOptions = AgentOptions()

    def chosen(self) -> dict[str, Any]:
        """The options of Agent that this says, but for id, tools and db, with the environment's values."""
        said = {name: value for name in OPTIONS if (value := getattr(self.options, name)) is not msgspec.UNSET}
        short: dict[str, Any] = {
            "name": self.name or self.id,
            "description": self.description,
            "instructions": self.instructions,
            "add_history_to_context": self.history_runs > 0,
            "num_history_runs": None if "num_history_messages" in said else self.history_runs or None,
            "update_memory_on_run": self.memory,
            "add_memories_to_context": self.memory,
        }
        if isinstance(fallbacks := said.get("fallback_config"), FallbackSection):
            said["fallback_config"] = FallbackConfig(**msgspec.structs.asdict(fallbacks))
        return {**expanded({**short, **said}, self.id), "model": self._model()}

    def _model(self) -> Model | None:
        wanted: Any = expanded(self.model, self.id)
        if not is_object(wanted):
            return None if wanted == "auto" else catalog.resolve(wanted)
        if missing := [name for name in ("provider", "id") if not isinstance(wanted.get(name), str)]:
            raise ConfigurationError(f"agent {self.id!r}: the model has no {missing[0]}: give its provider and id")
        kind: Any = type(catalog.resolve(f"{wanted['provider']}:{wanted['id']}"))
        try:
            return kind(**{name: value for name, value in wanted.items() if name != "provider"})
        except TypeError as error:
            raise ConfigurationError(f"agent {self.id!r}: {error}") from error


def known_keys() -> list[str]:
    """The keys of an agent's mapping."""
    return [name for name in (*AgentConfig.__struct_fields__, *OPTIONS) if name != "options"]


def folded(agent: Any) -> Any:  # noqa: ANN401 - what the file holds
    """An agent's mapping with the options of Agent in a mapping of their own."""
    if not is_object(agent):
        return agent
    options = {name: value for name, value in agent.items() if name in OPTIONS}
    return {**{name: value for name, value in agent.items() if name not in options}, "options": options}


def unfolded(agent: Mapping[str, Any]) -> dict[str, Any]:
    """The same back, as the file says it."""
    return {**{name: value for name, value in agent.items() if name != "options"}, **agent["options"]}


def expanded(value: Any, agent_id: str) -> Any:  # noqa: ANN401 - a value of the file
    """The value with what the environment holds. Raises ConfigurationError for a variable that is not set."""
    if is_object(value):
        return {name: expanded(inner, agent_id) for name, inner in value.items()}
    if is_array(value):
        return [expanded(inner, agent_id) for inner in value]
    if not isinstance(value, str):
        return value

    def found(match: re.Match[str]) -> str:
        if (known := os.environ.get(match[1])) is None:
            raise ConfigurationError(f"agent {agent_id!r} uses ${{{match[1]}}}, which is not set: set {match[1]}")
        return known

    return VARIABLE.sub(found, value).replace("$${", "${")


def is_written_secret(name: str, text: str) -> bool:
    """Whether a secret stands in the file itself."""
    return is_secret(name, text) and VARIABLE.search(text) is None
