"""The Store over an Executor: checks what can be checked at once and hands each method's work on as one unit."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from agnolo.ports.journal import Acceptance, Accepted, Finish, Frames, RunRecord, SessionChange, Step
from agnolo.ports.store import SessionPage, SessionQuery
from agnolo.storage import journaling, keeping, rows, statements
from agnolo.storage.executor import Executor, Transaction
from agnolo.storage.sql_approvals import SqlApprovals
from agnolo.storage.sql_books import SqlBooks
from agnolo.storage.sql_components import SqlComponents
from agnolo.storage.sql_memories import SqlMemories
from agnolo.vocabulary.codec import decode, dumps
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.sessions import Scope, SessionRow


class SqlStore(SqlApprovals, SqlBooks, SqlComponents, SqlMemories):
    """See `agnolo.ports.store.Store` for what each method promises."""

    def __init__(self, executor: Executor, *, id: str | None = None) -> None:
        self._executor = executor
        self._id = id

    @property
    def id(self) -> str:
        """Stable id, shown to clients as db_id."""
        if self._id is None:
            self._id = self._executor.identify()
        return self._id

    def to_dict(self) -> dict[str, Any]:
        """Its id; subclasses say how such a store is made."""
        return {"id": self.id}

    # ---- the journal

    def accept(self, scope: Scope, acceptance: Acceptance) -> Future[Accepted]:
        """Commit a new run. The run's own attempt number is its first."""
        keeping.check_owner(scope, acceptance.session)
        if acceptance.run.session_id != acceptance.session.session_id:
            raise ConfigurationError(
                f"run {acceptance.run.run_id!r} is of session {acceptance.run.session_id!r},"
                f" not of {acceptance.session.session_id!r}"
            )
        new = rows.new_run(acceptance)
        return self._executor.write(lambda tx: journaling.accept(tx, scope, new))

    def begin(self, scope: Scope, run_id: str, *, attempt: int | None = None) -> Future[RunRecord]:
        """Take a run over."""
        return self._executor.write(lambda tx: journaling.begin(tx, scope, run_id, attempt), key=run_id)

    def put(self, run_id: str, attempt: int, steps: Sequence[Step]) -> Future[None]:
        """Commit steps."""
        encoded = rows.steps(steps)
        return self._executor.write(lambda tx: journaling.put(tx, run_id, attempt, encoded), key=run_id)

    def emit(self, run_id: str, attempt: int, frames: Sequence[Frames]) -> Future[None]:
        """Append events; they may wait a moment for others before they are written."""
        journaling.check_frames(run_id, frames)
        weight = sum(len(frame.payload) for frame in frames)
        return self._executor.write(lambda tx: journaling.emit(tx, run_id, attempt, frames), key=run_id, lazy=weight)

    def finish(self, scope: Scope, finish: Finish) -> Future[None]:
        """Commit the end of the run."""
        journaling.check_frames(finish.run_id, finish.frames)
        ended = rows.ended_run(finish)
        return self._executor.write(lambda tx: journaling.finish(tx, scope, ended), key=finish.run_id)

    def read_frames(self, scope: Scope, run_id: str, after: int) -> Future[list[Frames]]:
        """Events with an index above `after`."""
        statement = statements.events(scope, run_id, after)
        return self._executor.read(
            lambda tx: [Frames(first=first, last=last, payload=payload) for first, last, payload in tx.all(statement)]
        )

    # ---- sessions and runs

    def get_session(self, scope: Scope, session_id: str) -> Future[SessionRow | None]:
        """The session, or None."""
        return self._executor.read(lambda tx: keeping.get_session(tx, scope, session_id))

    def save_session(self, scope: Scope, row: SessionRow) -> Future[SessionRow]:
        """Insert or replace name, state and metadata; the metrics of a stored session stay."""
        keeping.check_owner(scope, row)
        kept = decode(dumps(row), SessionRow)
        return self._executor.write(lambda tx: keeping.save_session(tx, scope, kept))

    def change_session(self, scope: Scope, session_id: str, change: SessionChange) -> Future[bool]:
        """Merge a change into the session as it is then; False if there is none."""
        kept = decode(dumps(change), SessionChange)
        return self._executor.write(lambda tx: journaling.change_session(tx, scope, session_id, kept))

    def list_sessions(self, scope: Scope, query: SessionQuery) -> Future[SessionPage]:
        """One page. Raises ConfigurationError for an unknown order; `session_name` matches any part, in any case."""
        keeping.check_query(query)
        return self._executor.read(lambda tx: keeping.list_sessions(tx, scope, query))

    def delete_session(self, scope: Scope, session_id: str) -> Future[bool]:
        """Delete a session with its runs, steps and events."""
        return self._executor.write(lambda tx: keeping.delete_session(tx, scope, session_id))

    def get_run(self, scope: Scope, run_id: str) -> Future[RunRecord | None]:
        """A run with its steps, or None."""
        return self._executor.read(lambda tx: _record(tx, scope, run_id))

    def get_runs(
        self, scope: Scope, session_id: str, *, last: int | None = None, statuses: Sequence[str] | None = None
    ) -> Future[list[RunRecord]]:
        """Runs of a session, oldest first; only the `last` n with these statuses."""
        if last is not None and last < 0:
            raise ConfigurationError(f"the last {last!r} runs can't be read: use None for all")
        statement = statements.runs(scope, session_id, last, statuses)
        return self._executor.read(lambda tx: [rows.record(row) for row in reversed(tx.all(statement))])

    def unfinished_runs(self) -> Future[list[tuple[Scope, str]]]:
        """Unfinished runs that no living process works on, oldest first."""
        return self._executor.read(self._left_behind)

    def _left_behind(self, tx: Transaction) -> list[tuple[Scope, str]]:
        found = tx.all(statements.unfinished_runs())
        gone = {owner for owner in {row[0] for row in found} if self._executor.is_gone(owner)}
        return [(Scope(user_id, namespace), run_id) for owner, user_id, namespace, run_id in found if owner in gone]

    # ---- the store itself

    def ping(self) -> Future[dict[str, Any]]:
        """Write to the store. Raises StorageError when that fails; returns what an operator may want to know."""
        return self._executor.write(self._pinged)

    def _pinged(self, tx: Transaction) -> dict[str, Any]:
        tx.run(statements.ping(now()))
        return {"id": self.id} | self._executor.facts()

    def close(self) -> None:
        """Finish queued writes and release the store."""
        self._executor.close()


def _record(tx: Transaction, scope: Scope, run_id: str) -> RunRecord | None:
    stored = tx.one(statements.run(scope, run_id))
    return None if stored is None else rows.record(stored)
