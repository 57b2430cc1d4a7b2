"""Carrying out a call: the one body behind run, arun, streaming, and continue_run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

from agnolo.agent import background, narration
from agnolo.engine import memory
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
    from agnolo.agent.compose import Call

Opening = Callable[[Runtime], Coroutine[Any, Any, Run]]
ALWAYS_SHOWN = (RunContentEvent, RunErrorEvent, RunCancelledEvent, RunPausedEvent)


async def events(
    opening: Opening, runtime: Callable[[], Runtime], call: Call
) -> AsyncGenerator[RunEventBase | RunOutput, None]:
    """The events of a run: all with stream_events, else content and bad ends. If asked, its output unless it failed."""
    at = runtime()
    run = await opening(at)
    await background.join(_key(run), at)
    ending = Ending()
    show_all = run.plan.visible
    async with aclosing(narration.of(run, run_events(run, at, ending))) as told:
        async for event in told:
            if show_all or isinstance(event, ALWAYS_SHOWN):
                yield event
    _afterwards(run, ending)
    if call.yield_run_output and ending.output is not None and ending.output.status is not RunStatus.error:
        yield ending.output


async def outcome(opening: Opening, runtime: Callable[[], Runtime]) -> RunOutput:
    """The output of a run."""
    at = runtime()
    run = await opening(at)
    await background.join(_key(run), at)
    ending = Ending()
    async with aclosing(narration.of(run, run_events(run, at, ending))) as told:
        async for _ in told:
            pass
    _afterwards(run, ending)
    assert ending.output is not None
    return ending.output


def _key(run: Run) -> tuple[int, str]:
    return memory_key(memory.store_of(run.plan.memory, run.plan.store), run.plan.scope.user_id)


def memory_key(store: object, user_id: str | None) -> tuple[int, str]:
    """What pending memory work is filed under: the store and the user."""
    return id(store), user_id or UNNAMED


async def _later(call: Callable[[Runtime], Awaitable[None]]) -> None:
    await call(LoopRuntime())


def _afterwards(run: Run, ending: Ending) -> None:
    """Start what need not keep the caller waiting: hooks in the background, drawing memories from a completed run."""
    for name, call in run.later:
        background.start((run.plan.origin.run_id, name), partial(_later, call), what=f"the background hook {name}")
    model = run.plan.memory_model
    if model is None or run.plan.memory.wait_for_memory:
        return
    if ending.output is None or ending.output.status is not RunStatus.completed:
        return

    async def work() -> None:
        await memory.extract(run, model, LoopRuntime())

    background.start(_key(run), work, what=f"memory extraction after run {run.plan.origin.run_id}")
