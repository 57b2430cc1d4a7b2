"""Units of work that write runs: acceptance, attempts, steps, events, the end. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from agnolo.ports.journal import Accepted, Frames, RunRecord, SessionChange
from agnolo.storage import approving, rows, statements
from agnolo.storage.executor import Statement, Transaction
from agnolo.storage.merging import merged
from agnolo.vocabulary.codec import dumps, loads
from agnolo.vocabulary.errors import (
    RunNotFoundError,
    SessionNotFoundError,
    StaleAttemptError,
    StorageError,
)
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.sessions import Scope, SessionRow


def accept(tx: Transaction, scope: Scope, new: rows.NewRun) -> Accepted:
    """Add a run to its session, which is made if there is none."""
    run, at = new.run, now()
    stored = tx.one(statements.session(scope, run.session_id))
    number, session = make_session(tx, scope, new.session, at) if stored is None else (stored[0], rows.session(stored))
    stamped = replace(run, created_at=run.created_at or at, updated_at=run.updated_at or at)
    placed = tx.one(statements.insert_run(number, stamped, tx.owner, new.run_data))
    if placed is None:
        raise StorageError(f"run {run.run_id!r} exists already: give the new run an id of its own", status_code=409)
    put(tx, run.run_id, run.attempt, new.steps)
    return Accepted(session=session, run_index=placed[0], attempt=run.attempt)


def make_session(tx: Transaction, scope: Scope, wanted: rows.NewSession, at: int) -> tuple[int, SessionRow]:
    """The number and row of a new session of the scope's user. Raises SessionNotFoundError if it is another user's."""
    row = replace(
        wanted.row,
        user_id=wanted.row.user_id if scope.user_id is None else scope.user_id,
        created_at=wanted.row.created_at or at,
        updated_at=wanted.row.updated_at or at,
    )
    made = tx.one(statements.insert_session(scope, row, rows.session_name(row.session_data), wanted.blobs))
    if made is None:
        raise SessionNotFoundError(f"session {row.session_id!r} not found")
    return made[0], row


def begin(tx: Transaction, scope: Scope, run_id: str, attempt: int | None) -> RunRecord:
    """Make this process the run's only writer, unless another has become that since `attempt`."""
    begun = tx.one(statements.begin_run(scope, run_id, attempt, tx.owner, now()))
    record = tx.one(statements.run(scope, run_id))
    if begun is None and record is not None and attempt is not None:
        _refuse_if_stale(tx, run_id, attempt)
    if record is None:
        raise RunNotFoundError(f"run {run_id!r} not found")
    return rows.record(record)


def put(tx: Transaction, run_id: str, attempt: int, steps: Sequence[tuple[int, bytes]]) -> None:
    """Add steps, each its place and payload."""
    for batch in rows.batches(steps, statements.BATCH):
        _insert(tx, statements.insert_steps(run_id, attempt, batch), len(batch), run_id, attempt)


def check_frames(run_id: str, frames: Sequence[Frames]) -> None:
    """Raise StorageError for events that end before they begin."""
    for frame in frames:
        if not 0 <= frame.first <= frame.last:
            raise StorageError(f"events {frame.first}..{frame.last} of run {run_id!r} are no range")


def emit(tx: Transaction, run_id: str, attempt: int, frames: Sequence[Frames]) -> None:
    """Add events."""
    for batch in rows.batches(frames, statements.BATCH):
        _insert(tx, statements.insert_events(run_id, attempt, batch), len(batch), run_id, attempt)


def finish(tx: Transaction, scope: Scope, ended: rows.EndedRun) -> None:
    """Set the end and merge the change into the session as it is now."""
    run_id, attempt, at = ended.finish.run_id, ended.finish.attempt, now()
    values = (ended.finish.status.value, ended.run_data, at)
    changed = tx.one(statements.finish_run(scope, run_id, attempt, values))
    if changed is None:
        _refuse_if_stale(tx, run_id, attempt)
        raise RunNotFoundError(f"run {run_id!r} not found")
    put(tx, run_id, attempt, ended.steps)
    emit(tx, run_id, attempt, ended.finish.frames)
    _change_session(tx, changed[0], ended.change, at)
    if ended.finish.approvals is not None:
        approving.settle(tx, scope, run_id, ended.finish.approvals, ended.finish.status.value)


def change_session(tx: Transaction, scope: Scope, session_id: str, change: SessionChange) -> bool:
    """Merge the change into the session as it is now; False if there is none."""
    stored = tx.one(statements.session(scope, session_id))
    if stored is not None:
        _change_session(tx, stored[0], change, now())
    return stored is not None


def _change_session(tx: Transaction, session: int, change: SessionChange | None, at: int) -> None:
    if change is None:
        tx.run(statements.touch_session(session, at))
        return
    stored = tx.one(statements.session_data(session))
    data = merged(loads(stored[0]) if stored else {}, change)
    tx.run(statements.update_session_data(session, rows.session_name(data), at, dumps(data)))


def _insert(tx: Transaction, statement: Statement, count: int, run_id: str, attempt: int) -> None:
    """Run an insert of `count` journal rows that is guarded by the attempt's number."""
    inserted = tx.run(statement)
    if inserted == 0:
        _refuse_if_stale(tx, run_id, attempt)
    if inserted != count:
        raise StorageError(
            f"run {run_id!r} has {count - inserted} of these {count} journal rows already: number new ones on"
        )


def _refuse_if_stale(tx: Transaction, run_id: str, attempt: int) -> None:
    current = tx.one(statements.attempt(run_id))
    if current is None:
        raise RunNotFoundError(f"run {run_id!r} not found: it, or its session, was deleted")
    if current[0] != attempt:
        raise StaleAttemptError(
            f"run {run_id!r} is in attempt {current[0]}: attempt {attempt} was superseded and must stop"
        )
