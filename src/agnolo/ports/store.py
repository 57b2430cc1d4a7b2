"""The seam to storage: sessions, runs and memories. Every method takes a scope; there is no unscoped query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec

from agnolo.ports.approvals import Approvals
from agnolo.ports.components import Components
from agnolo.ports.journal import Journal, RunRecord, SessionChange
from agnolo.ports.runtime import Pending
from agnolo.ports.spending import Books
from agnolo.vocabulary.sessions import Scope, SessionRow, UserMemory


class SessionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions to list: newest first unless `ascending`; `page` counts from 1; `limit=0` means all."""

    session_type: str | None = None
    component_id: str | None = None
    session_name: str | None = None
    limit: int = 20
    page: int = 1
    sort_by: str = "created_at"
    ascending: bool = False


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page and the count of all matches."""

    rows: list[SessionRow]
    total: int


class MemoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which memories to list: newest change first unless `ascending`; `page` counts from 1; `limit=0` means all.

    `search` is any part of the text in any case; of `topics` a memory has all.
    """

    memory_ids: Sequence[str] | None = None
    agent_id: str | None = None
    search: str | None = None
    topics: Sequence[str] = ()
    limit: int = 20
    page: int = 1
    sort_by: str = "updated_at"
    ascending: bool = False


class MemoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page and the count of all matches."""

    rows: list[UserMemory]
    total: int


class MemoryCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many memories a user has, and when the last of them changed, in Unix seconds."""

    user_id: str
    total: int
    updated_at: int


@runtime_checkable
class Store(Journal, Books, Components, Approvals, Protocol):
    """A store: journal, books, components and approvals, plus what is read and changed outside a run.

    Rows of other users do not exist.
    """

    @property
    def id(self) -> str:
        """Stable id, shown to clients as db_id."""
        ...

    def get_session(self, scope: Scope, session_id: str) -> Pending[SessionRow | None]:
        """The session, or None."""
        ...

    def save_session(self, scope: Scope, row: SessionRow) -> Pending[SessionRow]:
        """Insert or replace name, state and metadata; raises SessionNotFoundError if it is another user's."""
        ...

    def change_session(self, scope: Scope, session_id: str, change: SessionChange) -> Pending[bool]:
        """Merge a change into the session as it is then; False if there is none."""
        ...

    def list_sessions(self, scope: Scope, query: SessionQuery) -> Pending[SessionPage]:
        """Sessions of this user."""
        ...

    def delete_session(self, scope: Scope, session_id: str) -> Pending[bool]:
        """Delete a session with its runs, steps and events; False if there was none."""
        ...

    def get_run(self, scope: Scope, run_id: str) -> Pending[RunRecord | None]:
        """A run with its steps, or None."""
        ...

    def get_runs(
        self, scope: Scope, session_id: str, *, last: int | None = None, statuses: Sequence[str] | None = None
    ) -> Pending[list[RunRecord]]:
        """Runs of a session, oldest first; only the `last` n with these statuses. Costs O(window)."""
        ...

    def unfinished_runs(self) -> Pending[list[tuple[Scope, str]]]:
        """Runs left PENDING or RUNNING by a process that is gone: for recovery at start, the one call for all users."""
        ...

    def get_memories(self, scope: Scope, *, limit: int | None = None) -> Pending[list[UserMemory]]:
        """Memories of this user, oldest first."""
        ...

    def save_memories(self, scope: Scope, memories: Sequence[UserMemory]) -> Pending[None]:
        """Insert or replace by memory_id; one without an id is given one."""
        ...

    def delete_memories(self, scope: Scope, memory_ids: Sequence[str]) -> Pending[int]:
        """Delete; returns how many there were."""
        ...

    def list_memories(self, scope: Scope, query: MemoryQuery) -> Pending[MemoryPage]:
        """Memories of this user; in the open mode of all users."""
        ...

    def count_memories(self, scope: Scope) -> Pending[list[MemoryCount]]:
        """The users in scope who have memories, the one whose changed last first."""
        ...

    def clear_memories(self, scope: Scope) -> Pending[int]:
        """Delete all memories of this user, or without one those of every user; returns how many there were."""
        ...

    def ping(self) -> Pending[dict[str, Any]]:
        """Check that the store answers and can be written; raises StorageError."""
        ...

    def close(self) -> None:
        """Finish queued writes and release the store."""
        ...
