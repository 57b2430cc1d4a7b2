"""Registry: what saved agents refer to by name, because it can't be stored: tools, models, databases, schemas."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from agnolo.ports.function import Function
from agnolo.ports.model import Model
from agnolo.ports.store import Store
from agnolo.ports.toolkit import Toolkit
from agnolo.vocabulary.components import ComponentRehydrationError
from agnolo.vocabulary.ids import new_id

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

log = logging.getLogger("agnolo")


class Registry:
    """What `Agent.from_dict` and `Agent.load` look things up in. Of two things of one name the first is used.

    Models are found by id, provider and name, databases and agents by id, all else by name.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        id: str | None = None,
        tools: Sequence[Any] = (),
        models: Sequence[Model] = (),
        dbs: Sequence[Store] = (),
        schemas: Sequence[type[Any]] = (),
        functions: Sequence[Callable[..., Any]] = (),
        agents: Sequence[Agent] = (),
    ) -> None:  # fmt: skip
        self.name = name
        self.description = description
        self.id = id or new_id()
        self.tools = list(tools)
        self.models = list(models)
        self.dbs = list(dbs)
        self.schemas = list(schemas)
        self.functions = list(functions)
        self.agents = list(agents)

    def add_tool(self, tool: object) -> None:
        """Add a function, a Function or a Toolkit, unless it is there."""
        _add(self.tools, tool)

    def add_model(self, model: Model) -> None:
        """Add a model, unless one of its class and id is there."""
        if not any(type(one) is type(model) and one.id == model.id for one in self.models):
            self.models.append(model)

    def add_db(self, db: Store) -> None:
        """Add a database, unless one of its id is there."""
        if self.get_db(db.id) is None:
            self.dbs.append(db)

    def add_schema(self, schema: type[Any]) -> None:
        """Add a class that describes inputs or outputs, unless one of its name is there."""
        if self.get_schema(schema.__name__) is None:
            self.schemas.append(schema)

    def add_function(self, func: Callable[..., Any]) -> None:
        """Add a function, unless one of its name is there."""
        if self.get_function(func.__name__) is None:
            self.functions.append(func)

    def get_model(self, model_id: str, provider: str | None = None, name: str | None = None) -> Model | None:
        """The model with this id, and with this provider and name if they are said."""
        wanted = {"id": model_id, "provider": provider, "name": name}
        fits = (one for one in self.models if all(v is None or getattr(one, n) == v for n, v in wanted.items()))
        return next(fits, None)

    def get_db(self, db_id: str) -> Store | None:
        """The database with this id."""
        return next((db for db in self.dbs if db.id == db_id), None)

    def get_schema(self, name: str) -> type[Any] | None:
        """The class of this name."""
        return next((schema for schema in self.schemas if schema.__name__ == name), None)

    def get_function(self, name: str) -> Callable[..., Any] | None:
        """The function of this name."""
        return next((func for func in self.functions if func.__name__ == name), None)

    def get_agent(self, agent_id: str) -> Agent | None:
        """The agent with this id."""
        return next((agent for agent in self.agents if agent.agent_id == agent_id), None)

    def get_agent_ids(self) -> set[str]:
        """The ids of all agents."""
        return {agent.agent_id for agent in self.agents}

    def rehydrate_function(self, func_dict: Mapping[str, Any]) -> Function:
        """A saved tool, with what the tool of that name here does. One that is not here fails when it is called."""
        return self._rehydrated(func_dict, strict=False) or _absent(func_dict)

    def rehydrate_functions(self, func_dicts: Iterable[dict[str, Any]], strict: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - the reference's signature
        """Saved tools; what is no function of ours is for the provider and stays as it is.

        With `strict`, raises ComponentRehydrationError naming the tools that are not here, and a toolkit's tool is
        found only in a toolkit of that name.
        """
        tools = [self._rehydrated(one, strict=strict) if is_function(one) else one for one in func_dicts]
        missing = [one for one, tool in zip(func_dicts, tools, strict=True) if tool is None]
        if missing and strict:
            raise ComponentRehydrationError(
                f"tools not in the registry: {', '.join(map(_called, missing))}: give Registry(tools=[...]) that has"
                " them, or load with strict=False to have the agent without them"
            )
        if missing:
            log.warning("tools not in the registry, calls of which will fail: %s", ", ".join(map(_called, missing)))
        return [_absent(one) if tool is None else tool for one, tool in zip(func_dicts, tools, strict=True)]

    def _rehydrated(self, saved: Mapping[str, Any], *, strict: bool) -> Function | None:
        known = list(self._known())
        toolkit, name = saved.get("toolkit"), saved["name"]
        found = next((one for one in known if one.toolkit == toolkit and one.function.name == name), None)
        if found is None and not (toolkit and strict):
            found = next((one for one in known if one.function.name == name), None)
            if found is not None and toolkit:
                log.warning("toolkit %r is not in the registry: the tool %r that is there is used", toolkit, name)
        if found is None:
            return Function.from_dict(saved) if saved.get("external_execution") else None
        made = found.function.worded(saved)
        made.owning_toolkit = toolkit
        return made

    def _known(self) -> Iterator[_Known]:
        for tool in self.tools:
            if isinstance(tool, Toolkit):
                yield from (_Known(tool.name, function) for function in tool.get_functions().values())
            elif isinstance(tool, Function):
                yield _Known(None, tool)
            elif callable(tool):
                yield _Known(None, Function.from_callable(tool))


class _Known(NamedTuple):
    toolkit: str | None
    function: Function


def is_function(saved: Mapping[str, Any]) -> bool:
    """Whether this is a tool of ours as it is saved, and not one that the provider runs."""
    return {"name", "parameters"} <= saved.keys() and not {"type", "input_schema"} & saved.keys()


def _add(known: list[Any], one: object) -> None:
    if not any(one is other for other in known):
        known.append(one)


def _called(saved: Mapping[str, Any]) -> str:
    toolkit = saved.get("toolkit")
    return f"{toolkit}.{saved['name']}" if toolkit else str(saved["name"])


def _absent(saved: Mapping[str, Any]) -> Function:
    """The tool as the model is told of it; its calls say why they fail."""
    name = _called(saved)

    def missing(**_: Any) -> NoReturn:
        raise ComponentRehydrationError(f"tool {name!r} was not in the registry when the agent was loaded")

    made = Function.from_dict(saved).having(entrypoint=missing, skip_entrypoint_processing=True)
    made.owning_toolkit = saved.get("toolkit")
    return made
