"""Taking up a run that was interrupted, cancelled or failed: from its journal, without doing a finished step again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from agnolo.agent import compose
from agnolo.agent.recovery import INDEX_GAP
from agnolo.engine import answered, cancel, context
from agnolo.engine.persist import PARTIAL
from agnolo.engine.state import Run
from agnolo.engine.structured import REPAIR
from agnolo.ports.journal import RunRecord, Step
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.vocabulary.errors import ConfigurationError, RunNotContinuableError, RunNotFoundError
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunInput, RunStatus
from agnolo.vocabulary.sessions import Scope

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent
    from agnolo.agent.compose import Call

CONTINUABLE = frozenset({RunStatus.pending, RunStatus.running, RunStatus.cancelled, RunStatus.error})


async def reopen(agent: Agent, call: Call, at: Runtime) -> Run:
    """The run of `call.run_id`, ready to go on where its journal ends.

    Raises RunNotFoundError, or RunNotContinuableError for a run that is live here or already completed.
    """
    store, run_id = agent.db, call.run_id
    if store is None or run_id is None:
        raise ConfigurationError("continue_run needs an agent with db=... and the run_id of a stored run")
    scope = Scope(user_id=call.user_id if call.user_id is not None else agent.user_id)
    record = await at.wait(store.get_run(scope, run_id))
    _check(record, run_id, call.session_id)
    assert record is not None
    call.session_id = record.run.session_id
    given = msgspec.convert(record.run.run_data["input"], RunInput)
    plan = compose.plan(agent, call, at, run_id=run_id, input=given)
    crashed = record.run.status in (RunStatus.pending, RunStatus.running)
    record = await at.wait(store.begin(scope, run_id))
    run = Run(plan, at, cancel.register(run_id))
    run.attempt, run.continued, run.accepted = record.run.attempt, True, True
    run.created_at = record.run.created_at
    await _restore(run, at, record, store, crashed=crashed)
    return run


def _check(record: RunRecord | None, run_id: str, session_id: str | None) -> None:
    if record is None or (session_id is not None and record.run.session_id != session_id):
        where = f" in session {session_id!r}" if session_id else ""
        raise RunNotFoundError(f"No runs found for run ID {run_id}{where}")
    if cancel.is_live(run_id):
        raise RunNotContinuableError(f"run {run_id!r} is still running: wait for its end, or cancel it first")
    if record.run.status not in CONTINUABLE:
        raise RunNotContinuableError(
            f"run {run_id!r} is {record.run.status.value}: only runs that were interrupted, cancelled or failed go on"
        )


async def _restore(run: Run, at: Runtime, record: RunRecord, store: Store, *, crashed: bool) -> None:
    session = await at.wait(store.get_session(run.plan.scope, record.run.session_id))
    run.open_state((session.session_data.get("session_state") or {}) if session else {})
    frames = await at.wait(store.read_frames(run.plan.scope, run.plan.origin.run_id, -1))
    if frames:
        run.log.next_index = frames[-1].last + 1 + (INDEX_GAP if crashed else 0)
    elif crashed:
        run.log.next_index = INDEX_GAP
    steps = sorted(record.steps, key=lambda step: step.seq)
    run.next_seq = steps[-1].seq + 1 if steps else 0
    run.repairs = sum(step.key.endswith(f"/{REPAIR}") for step in steps)
    standing = _standing(steps)
    own = [step.message for step in standing if step.message is not None]
    if own:
        await context.reassemble(run, at, own)
        answered.recollect(run, standing)
        _recount(run, own)
        if run.meter is not None:
            run.meter.restore(run.counts_of, run.asked)


def _standing(steps: Sequence[Step]) -> list[Step]:
    """Messages to go on from: without what was cut off, and without a last answer that the run did not accept."""
    own = [step for step in steps if step.message is not None and not step.key.endswith(f"/{PARTIAL}")]
    while own and (last := own[-1].message) is not None and last.role == "assistant" and not last.tool_calls:
        own.pop()
    return own


def _recount(run: Run, own: Sequence[Message]) -> None:
    """Derive text, pending calls and how many there were from the messages."""
    results = {m.tool_call_id: m for m in own if m.role == "tool"}
    for message in own:
        if message.role != "assistant":
            continue
        run.turn += 1
        if run.plan.output_schema is None:
            run.text.append(message.text())
        calls = message.tool_calls or []
        run.tool_calls_made += len(calls)
        run.pending = [c for c in calls if c.id not in results]
        run.executions += [_execution(results[c.id]) for c in calls if c.id in results]
    run.asked = run.turn
    run.text_kept = len(run.text)
    run.tool_calls_made -= len(run.pending)


def _execution(message: Message) -> ToolExecution:
    return ToolExecution(
        tool_call_id=message.tool_call_id,
        tool_name=message.tool_name,
        tool_args=message.tool_args,
        tool_call_error=message.tool_call_error,
        result=message.text(),
        stop_after_tool_call=message.stop_after_tool_call,
        created_at=message.created_at,
    )
