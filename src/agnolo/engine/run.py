"""The one run loop. Every way to run an agent consumes this generator of events."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any

from agnolo.engine import (
    approvals,
    cancel,
    compaction,
    compression,
    connections,
    context,
    followups,
    hooks,
    memory,
    pause,
    persist,
    reasoning,
    retries,
    second_models,
    structured,
    summary,
    thoughts,
    tool_calls,
    turn,
)
from agnolo.engine.state import Run, RunPlan
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.checks import CheckError
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
    SessionSummaryCompletedEvent,
    SessionSummaryStartedEvent,
)
from agnolo.vocabulary.runs import RunOutput, RunStatus

log = logging.getLogger("agnolo")

Phase = Callable[[Run, Runtime], AsyncGenerator[RunEventBase, None]]

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
            while True:
                try:
                    for phase in _phases(run, at):
                        events = phase(run, at)
                        try:
                            async for event in events:
                                yield event
                        finally:
                            await events.aclose()
                    break
                except Exception as error:  # noqa: BLE001 - the run boundary: tried again, or raised again
                    await retries.again(run, at, error)
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
        await _let_go(run, at)


async def _let_go(run: Run, at: Runtime) -> None:
    cancel.release(run.token)
    if run.connected:
        await connections.close(run, at)


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


def _phases(run: Run, at: Runtime) -> Iterator[Phase]:
    """What the run consists of. Those that are not asked for cost nothing.

    As in the reference, a run that awaits is told to have started before its pre-hooks and before old history is
    replaced, any other after that.
    """
    plan = run.plan
    before = [] if run.messages else _preludes(plan)
    yield from (_opened, *before) if at.concurrent else (*before, _opened)
    if plan.others.reasoning is not None:
        yield reasoning.before
    yield _answered
    if run.paused:
        return
    yield _concluded
    if plan.hooks is not None:
        yield hooks.after
    if plan.memory_model is not None and plan.memory.wait_for_memory:
        yield _remembered
    if plan.summary_model is not None and plan.summaries.wait_for_summary:
        yield _summed_up


def _preludes(plan: RunPlan) -> list[Phase]:
    before: list[Phase] = []
    if plan.hooks is not None:
        before.append(hooks.before)
    if plan.compaction is not None:
        before.append(_compacted)
    return before


async def _compacted(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Assemble the conversation, and replace old history if it has grown too long."""
    await context.assemble(run, at)
    async with aclosing(compaction.stream(run, at)) as events:
        async for event in events:
            yield event


async def _opened(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    yield _opening(run, at)
    run.token.raise_if_requested()


async def _answered(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Ask the model and make the calls of its answer, until it needs no more or a call waits for a person."""
    if not run.messages:
        await context.assemble(run, at)
    elif not run.connected:
        await connections.connect(run, at)
    if run.plan.compaction is not None and run.plan.compaction.on_context_overflow:
        run.on_overflow = compaction.refold
    while run.pending or not run.stopped:
        called = bool(run.pending)
        if not called and run.plan.compression is not None:
            async with aclosing(compression.stream(run, at)) as told:
                async for event in told:
                    yield event
        # Not by aclosing: every token passes here, and every level is felt.
        events = tool_calls.execute(run, at) if called else turn.stream(run, at)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
        if run.paused:
            return
        if not called and not run.pending and await structured.settled(run, at):
            return


async def _concluded(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """What is made of the answer: its value, the work of other models, and what there was to think."""
    others = run.plan.others
    if others.works_over:
        async with aclosing(second_models.worked_over(run, at)) as events:
            async for event in events:
                yield event
    elif (value := structured.conclude(run, at)) is not None:
        yield value
    if others.followups is not None:
        async with aclosing(followups.suggest(run, others.followups, at)) as events:
            async for event in events:
                yield event
    if (thought := thoughts.concluded(run, at)) is not None:
        yield thought
    run.answered = True
    yield run.say(RunContentCompletedEvent, at)


async def _remembered(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    assert run.plan.memory_model is not None
    yield run.say(MemoryUpdateStartedEvent, at)
    known = await memory.awaited(run, run.plan.memory_model, at)
    yield run.say(MemoryUpdateCompletedEvent, at, memories=[m.to_dict() for m in known])


async def _summed_up(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    assert run.plan.summary_model is not None
    yield run.say(SessionSummaryStartedEvent, at)
    known = await summary.awaited(run, run.plan.summary_model, at)
    yield run.say(SessionSummaryCompletedEvent, at, session_summary=known)


def _opening(run: Run, at: Runtime) -> RunEventBase:
    if run.continued:
        return run.say(RunContinuedEvent, at, content="".join(run.text) or None)
    return run.say(RunStartedEvent, at, model=run.model.id, model_provider=run.model.provider)


async def _complete(run: Run, at: Runtime, ending: Ending) -> RunEventBase:
    fields: dict[str, Any] = {
        "content": run.final_content(),
        "content_type": run.content_type,
        "reasoning_content": "".join(run.reasoning) or None,
        **run.thoughts.shown(),
        "citations": run.citations,
        **run.made.shown(),
        "model_provider_data": run.provider_data,
        "metadata": run.plan.metadata,
    }
    if run.output is not None:
        fields = {name: getattr(run.output, name) for name in fields}
    counted = persist.metrics(run, at)
    event = run.draft(RunCompletedEvent, at, **fields, metrics=counted, session_state=run.shown_state)
    ending.output = await persist.finish(run, at, RunStatus.completed, event, counted)
    return event


async def _held(run: Run, at: Runtime, ending: Ending) -> RunEventBase:
    """Store the run as one that waits for a person."""
    approvals.request(run, at)
    content = run.content_so_far() or pause.sentence(run)
    tools, requirements = list(run.executions), list(run.requirements)
    event = run.draft(RunPausedEvent, at, content=content, tools=tools, requirements=requirements)
    ending.output = await persist.finish(run, at, RunStatus.paused, event)
    return event


async def _cancelled(run: Run, at: Runtime, ending: Ending, reason: str) -> RunEventBase:
    event = run.draft(RunCancelledEvent, at, reason=reason, content=run.content_so_far())
    ending.output = await persist.finish(run, at, RunStatus.cancelled, event)
    return event


def _check(error: Exception) -> dict[str, Any]:
    """What RunError tells of a check that failed."""
    if not isinstance(error, CheckError):
        return {}
    return {"error_id": error.error_id, "additional_data": error.additional_data}


async def _failed(run: Run, at: Runtime, ending: Ending, error: Exception) -> RunEventBase:
    """Store the failure with the partial output; a failure of the store itself is told all the same."""
    if not isinstance(error, AgnoloError):
        log.error("run %s failed", run.plan.origin.run_id, exc_info=error)
    run.error = error
    kind = error.error_type if isinstance(error, AgnoloError) else type(error).__name__
    told: dict[str, Any] = {"error_id": case_of(error), **_check(error)}
    event = run.draft(RunErrorEvent, at, content=str(error) or kind, error_type=kind, **told)
    try:
        ending.output = await persist.finish(run, at, RunStatus.error, event)
    except AgnoloError as unsaved:
        log.error("run %s could not be stored as failed: %s", run.plan.origin.run_id, unsaved)
        ending.output = persist.to_output(run, at, RunStatus.error)
    return event
