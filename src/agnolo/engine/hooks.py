"""Pre- and post-hooks: the user's own steps before the model is asked, and after it has answered.

What a finished pre-hook left is journaled, so that a run that goes on after a crash does not run it again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import msgspec

from agnolo.engine import context, guards, persist
from agnolo.engine.effects import commit
from agnolo.engine.state import Run
from agnolo.ports.guardrail import BaseGuardrail
from agnolo.ports.hook import accepted, should_run_in_background
from agnolo.ports.journal import Step
from agnolo.ports.options import Hook
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.checks import CheckError
from agnolo.vocabulary.errors import LimitExceededError, RunCancelledException
from agnolo.vocabulary.events import (
    PostHookCompletedEvent,
    PostHookStartedEvent,
    PreHookCompletedEvent,
    PreHookStartedEvent,
    RunEventBase,
)
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.runs import RunStatus

log = logging.getLogger("agnolo")

KEY = "pre_hook:"
"""First part of the key of a pre-hook's step; its place in the list follows."""

_COPIED = frozenset({"run_input", "run_context", "run_output", "metadata"})


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What a pre-hook left behind: the run's input, and what it changed in the session's state."""

    input: RunInput
    state_set: dict[str, Any] = {}
    state_removed: Sequence[str] = ()


async def before(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Run the pre-hooks that have not left a result yet. Raises CheckError of one that refuses the input."""
    chosen = run.plan.hooks
    assert chosen is not None
    if run.context.dependencies is None:
        run.context.dependencies = await context.dependencies(run, at)
    for place, hook in enumerate(chosen.pre_hooks or ()):
        if place in run.hooks_done:
            continue
        asked = run.plan.input
        offered = await _offered(hook, run, at, run_input=asked)
        name, call = _named(hook, at)
        if should_run_in_background(call):
            run.hooks_done.add(place)
            run.later.append((name, _copied(call, offered, run, at)))
            continue
        yield run.say(PreHookStartedEvent, at, pre_hook_name=name, run_input=deepcopy(asked))
        if await _done(name, partial(guards.called, call, offered, run, at), run, at):
            await _note(run, at, place)
            yield run.say(PreHookCompletedEvent, at, pre_hook_name=name, run_input=deepcopy(asked))


async def after(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Run the post-hooks on the run's output, which stays as they leave it. Raises CheckError of one that refuses."""
    chosen = run.plan.hooks
    assert chosen is not None
    for hook in chosen.post_hooks or ():
        output = run.output = run.output or persist.to_output(run, at, RunStatus.completed)
        output.status = RunStatus.running
        offered = await _offered(hook, run, at, run_output=output)
        name, call = _named(hook, at)
        if should_run_in_background(call):
            run.later.append((name, _copied(call, offered, run, at)))
            continue
        yield run.say(PostHookStartedEvent, at, post_hook_name=name)
        if isinstance(hook, BaseGuardrail):
            work = partial(guards.check_output, output, hook, run, at)
        else:
            work = partial(guards.called, call, offered, run, at)
        if await _done(name, work, run, at):
            yield run.say(PostHookCompletedEvent, at, post_hook_name=name)


def recall(run: Run, steps: Sequence[Step]) -> None:
    """Take up what pre-hooks left in the journal of a run that goes on."""
    for step in steps:
        if not step.key.startswith(KEY):
            continue
        run.hooks_done.add(int(step.key.removeprefix(KEY)))
        left = msgspec.convert(step.result, Left)
        asked = run.plan.input
        for field in asked.__struct_fields__:
            setattr(asked, field, getattr(left.input, field))
        state = run.context.session_state
        state.update(left.state_set)
        for gone in left.state_removed:
            state.pop(gone, None)


async def _note(run: Run, at: Runtime, place: int) -> None:
    run.hooks_done.add(place)
    if run.plan.store is None:
        return
    change = persist.state_change(run, persist.metrics(run, at))
    left = {
        "input": run.plan.input.to_dict(),
        "state_set": change.state_set,
        "state_removed": list(change.state_removed),
    }
    await commit(run, at, Step(seq=run.take_seq(), key=f"{KEY}{place}", result=left))


def _named(hook: Hook, at: Runtime) -> tuple[str, Callable[..., Any]]:
    call = hook if not isinstance(hook, BaseGuardrail) else hook.async_check if at.concurrent else hook.check
    return getattr(call, "__name__", type(call).__name__), call


async def _offered(hook: Hook, run: Run, at: Runtime, **own: Any) -> dict[str, Any]:
    """All that a hook may ask for. The session is read for hooks that name it."""
    context, plan = run.context, run.plan
    offered = {
        **own,
        "agent": plan.owner,
        "session": None,
        "run_context": context,
        "user_id": plan.scope.user_id,
        "debug_mode": plan.debug,
        "metadata": context.metadata,
    }
    if isinstance(hook, BaseGuardrail) or plan.session is None or "session" not in accepted(hook, offered):
        return offered
    session = await plan.session(at)
    session.runs = [earlier for earlier in session.runs if earlier.run_id != plan.origin.run_id]
    return offered | {"session": session}


async def _done(name: str, work: Callable[[], Any], run: Run, at: Runtime) -> bool:
    """Whether the hook came to its end. What it raises ends the run if it is a check that failed, else is logged."""
    try:
        await work()
    except (CheckError, RunCancelledException, LimitExceededError):
        raise
    except Exception as failure:  # the hook boundary: recorded, and the run goes on
        if isinstance(failure, TimeoutError) and run.meter is not None:
            run.meter.keep_time(at)
        log.error("the hook %s failed", name, exc_info=failure)
        return False
    return True


def _copied(call: Callable[..., Any], offered: Mapping[str, Any], run: Run, at: Runtime) -> Callable[[Runtime], Any]:
    """The call for later, on copies of what the run goes on with."""
    given = accepted(call, offered)
    given |= {name: deepcopy(value) for name, value in given.items() if name in _COPIED}
    return lambda later: guards.called(call, given, run, later)
