"""The threads that read a database, each on a connection that can't write. Knows no driver."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from agnolo.storage.executor import Transaction, Unit
from agnolo.storage.writer import Writer
from agnolo.vocabulary.errors import StorageError

T = TypeVar("T")

THREADS = 4


class ReadConnection(Transaction, Protocol):
    """A connection as readers use it. Every failure of the driver arrives as a StorageError."""

    @property
    def is_broken(self) -> bool:
        """Whether a failure made this connection useless."""
        ...

    def close(self) -> None: ...


class Readers:
    """Units go in from any thread; futures come out. Connections are kept and handed on."""

    def __init__(self, connect: Callable[[], ReadConnection], *, made_ready_by: Writer) -> None:
        self._connect = connect
        self._writer = made_ready_by
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="agnolo-reader")
        self._idle: deque[ReadConnection] = deque()
        self._forgotten = weakref.finalize(self, _close, self._idle)
        self._forgotten.atexit = False

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Queue a unit."""
        return self._pool.submit(self._run, unit)

    def close(self) -> None:
        """Finish queued units and close the connections."""
        self._pool.shutdown()
        self._forgotten.detach()
        _close(self._idle)

    def _run(self, unit: Unit[T]) -> T:
        connection = self._take()
        try:
            return unit(connection)
        finally:
            if connection.is_broken:
                connection.close()
            else:
                self._idle.append(connection)

    def _take(self) -> ReadConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._new()

    def _new(self) -> ReadConnection:
        """A new connection. The writer may be waiting for a lock: it is asked only when there is nothing to read."""
        try:
            return self._connect()
        except StorageError:
            self._writer.submit(_nothing).result()
        return self._connect()


def _nothing(_: Transaction) -> None:
    """Makes the writer open the file, make it and lead it up, or say why it can't."""


def _close(idle: deque[ReadConnection]) -> None:
    while idle:
        idle.pop().close()
