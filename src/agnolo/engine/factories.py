"""Tools that a function gives for each run: called when the run begins, kept on the agent under a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.engine.callables import value_of
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.ports.toolkit import collect
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_array

KEPT = 1024
"""How many answers of a factory an agent keeps; the oldest go first."""
_PLACE = "_callable_tools"


async def equip(run: Run, at: Runtime) -> None:
    """Give the run the tools that a function gives, if one does, before those that the agent's options bring.

    Raises ConfigurationError if the function returns no list.
    """
    factory = run.plan.tools_from
    if factory is not None:
        tools = [*await _tools(run, factory, at), *run.plan.toolset.functions.values()]
        run.plan = msgspec.structs.replace(run.plan, toolset=collect(tools, prefer_async=at.concurrent))
    add_searcher(run)


def add_searcher(run: Run) -> None:
    """Once a summary stands for old history, the model may search it, if it has the tool for that."""
    searcher, toolset = run.plan.searcher, run.plan.toolset
    if run.fold is None or searcher is None or searcher.name in toolset.functions:
        return
    functions = {**toolset.functions, searcher.name: searcher}
    run.plan = msgspec.structs.replace(run.plan, toolset=msgspec.structs.replace(toolset, functions=functions))


def kept(owner: object) -> dict[str, list[Any]]:
    """What factories gave an agent, by key."""
    return vars(owner).setdefault(_PLACE, {})


def clear(owner: object) -> None:
    """Forget what factories gave."""
    vars(owner).pop(_PLACE, None)


async def _tools(run: Run, factory: Callable[..., Any], at: Runtime) -> list[Any]:
    key = await _key(run, at)
    if key is None:
        return _checked(await value_of(factory, run, at))
    known = kept(run.plan.owner)
    if key not in known:
        made = _checked(await value_of(factory, run, at))
        while len(known) >= KEPT:
            known.pop(next(iter(known)), None)
        known[key] = made
        return made
    return known[key]


async def _key(run: Run, at: Runtime) -> Any:  # noqa: ANN401 - whatever the user's function returns
    options = run.plan.tools
    if not options.cache_callables:
        return None
    if options.callable_tools_cache_key is not None:
        return await value_of(options.callable_tools_cache_key, run, at)
    context = run.context
    return context.session_id if context.user_id is None else context.user_id


def _checked(tools: object) -> list[Any]:
    if tools is None:
        return []
    if not is_array(tools):
        raise ConfigurationError(f"a factory of tools must return a list or tuple, not {type(tools).__name__}")
    return list(tools)
