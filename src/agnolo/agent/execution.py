"""Carrying out a call: the one body behind run, arun, streaming, and continue_run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from agnolo.agent import answer_files, background, narration
from agnolo.engine import memory, summary
from agnolo.engine.run import Ending, run_events
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.runtime.loop import LoopRuntime
from agnolo.vocabulary.events import (
    RunCancelledEvent,
    RunContentEvent,
    RunErrorEvent,
    RunEventBase,
    RunPausedEvent,
)
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.sessions import UNNAMED

if TYPE_CHECKING:
    from agnolo.agent.call import Call

Opening = Callable[[Runtime], Coroutine[Any, Any, Run]]
ALWAYS_SHOWN = (RunContentEvent, RunErrorEvent, RunCancelledEvent, RunPausedEvent)


async def events(
    opening: Opening, runtime: Callable[[], Runtime], call: Call
) -> AsyncGenerator[RunEventBase | RunOutput, None]:
    """The events of a run: all with stream_events, else content and bad ends. If asked, its output unless it failed."""
    at = runtime()
    run = await opening(at)
    await _caught_up(run, at)
    ending = Ending()
    show_all = run.plan.visible
    async with aclosing(narration.of(run, run_events(run, at, ending))) as told:
        async for event in told:
            if show_all or isinstance(event, ALWAYS_SHOWN):
                yield event
    await _afterwards(run, ending, at)
    if call.yield_run_output and ending.output is not None and ending.output.status is not RunStatus.error:
        yield ending.output


async def outcome(opening: Opening, runtime: Callable[[], Runtime]) -> RunOutput:
    """The output of a run."""
    at = runtime()
    run = await opening(at)
    await _caught_up(run, at)
    ending = Ending()
    async for _ in narration.of(run, run_events(run, at, ending)):
        pass
    await _afterwards(run, ending, at)
    assert ending.output is not None
    return ending.output


def _key(run: Run) -> tuple[int, str]:
    return memory_key(memory.store_of(run.plan.memory, run.plan.store), run.plan.scope.user_id)


def memory_key(store: object, user_id: str | None) -> tuple[int, str]:
    """What pending memory work is filed under: the store and the user."""
    return id(store), user_id or UNNAMED


def session_key(store: object, session_id: str) -> tuple[int, str, str]:
    """What a pending summary is filed under: the store and the session."""
    return id(store), "session", session_id


async def _caught_up(run: Run, at: Runtime) -> None:
    """Wait for what earlier runs left to be done for this user and in this session."""
    await background.join(_key(run), at)
    await background.join(session_key(run.plan.store, run.plan.origin.session_id), at)


async def _later(call: Callable[[Runtime], Awaitable[None]]) -> None:
    await call(LoopRuntime())


async def _afterwards(run: Run, ending: Ending, at: Runtime) -> None:
    """Start what need not keep the caller waiting: hooks in the background, what is made of a completed run."""
    if ending.output is not None:
        await answer_files.keep(run, ending.output, at)
    plan, run_id = run.plan, run.plan.origin.run_id
    for name, call in run.later:
        background.start((run_id, name), partial(_later, call), what=f"the background hook {name}")
    if ending.output is None or ending.output.status is not RunStatus.completed:
        return
    if plan.memory_model is not None and not plan.memory.wait_for_memory:
        extract = partial(memory.extract, run, plan.memory_model)
        background.start(_key(run), partial(_later, extract), what=f"memory extraction after run {run_id}")
    # Without a store nobody could read it.
    if plan.summary_model is not None and not plan.summaries.wait_for_summary and plan.store is not None:
        keep = partial(summary.keep, run, plan.summary_model)
        key = session_key(plan.store, plan.origin.session_id)
        background.start(key, partial(_later, keep), what=f"the summary after run {run_id}")
