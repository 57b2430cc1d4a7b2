"""InMemoryDb: the same store, the same statements, in memory. For tests, and for agents that may forget."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from concurrent.futures import Future
from typing import Any, TypeVar

from agnolo.storage import migrations
from agnolo.storage.executor import Unit
from agnolo.storage.sql_store import SqlStore
from agnolo.storage.sqlite import SqliteConnection
from agnolo.vocabulary.errors import AgnoloError
from agnolo.vocabulary.ids import new_id

T = TypeVar("T")


class InlineExecutor:
    """Runs every unit at once, in the caller's thread, one at a time; the futures it returns are completed."""

    def __init__(self) -> None:
        self._connection: SqliteConnection | None = None
        self._lock = threading.Lock()

    def write(self, unit: Unit[T], *, key: str | None = None, lazy: int | None = None) -> Future[T]:
        """Run a unit and commit, lazy or not."""
        future: Future[T] = Future()
        with self._lock:
            connection = self._open()
            connection.begin(durable=False)
            try:
                value = unit(connection)
                connection.commit()
            except AgnoloError as error:
                connection.rollback()
                future.set_exception(error)
            except BaseException:
                connection.rollback()
                raise
            else:
                future.set_result(value)
        return future

    def read(self, unit: Unit[T]) -> Future[T]:
        """Run a unit."""
        future: Future[T] = Future()
        with self._lock:
            try:
                future.set_result(unit(self._open()))
            except AgnoloError as error:
                future.set_exception(error)
        return future

    def is_gone(self, owner: int) -> bool:
        """Nobody else can see this database, and who sees it lives."""
        return False

    def identify(self) -> str:
        """An id of its own for each."""
        return f"memory-{new_id()}"

    def facts(self) -> dict[str, Any]:
        """What to tell an operator."""
        return {"kind": "memory", "schema_version": migrations.VERSION, "sqlite_version": sqlite3.sqlite_version}

    def close(self) -> None:
        """Nothing is queued, and the rows live as long as the object."""

    def _open(self) -> SqliteConnection:
        if self._connection is None:
            raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            weakref.finalize(self, raw.close)
            self._connection = SqliteConnection(raw, ":memory:")
            self._connection.begin(durable=False)
            migrations.migrate(self._connection)
            self._connection.commit()
        return self._connection


class InMemoryDb(SqlStore):
    """The store in memory. Its rows live as long as the object; `close` leaves them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(InlineExecutor(), id=id)

    def to_dict(self) -> dict[str, Any]:
        """Its id; the rows are found only in this process, by a registry that holds this object."""
        return {**super().to_dict(), "type": "memory"}
