"""The part of the store that keeps what is remembered of users."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from msgspec.structs import replace

from agnolo.ports.store import MemoryCount, MemoryPage, MemoryQuery
from agnolo.storage import keeping, statements
from agnolo.storage.executor import Executor
from agnolo.vocabulary.sessions import Scope, UserMemory


class SqlMemories:
    """See `agnolo.ports.store.Store` for what each method promises."""

    _executor: Executor

    def get_memories(self, scope: Scope, *, limit: int | None = None) -> Future[list[UserMemory]]:
        """Memories of this user, oldest first; only the newest `limit`."""
        return self._executor.read(lambda tx: keeping.get_memories(tx, scope, limit))

    def save_memories(self, scope: Scope, memories: Sequence[UserMemory]) -> Future[None]:
        """Insert or replace by memory_id."""
        keeping.check_memories(scope, memories)
        kept = [replace(memory) for memory in memories]
        return self._executor.write(lambda tx: keeping.save_memories(tx, scope, kept))

    def delete_memories(self, scope: Scope, memory_ids: Sequence[str]) -> Future[int]:
        """Delete; returns how many there were."""
        return self._executor.write(lambda tx: keeping.delete_memories(tx, scope, memory_ids))

    def clear_memories(self, scope: Scope) -> Future[int]:
        """Delete all memories of this user, or without one those of every user; returns how many there were."""
        statement = statements.clear_memories(scope.namespace, scope.user_id)
        return self._executor.write(lambda tx: tx.run(statement))

    def list_memories(self, scope: Scope, query: MemoryQuery) -> Future[MemoryPage]:
        """One page; of all users in the open mode. Raises ConfigurationError for an unknown order."""
        keeping.check_memory_query(query)
        return self._executor.read(lambda tx: keeping.list_memories(tx, scope, query))

    def count_memories(self, scope: Scope) -> Future[list[MemoryCount]]:
        """The users in scope who have memories."""
        return self._executor.read(lambda tx: keeping.count_memories(tx, scope))
