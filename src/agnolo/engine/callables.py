"""Users' callables that stand for a value: instructions, system messages, dependencies. Given what they ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from agnolo.engine.effects import Effect, once, perform, single
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime


async def value_of(fn: Callable[..., Any], run: Run, at: Runtime) -> Any:  # noqa: ANN401 - whatever the user returns
    """Call with those of agent, run_context, session_state, dependencies, run_input that its signature names."""
    offered: dict[str, Any] = {
        "agent": run.plan.owner,
        "run_context": run.context,
        "session_state": run.context.session_state,
        "dependencies": run.context.dependencies,
        "run_input": run.plan.input,
    }
    try:
        wanted = inspect.signature(fn).parameters
    except ValueError:
        wanted = {}
    given = {name: value for name, value in offered.items() if name in wanted}
    effect: Effect[Any] = Effect(kind="callable", start=lambda: once(lambda: at.call(run.token, fn, **given)))
    return await single(perform(effect, run, at))
