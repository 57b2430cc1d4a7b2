"""Units of work on sessions and memories outside a run. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec.structs import replace

from agnolo.ports.store import MemoryCount, MemoryPage, MemoryQuery, SessionPage, SessionQuery
from agnolo.storage import rows, statements
from agnolo.storage.executor import Transaction
from agnolo.storage.journaling import make_session
from agnolo.vocabulary.codec import dumps
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.ids import new_id, now
from agnolo.vocabulary.sessions import UNNAMED, Scope, SessionRow, UserMemory


def get_session(tx: Transaction, scope: Scope, session_id: str) -> SessionRow | None:
    """The session, or None."""
    stored = tx.one(statements.session(scope, session_id))
    return None if stored is None else rows.session(stored)


def save_session(tx: Transaction, scope: Scope, row: SessionRow) -> SessionRow:
    """Insert, or replace what the caller owns; metrics belong to the runs, which add to them meanwhile."""
    at = now()
    found = tx.one(statements.session(scope, row.session_id))
    if found is None:
        return make_session(tx, scope, rows.new_session(row), at)[1]
    stored = rows.session(found)
    data = _with_metrics_of(stored, row.session_data)
    saved = replace(
        stored,
        session_data=data,
        agent_data=stored.agent_data if row.agent_data is None else row.agent_data,
        metadata=row.metadata,
        updated_at=at,
    )
    tx.run(statements.update_session(found[0], rows.session_name(data), at, rows.session_blobs(saved)))
    return saved


def _with_metrics_of(stored: SessionRow, session_data: dict[str, Any]) -> dict[str, Any]:
    data = {key: value for key, value in session_data.items() if key != "session_metrics"}
    metrics = stored.session_data.get("session_metrics")
    return data if metrics is None else data | {"session_metrics": metrics}


def list_sessions(tx: Transaction, scope: Scope, query: SessionQuery) -> SessionPage:
    """One page of sessions and the count of all."""
    found = [rows.session(row) for row in tx.all(statements.sessions(scope, query))]
    counted = tx.one(statements.count_sessions(scope, query))
    return SessionPage(rows=found, total=counted[0] if counted else 0)


def check_query(query: SessionQuery) -> None:
    """Raise ConfigurationError for a page or an order that does not exist."""
    _check_page("sessions", query, statements.SORTABLE)


def check_memory_query(query: MemoryQuery) -> None:
    """Raise ConfigurationError for a page or an order that does not exist."""
    _check_page("memories", query, statements.MEMORY_ORDERS)


def _check_page(what: str, query: SessionQuery | MemoryQuery, orders: Collection[str]) -> None:
    if query.sort_by not in orders:
        raise ConfigurationError(f"{what} can't be sorted by {query.sort_by!r}: use one of {', '.join(orders)}")
    if query.page < 1:
        raise ConfigurationError(f"page {query.page!r} does not exist: pages count from 1")
    if query.limit < 0:
        raise ConfigurationError(f"a page can't have {query.limit!r} {what}: use 0 for all")


def check_memories(scope: Scope, memories: Sequence[UserMemory]) -> None:
    """Raise ConfigurationError for a memory that names another user than the scope."""
    for memory in memories:
        if memory.user_id not in (None, _owner(scope)):
            raise ConfigurationError(
                f"memory {memory.memory_id!r} is of user {memory.user_id!r} and saved for {_owner(scope)!r}:"
                " leave user_id out"
            )


def check_owner(scope: Scope, row: SessionRow) -> None:
    """Raise ConfigurationError for a session that names another user than the scope."""
    if scope.user_id is not None and row.user_id not in (None, scope.user_id):
        raise ConfigurationError(
            f"session {row.session_id!r} is of user {row.user_id!r} and saved for {scope.user_id!r}: leave user_id out"
        )


def delete_session(tx: Transaction, scope: Scope, session_id: str) -> bool:
    """Delete a session with all that hangs on it."""
    stored = tx.one(statements.session(scope, session_id))
    if stored is None:
        return False
    for statement in statements.delete_session(stored[0]):
        tx.run(statement)
    return True


def get_memories(tx: Transaction, scope: Scope, limit: int | None) -> list[UserMemory]:
    """The newest `limit` memories of the user, oldest first."""
    found = tx.all(statements.memories(scope.namespace, _owner(scope), limit))
    return [rows.memory(payload) for (payload,) in reversed(found)]


def save_memories(tx: Transaction, scope: Scope, memories: Sequence[UserMemory]) -> None:
    """Insert or replace; a replaced memory keeps its age unless the new one states another."""
    owner, at = _owner(scope), now()
    for memory in memories:
        born, name = memory.created_at, memory.memory_id or new_id()
        if born is None:
            stored = tx.one(statements.memory(scope.namespace, owner, name))
            born = at if stored is None else rows.memory(stored[0]).created_at or at
        kept = replace(memory, memory_id=name, user_id=owner, created_at=born)
        tx.run(statements.save_memory(scope.namespace, owner, name, born, dumps(kept)))


def delete_memories(tx: Transaction, scope: Scope, memory_ids: Sequence[str]) -> int:
    """How many there were."""
    return sum(tx.run(statements.delete_memory(scope.namespace, _owner(scope), each)) for each in memory_ids)


def list_memories(tx: Transaction, scope: Scope, query: MemoryQuery) -> MemoryPage:
    """One page of memories and the count of all."""
    found = [rows.memory(payload) for (payload,) in tx.all(statements.list_memories(scope, query))]
    counted = tx.one(statements.count_listed_memories(scope, query))
    return MemoryPage(rows=found, total=counted[0] if counted else 0)


def count_memories(tx: Transaction, scope: Scope) -> list[MemoryCount]:
    """Each user's number of memories."""
    found = tx.all(statements.count_memories(scope))
    return [MemoryCount(user_id=user, total=total, updated_at=int(at)) for user, total, at in found]


def _owner(scope: Scope) -> str:
    return UNNAMED if scope.user_id is None else scope.user_id
