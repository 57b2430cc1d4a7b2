"""The seam to the journal: acceptance, steps, events and the end of runs. The journal is the truth.

Promises: what `accept`, `put` and `finish` return for is on disk (FULL), what `emit` returns for may be lost in a power
cut but not in a crash of the process. Writes of an attempt that has been superseded raise StaleAttemptError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from agnolo.ports.runtime import Pending
from agnolo.vocabulary.approvals import Approval
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import Scope, SessionRow


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run without its messages and events. `run_data` is the rest of the run's output as plain data."""

    run_id: str
    session_id: str
    run_type: str = "agent"
    component_id: str | None = None
    user_id: str | None = None
    parent_run_id: str | None = None
    status: RunStatus = RunStatus.running
    run_index: int = 0
    attempt: int = 0
    run_data: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    created_at: int = 0
    updated_at: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One journaled step of a run: a message (of any role) or the result of another effect.

    `key` is the step's deterministic path within the run: `input`, `turn:0/model`, `turn:0/tool:call_1`.
    `compressed` are texts that stand for messages told before, by their ids; read back, these messages have them.
    """

    seq: int
    key: str
    message: Message | None = None
    result: Any = None
    compressed: dict[str, str] | None = None


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """A run to accept: its row, its session if that is new, and its first steps (system and user message)."""

    run: RunRow
    session: SessionRow
    steps: Sequence[Step] = ()


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What acceptance found: the session as stored (new or old), the run's place in it, and the attempt number."""

    session: SessionRow
    run_index: int
    attempt: int


class SessionChange(msgspec.Struct, frozen=True, kw_only=True):
    """A run's change to its session, merged under the store's lock so that concurrent runs lose nothing.

    `state_set` and `state_removed` are top-level keys of session_state; `session_metrics` are counts to add.
    """

    state_set: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    state_removed: Sequence[str] = ()
    session_metrics: dict[str, Any] | None = None
    session_name: str | None = None
    summary: dict[str, Any] | None = None
    compaction: dict[str, Any] | None = None


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive events in one row, `first`..`last` by index; `payload` is the codec's compact encoding."""

    first: int
    last: int
    payload: bytes


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an attempt, committed as one: last steps and events, status and data, the session's change.

    `approvals` are those to put on record, None if the run has none: those that it has are told its status.
    """

    run_id: str
    attempt: int
    status: RunStatus
    run_data: dict[str, Any]
    steps: Sequence[Step] = ()
    frames: Sequence[Frames] = ()
    session: SessionChange = SessionChange()
    approvals: Sequence[Approval] | None = None


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A run read back: its row and its steps in order."""

    run: RunRow
    steps: list[Step]


class Journal(Protocol):
    """What the engine needs of a store to make a run durable."""

    def accept(self, scope: Scope, acceptance: Acceptance) -> Pending[Accepted]:
        """Commit a new run. Raises SessionNotFoundError for another user's session, StorageError for a known run_id."""
        ...

    def begin(self, scope: Scope, run_id: str, *, attempt: int | None = None) -> Pending[RunRecord]:
        """Take a run over: raises its attempt number, sets RUNNING, and reads it. Raises RunNotFoundError.

        With `attempt`, only if that is still its attempt: of several that take it over at once, one does. The others
        get StaleAttemptError.
        """
        ...

    def put(self, run_id: str, attempt: int, steps: Sequence[Step]) -> Pending[None]:
        """Commit steps."""
        ...

    def emit(self, run_id: str, attempt: int, frames: Sequence[Frames]) -> Pending[None]:
        """Append events, without waiting for the disk."""
        ...

    def finish(self, scope: Scope, finish: Finish) -> Pending[None]:
        """Commit the end of the run."""
        ...

    def read_frames(self, scope: Scope, run_id: str, after: int) -> Pending[list[Frames]]:
        """Events with an index above `after`, in rows that may start before it."""
        ...
