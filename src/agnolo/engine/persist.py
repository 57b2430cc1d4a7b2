"""The two ends of a run in the store: acceptance, and its one terminal state."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from agnolo.engine import approvals, introduction, pause, tool_calls
from agnolo.engine.state import Run
from agnolo.ports.journal import Acceptance, Finish, RunRow, SessionChange, Step
from agnolo.ports.runtime import Pending, Runtime
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import StorageError
from agnolo.vocabulary.events import RunErrorEvent, RunEventBase
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import ModelMetrics, RunMetrics, TokenCounts, counts_of, total
from agnolo.vocabulary.runs import CancellationStage, RunOutput, RunStatus
from agnolo.vocabulary.sessions import PREVIEW, SessionRow

PREVIEW_CHARACTERS = 80

PARTIAL = "partial"
"""Last part of the key of a message that was cut off: shown with the run, never sent to a model again."""


log = logging.getLogger("agnolo")

_COLUMNS = frozenset({"messages", "run_id", "session_id", "user_id", "parent_run_id", "status", "created_at"})


async def accept(run: Run, at: Runtime) -> None:
    """Commit the run and its input. From here on it is never lost. Opens the session's state."""
    plan, now = run.plan, run.created_at
    if plan.store is None:
        run.open_state({})
        run.accepted = True
        return
    row = RunRow(
        run_id=plan.origin.run_id,
        session_id=plan.origin.session_id,
        run_type=plan.origin.kind,
        component_id=plan.origin.id,
        user_id=plan.scope.user_id,
        parent_run_id=plan.origin.parent_run_id,
        run_data=_data(to_output(run, at, RunStatus.running)),
        created_at=now,
        updated_at=now,
    )
    session = SessionRow(
        session_id=plan.origin.session_id,
        session_type=plan.origin.kind,
        component_id=plan.origin.id,
        user_id=plan.scope.user_id,
        session_data={} if plan.hooks is not None else {PREVIEW: _preview(plan.input.input_content)},
        agent_data=dict(plan.component or {}),
        metadata=plan.session_metadata,
        created_at=now,
        updated_at=now,
    )
    await introduction.introduce(run, at, session)
    pending = plan.store.accept(plan.scope, Acceptance(run=row, session=session))
    try:
        await at.wait(pending)
    finally:
        # An interrupted wait still ends with the commit done: the run is there, and its end must be stored.
        if pending.done() and pending.exception() is None:
            accepted = pending.result()
            run.attempt, run.accepted, run.index = accepted.attempt, True, accepted.run_index
            run.open_session(accepted.session.session_data)


def _preview(asked: object) -> str:
    """The beginning of the input, for lists of sessions."""
    text = (
        asked.text() if isinstance(asked, Message) else asked if isinstance(asked, str) else codec.dumps(asked).decode()
    )
    return text[:PREVIEW_CHARACTERS]


async def finish(
    run: Run, at: Runtime, status: RunStatus, terminal: RunEventBase, counted: RunMetrics | None = None
) -> RunOutput:
    """Commit the end of the run, whatever it is, with all it had by then. Returns its output.

    `counted` are the run's metrics if they are known already.
    """
    counted = counted or metrics(run, at)
    unsaved = [*run.unsaved, *tool_calls.close_batch(run, at), *_partial(run, at)]
    run.log.append(terminal, at)
    output = to_output(run, at, status, counted)
    store = run.plan.store
    if store is not None and run.accepted:
        end = Finish(
            run_id=run.plan.origin.run_id,
            attempt=run.attempt,
            status=status,
            run_data=_with_events(run, _data(output), terminal),
            steps=unsaved,
            frames=run.log.drain(),
            session=state_change(run, counted),
            approvals=approvals.of_attempt(run, at, status),
        )
        pending: Pending[None] | None = None
        try:
            pending = store.finish(run.plan.scope, end)
            await at.wait(pending)
        finally:
            # As with acceptance: the wait may be interrupted with the commit done, and then the run has ended.
            run.finished = pending is not None and pending.done() and pending.exception() is None
            if not run.finished:
                run.log.retract(terminal)
        await _settle(run, at)
    run.finished, run.unsaved = True, []
    return output


async def _settle(run: Run, at: Runtime) -> None:
    """The run has ended and is stored: events that could not be kept are a loss to late readers only."""
    try:
        await run.log.settle(at)
    except StorageError as lost:
        log.warning("events of run %s could not all be kept: %s", run.plan.origin.run_id, lost)


def _partial(run: Run, at: Runtime) -> list[Step]:
    """Text of an answer that was cut off, as a message of its own, so that it is kept with the run."""
    text = "".join(run.text[run.text_kept :])
    run.text_kept = len(run.text)
    if not text:
        return []
    message = Message(id=at.new_id(), created_at=int(at.time()), role="assistant", content=text)
    return [run.add_message(message, f"turn:{run.turn}/{PARTIAL}")]


def to_output(run: Run, at: Runtime, status: RunStatus, counted: RunMetrics | None = None) -> RunOutput:
    """What the caller gets: what post-hooks had in hand, if there were any."""
    counted = counted or metrics(run, at)
    output = run.output
    if output is None:
        return _fresh_output(run, status, counted)
    output.status, output.metrics, output.session_state = status, counted, run.shown_state
    output.events = list(run.log.kept) if run.log.kept is not None else None
    if output.content is None:
        output.content = _shown_content(run, status)
    return output


def _fresh_output(run: Run, status: RunStatus, counted: RunMetrics) -> RunOutput:
    plan = run.plan
    return RunOutput(
        run_id=plan.origin.run_id,
        session_id=plan.origin.session_id,
        agent_id=plan.origin.id,
        agent_name=plan.origin.name,
        parent_run_id=plan.origin.parent_run_id,
        user_id=plan.scope.user_id,
        input=plan.input,
        content=_shown_content(run, status),
        content_type=run.content_type,
        reasoning_content="".join(run.reasoning) or None,
        **run.thoughts.shown(),
        model=run.model.id,
        model_provider=run.model.provider,
        model_provider_data=run.provider_data,
        messages=list(run.messages),
        metrics=counted,
        compaction=run.folded,
        tools=_shown_tools(run, status),
        requirements=list(run.requirements) or None,
        citations=run.citations,
        **run.made.shown(),
        followups=run.made.followups,
        **run.lineage,
        session_state=run.shown_state,
        metadata=plan.metadata,
        events=list(run.log.kept) if run.log.kept is not None else None,
        created_at=run.created_at,
        status=status,
        cancellation_stage=CancellationStage.executing if status is RunStatus.cancelled else None,
    )


def _shown_tools(run: Run, status: RunStatus) -> list[ToolExecution] | None:
    """None when no tool ran; the reference gives an empty list when the run was completed and not streamed."""
    whole = status is RunStatus.completed and not run.plan.stream
    return list(run.executions) if run.executions or whole else None


def _shown_content(run: Run, status: RunStatus) -> Any:  # noqa: ANN401 - text, or the value of an output schema
    """A failed run shows why it failed, as the reference does; what it had said by then is in its messages.

    One that waits and has said nothing says what it waits for.
    """
    if status is RunStatus.paused:
        return run.content_so_far() or pause.sentence(run)
    if status is RunStatus.error and run.error is not None:
        return str(run.error)
    return run.final_content() if status is RunStatus.completed else run.content_so_far()


def metrics(run: Run, at: Runtime) -> RunMetrics:
    """Tokens and times of the run so far."""
    details = {role: _models(counts, {}) for role, counts in run.counts_beside.items()}
    if run.counts_of:
        details["model"] = _models(run.counts_of, run.provider_metrics)
    return RunMetrics(
        **counts_of(run.counts),
        time_to_first_token=run.first_token,
        duration=at.monotonic() - run.started,
        details=(details or None) if run.asked else None,
    )


def metrics_of(role: str, counts: Mapping[tuple[str, str], TokenCounts]) -> RunMetrics:
    """The tokens of models that worked in this role."""
    return RunMetrics(**counts_of(total(counts.values())), details={role: _models(counts, {})})


def _models(
    counts: Mapping[tuple[str, str], TokenCounts], provider_metrics: Mapping[tuple[str, str], dict[str, Any]]
) -> list[ModelMetrics]:
    return [
        ModelMetrics(**counts_of(c), id=name, provider=by, provider_metrics=provider_metrics.get((name, by)))
        for (name, by), c in counts.items()
    ]


def _data(output: RunOutput) -> dict[str, Any]:
    """The stored part of the output: all but messages, which are steps, and what the row's columns hold."""
    return output.to_dict(without=_COLUMNS if output.tools else _COLUMNS | {"tools"})


def _with_events(run: Run, data: dict[str, Any], terminal: RunEventBase) -> dict[str, Any]:
    """The events as the reference stores them: without store_events none but the failure of a streamed run."""
    failed = run.plan.stream and isinstance(terminal, RunErrorEvent)
    return data if "events" in data else data | {"events": [{"agent_name": "", **terminal.to_dict()}] if failed else []}


def state_change(run: Run, counted: RunMetrics) -> SessionChange:
    """Top-level keys of session_state that this run set or removed, and its token counts."""
    before, after = run.state_before, run.own_state
    return SessionChange(
        state_set={k: codec.builtins(v) for k, v in after.items() if k not in before or before[k] != v},
        state_removed=[k for k in before if k not in after],
        session_metrics=codec.builtins(msgspec.structs.replace(counted, duration=None, time_to_first_token=None)),
        summary=None if run.new_summary is None else run.new_summary.to_dict(),
    )
