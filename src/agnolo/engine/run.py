"""The one run loop. Every way to run an agent consumes this generator of events."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from agnolo.engine import cancel, context, memory, pause, persist, structured, tool_calls, turn
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import AgnoloError, RunCancelledException, case_of
from agnolo.vocabulary.events import (
    MemoryUpdateCompletedEvent,
    MemoryUpdateStartedEvent,
    RunCancelledEvent,
    RunCompletedEvent,
    RunContentCompletedEvent,
    RunContinuedEvent,
    RunErrorEvent,
    RunEventBase,
    RunPausedEvent,
    RunStartedEvent,
)
from agnolo.vocabulary.runs import RunOutput, RunStatus

log = logging.getLogger("agnolo")

CLOSED_EARLY = "the reader closed the stream"


class Ending:
    """Where `run_events` leaves the run's output for its driver."""

    output: RunOutput | None = None


async def run_events(run: Run, at: Runtime, ending: Ending) -> AsyncGenerator[RunEventBase, None]:
    """Accept the run, carry it to its end, and tell of it. Ends in exactly one terminal event.

    What goes wrong after acceptance is told by RunError, not raised; acceptance itself raises. Closed early, or
    cancelled from outside, the run is stored as cancelled with what it had, and the interruption goes on its way.
    """
    try:
        await _accept(run, at, ending)
        try:
            async with aclosing(_told(run, at)) as events:
                async for event in events:
                    yield event
            terminal = await (_held if run.paused else _complete)(run, at, ending)
        except (RunCancelledException, KeyboardInterrupt) as stop:
            if run.finished:
                raise
            terminal = await _cancelled(run, at, ending, str(stop) or "interrupted from the keyboard")
        except Exception as error:  # noqa: BLE001 - the run boundary: stored, told and logged
            terminal = await _failed(run, at, ending, error)
        except BaseException:
            if not run.finished:
                await _cancelled(run, at, ending, CLOSED_EARLY)
            raise
        yield terminal
    finally:
        cancel.release(run.token)


async def _accept(run: Run, at: Runtime, ending: Ending) -> None:
    """Accept a new run. If the wait is interrupted after the commit, the run is stored as cancelled."""
    if run.accepted:
        return
    try:
        await persist.accept(run, at)
    except BaseException:
        if run.accepted:
            await _cancelled(run, at, ending, CLOSED_EARLY)
        raise


async def _told(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    yield _opening(run, at)
    run.token.raise_if_requested()
    if not run.messages:
        await context.assemble(run, at)
    async with aclosing(_turns(run, at)) as events:
        async for event in events:
            yield event
    if run.paused:
        return
    if (value := structured.conclude(run, at)) is not None:
        yield value
    yield run.say(RunContentCompletedEvent, at)
    if run.plan.memory_model is not None and run.plan.memory.wait_for_memory:
        yield run.say(MemoryUpdateStartedEvent, at)
        known = await memory.awaited(run, run.plan.memory_model, at)
        yield run.say(MemoryUpdateCompletedEvent, at, memories=[m.to_dict() for m in known])


async def _turns(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Ask the model and make the calls of its answer, until it needs no more or a call waits for a person."""
    while run.pending or not run.stopped:
        if not run.pending:
            async with aclosing(turn.stream(run, at)) as events:
                async for event in events:
                    yield event
        if run.pending:
            async with aclosing(tool_calls.execute(run, at)) as events:
                async for event in events:
                    yield event
            if run.paused:
                return
        elif await structured.settled(run, at):
            break


def _opening(run: Run, at: Runtime) -> RunEventBase:
    if run.continued:
        return run.say(RunContinuedEvent, at, content="".join(run.text) or None)
    return run.say(RunStartedEvent, at, model=run.model.id, model_provider=run.model.provider)


async def _complete(run: Run, at: Runtime, ending: Ending) -> RunEventBase:
    event = run.draft(
        RunCompletedEvent,
        at,
        content=run.final_content(),
        content_type=run.content_type,
        reasoning_content="".join(run.reasoning) or None,
        citations=run.citations,
        **run.made.shown(),
        model_provider_data=run.provider_data,
        metadata=run.plan.metadata,
        metrics=persist.metrics(run, at),
        session_state=run.shown_state,
    )
    ending.output = await persist.finish(run, at, RunStatus.completed, event)
    return event


async def _held(run: Run, at: Runtime, ending: Ending) -> RunEventBase:
    """Store the run as one that waits for a person."""
    content = run.content_so_far() or pause.sentence(run)
    tools, requirements = list(run.executions), list(run.requirements)
    event = run.draft(RunPausedEvent, at, content=content, tools=tools, requirements=requirements)
    ending.output = await persist.finish(run, at, RunStatus.paused, event)
    return event


async def _cancelled(run: Run, at: Runtime, ending: Ending, reason: str) -> RunEventBase:
    event = run.draft(RunCancelledEvent, at, reason=reason, content=run.content_so_far())
    ending.output = await persist.finish(run, at, RunStatus.cancelled, event)
    return event


async def _failed(run: Run, at: Runtime, ending: Ending, error: Exception) -> RunEventBase:
    """Store the failure with the partial output; a failure of the store itself is told all the same."""
    if not isinstance(error, AgnoloError):
        log.error("run %s failed", run.plan.origin.run_id, exc_info=error)
    run.error = error
    kind = error.error_type if isinstance(error, AgnoloError) else type(error).__name__
    event = run.draft(RunErrorEvent, at, content=str(error) or kind, error_type=kind, error_id=case_of(error))
    try:
        ending.output = await persist.finish(run, at, RunStatus.error, event)
    except AgnoloError as unsaved:
        log.error("run %s could not be stored as failed: %s", run.plan.origin.run_id, unsaved)
        ending.output = persist.to_output(run, at, RunStatus.error)
    return event
