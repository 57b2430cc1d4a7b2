"""Taking up a run that was interrupted, cancelled or failed: from its journal, without doing a finished step again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agnolo.agent import compose, forks, on_record, records, standing
from agnolo.agent.recovery import INDEX_GAP
from agnolo.engine import answered, cancel, context, hooks, pause, tool_calls
from agnolo.engine.state import Run
from agnolo.engine.structured import REPAIR
from agnolo.ports.journal import RunRecord
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.vocabulary.errors import (
    ConfigurationError,
    RunNotContinuableError,
    RunNotFoundError,
    StaleAttemptError,
)
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import Scope

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent
    from agnolo.agent.continuation import Continuation


async def reopen(agent: Agent, call: Continuation, at: Runtime) -> Run:
    """The run that the call names, ready to go on where its journal ends; or a fork of it.

    Raises RunNotFoundError, or RunNotContinuableError for a run that is live here, waits for what is not decided, or
    has been taken up by someone else meanwhile.
    """
    run_id = call.run_id
    assert run_id is not None
    scope = Scope(user_id=call.user_id if call.user_id is not None else agent.user_id)
    record = await _found(agent, call, scope, at)
    _check(record, run_id, call.session_id, stored=agent.db is not None)
    assert record is not None
    call.session_id = record.run.session_id
    call.user_id = call.user_id or record.run.user_id
    place = call.place(record.run.status, records.messages(record))
    if place.forks:
        return await forks.fork(agent, call, record, at, kept=place.kept)
    return await _taken_up(agent, call, record, at)


async def _found(agent: Agent, call: Continuation, scope: Scope, at: Runtime) -> RunRecord | None:
    """The stored run; without a store, what the caller holds of it."""
    assert call.run_id is not None
    if agent.db is not None:
        return await at.wait(agent.db.get_run(scope, call.run_id))
    if call.run_response is None:
        raise ConfigurationError("continue_run needs an agent with db=... to find a run, or the run's output itself")
    return records.record_of(call.run_response)


async def _taken_up(agent: Agent, call: Continuation, record: RunRecord, at: Runtime) -> Run:
    run_id, store = record.run.run_id, agent.db
    plan = compose.plan(agent, call, at, run_id=run_id, input=standing.given_input(record))
    crashed = record.run.status in (RunStatus.pending, RunStatus.running)
    run = Run(plan, at, cancel.Token(run_id))
    run.attempt, run.continued, run.accepted = record.run.attempt, True, True
    run.created_at, run.index = record.run.created_at, record.run.run_index
    await _restore(run, at, record, store, crashed=crashed)
    _decide(run, call, record.run.status, await on_record.decisions(run, call, at))
    _say(run, call, at)
    if store is not None:
        run.attempt = await _begun(store, plan.scope, record, at)
    elif call.run_response is not None:
        call.run_response.status = RunStatus.running
    run.token = cancel.register(run_id)
    return run


async def _begun(store: Store, scope: Scope, record: RunRecord, at: Runtime) -> int:
    """The number of the attempt that this process may make: of several at once, one goes on."""
    run_id = record.run.run_id
    try:
        begun = await at.wait(store.begin(scope, run_id, attempt=record.run.attempt))
    except StaleAttemptError as late:
        raise RunNotContinuableError(f"run {run_id!r} has just been continued by someone else: read it again") from late
    return begun.run.attempt


def _decide(run: Run, call: Continuation, status: RunStatus, given: Sequence[RunRequirement]) -> None:
    if given and status is not RunStatus.paused and run.plan.store is not None and call.run_response is None:
        raise RunNotContinuableError(
            f"run {run.plan.origin.run_id!r} is {status.value} and waits for no decision: continue it without "
            "requirements; what was decided before is in its journal"
        )
    pause.decide(run, given)


def _say(run: Run, call: Continuation, at: Runtime) -> None:
    """Add the further message. Calls that were under way get a result first, so that the conversation stays valid."""
    if not call.said:
        return
    if run.requirements and run.pending:
        raise ConfigurationError("a run that waits for a decision takes no input: decide first")
    run.unsaved += tool_calls.close_batch(run, at)
    run.unsaved.append(run.add_message(standing.further(call.said, at), f"input:{run.next_seq}"))


def _check(record: RunRecord | None, run_id: str, session_id: str | None, *, stored: bool) -> None:
    if record is None or (session_id is not None and record.run.session_id != session_id):
        where = f" in session {session_id!r}" if session_id else ""
        raise RunNotFoundError(f"No runs found for run ID {run_id}{where}")
    if cancel.is_live(run_id):
        raise RunNotContinuableError(f"run {run_id!r} is still running: wait for its end, or cancel it first")
    if not stored and record.run.status is RunStatus.running:
        raise RunNotContinuableError(f"run {run_id!r} has been continued already: use the output of that")


async def _restore(run: Run, at: Runtime, record: RunRecord, store: Store | None, *, crashed: bool) -> None:
    if store is None:
        run.open_state(record.run.run_data.get("session_state") or {})
    else:
        session = await at.wait(store.get_session(run.plan.scope, record.run.session_id))
        run.open_session(session.session_data if session else {})
        frames = await at.wait(store.read_frames(run.plan.scope, run.plan.origin.run_id, -1))
        run.log.next_index = (frames[-1].last + 1 if frames else 0) + (INDEX_GAP if crashed else 0)
    steps = sorted(record.steps, key=lambda step: step.seq)
    run.next_seq = steps[-1].seq + 1 if steps else 0
    run.repairs = sum(step.key.endswith(f"/{REPAIR}") for step in steps)
    kept = standing.steps_of(steps)
    hooks.recall(run, steps)
    own = [step.message for step in kept if step.message is not None]
    if own:
        await context.reassemble(run, at, own)
        answered.recollect(run, kept)
        standing.recount(run, kept, record)
        pause.recollect(run, steps)
        if run.meter is not None:
            run.meter.restore([run.counts_of, *run.counts_beside.values()], run.asked)
