"""The one thread that writes to a database, many units to a commit. Knows no driver."""

from __future__ import annotations

import math
import queue
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

from agnolo.storage.executor import Transaction, Unit
from agnolo.vocabulary.errors import StorageError

T = TypeVar("T")

MOST = 512
"""Units of one commit: a bound on how long the first of them waits for the last."""
LINGER_S = 0.2
"""How long lazy units wait for company. A commit rewrites whole pages, so that few commits mean few bytes."""
LINGER_BYTES = 256 * 1024
"""How much of them waits at most."""


class WriteConnection(Transaction, Protocol):
    """A connection as the writer drives it. Every failure of the driver arrives as a StorageError."""

    @property
    def changes(self) -> int:
        """Rows changed since the connection was opened."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open: some failures end it."""
        ...

    @property
    def is_broken(self) -> bool:
        """Whether a failure made this connection useless."""
        ...

    def begin(self, *, durable: bool) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


class _Task(NamedTuple):
    unit: Unit[Any]
    future: Future[Any]
    key: str | None
    lazy: int | None


class _Outcome(NamedTuple):
    task: _Task
    value: Any
    error: Exception | None

    def tell(self) -> None:
        if self.error is None:
            self.task.future.set_result(self.value)
        else:
            self.task.future.set_exception(self.error)


class _SpoiledError(Exception):
    """A unit failed half-way: the group is undone, and its units run one by one if there are others."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Waiting:
    """Lazy units that wait for company, by key."""

    def __init__(self) -> None:
        self._tasks: dict[str | None, list[_Task]] = {}
        self._bytes = 0
        self._until = math.inf

    def add(self, task: _Task) -> None:
        self._tasks.setdefault(task.key, []).append(task)
        self._bytes += task.lazy or 0
        self._until = min(self._until, time.monotonic() + LINGER_S)

    def timeout(self) -> float | None:
        """How long the writer may sleep: None for ever, 0 when the units have waited enough."""
        if self._until == math.inf:
            return None
        return 0.0 if self._bytes >= LINGER_BYTES else max(0.0, self._until - time.monotonic())

    def take(self, key: str | None) -> list[_Task]:
        """What waits under this key, in order, and no longer does."""
        taken = self._tasks.pop(key, [])
        self._bytes -= sum(task.lazy or 0 for task in taken)
        if not self._tasks:
            self._until = math.inf
        return taken

    def take_all(self) -> list[_Task]:
        """All that waits, in order within each key."""
        return [task for key in list(self._tasks) for task in self.take(key)]


class _Loop:
    """The thread's work. Apart from the Writer, so that a forgotten Writer can be collected and end the thread."""

    def __init__(self, connect: Callable[[], WriteConnection]) -> None:
        self.queue: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._connect = connect
        self._connection: WriteConnection | None = None
        self._waiting = _Waiting()
        self._stopping = False

    def serve(self) -> None:
        """Run units until told to stop, then close the connection."""
        while not self._stopping:
            if group := self._gather():
                self._process(group)
        if last := self._waiting.take_all():
            self._process(last)
        if self._connection is not None:
            self._connection.close()

    def _gather(self) -> list[_Task]:
        """The next group: urgent units as many as there are, or lazy ones when they have waited enough."""
        group: list[_Task] = []
        while len(group) < MOST and not self._stopping:
            timeout = 0.0 if group else self._waiting.timeout()
            try:
                task = self.queue.get(timeout=timeout) if timeout != 0.0 else self.queue.get_nowait()
            except queue.Empty:
                break
            if task is None:
                self._stopping = True
            elif task.lazy is not None:
                self._waiting.add(task)
            else:
                group += [*self._waiting.take(task.key), task]
        return group + self._waiting.take_all() if self._waiting.timeout() == 0.0 else group

    def _process(self, group: list[_Task]) -> None:
        """Commit a group, or each of its units alone when they fail together, and tell the callers."""
        try:
            connection = self._begin(durable=any(task.lazy is None for task in group))
        except StorageError as error:
            for task in group:
                task.future.set_exception(type(error)(error.message))
            return
        try:
            outcomes = [self._attempt(connection, task) for task in group]
            connection.commit()
        except (StorageError, _SpoiledError) as error:
            self._undo(connection)
            if len(group) == 1:
                group[0].future.set_exception(error.reason if isinstance(error, _SpoiledError) else error)
            else:
                for task in group:
                    self._process([task])
            return
        for outcome in outcomes:
            outcome.tell()

    def _begin(self, *, durable: bool) -> WriteConnection:
        if self._connection is None:
            self._connection = self._connect()
        try:
            self._connection.begin(durable=durable)
        except StorageError:
            self._undo(self._connection)
            raise
        return self._connection

    def _attempt(self, connection: WriteConnection, task: _Task) -> _Outcome:
        """Run one unit. What it raises is its caller's; it spoils the group only if it had written something."""
        before = connection.changes
        try:
            return _Outcome(task, task.unit(connection), None)
        except Exception as error:
            # A boundary: whatever a unit raises goes to its caller and not into this thread.
            if connection.changes != before or not connection.in_transaction:
                raise _SpoiledError(error) from error
            return _Outcome(task, None, error)

    def _undo(self, connection: WriteConnection) -> None:
        """Back to before the group; a connection that can't even do that is replaced by the next group."""
        try:
            connection.rollback()
            broken = connection.is_broken
        except StorageError:
            broken = True
        if broken:
            connection.close()
            self._connection = None


class Writer:
    """Units go in from any thread; futures come out and complete after the commit.

    A submitted unit can't be cancelled: a caller that stops waiting has still written.
    """

    def __init__(self, connect: Callable[[], WriteConnection], *, name: str) -> None:
        self._loop = _Loop(connect)
        self._thread = threading.Thread(target=self._loop.serve, name=name, daemon=True)
        self._thread.start()
        # No join here: the last reference may go in any thread, this one included.
        self._forgotten = weakref.finalize(self, self._loop.queue.put, None)
        self._forgotten.atexit = False
        self._closed = False

    def submit(self, unit: Unit[T], *, key: str | None = None, lazy: int | None = None) -> Future[T]:
        """Queue a unit, see Executor.write. Raises StorageError after close."""
        if self._closed:
            raise StorageError("the database is closed: nothing can be written to it any more")
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._loop.queue.put(_Task(unit, future, key, lazy))
        return future

    def close(self) -> None:
        """Run what is queued, close the connection, end the thread."""
        self._closed = True
        # Not by calling the finalizer: those do nothing any more when the interpreter ends.
        self._forgotten.detach()
        self._loop.queue.put(None)
        self._thread.join()
