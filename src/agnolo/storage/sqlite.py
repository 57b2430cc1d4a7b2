"""SQLite: its settings, its connections, and SqliteDb, the default store. The one writer is a thread (writer.py)."""

from __future__ import annotations

import atexit
import hashlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, Unpack

from agnolo.storage import migrations, namespaces, owners, table_names
from agnolo.storage.executor import Row, Statement, Unit
from agnolo.storage.faults import BREAKING, primary_code, refused, translate
from agnolo.storage.readers import Readers
from agnolo.storage.sql_store import SqlStore
from agnolo.storage.table_names import TableNames
from agnolo.storage.writer import Writer
from agnolo.vocabulary.errors import ConfigurationError, InputError, StorageError, StoreReadOnlyError

T = TypeVar("T")

OLDEST = (3, 35)
"""The first release with RETURNING."""

# A commit writes whole pages, and a turn changes a few hundred bytes in each of a dozen: with pages of 512 bytes a turn
# of one user writes 14 KB, with 4096 it is 44 KB; under load both are 8 KB. Long messages are read a little slower.
CREATION = ("PRAGMA page_size = 512", "PRAGMA journal_mode = WAL")
WRITING = (
    "PRAGMA fullfsync = ON",  # without it fsync means nothing on macOS
    "PRAGMA wal_autocheckpoint = 8192",
    "PRAGMA journal_size_limit = 16777216",
    "PRAGMA secure_delete = FAST",
)
READING = ("PRAGMA query_only = ON", "PRAGMA cache_size = -512")
SYNCHRONOUS = {True: "PRAGMA synchronous = FULL", False: "PRAGMA synchronous = NORMAL"}


class SqliteConnection:
    """One sqlite3 connection that speaks in statements and raises the house's errors."""

    def __init__(self, raw: sqlite3.Connection, path: str, *, owner: int = 0) -> None:
        self._raw = raw
        self._path = path
        self._durable: bool | None = None
        self.owner = owner
        self.is_broken = False

    def one(self, statement: Statement) -> Row | None:
        """The first row, or None; the statement is run to its end."""
        found = self.all(statement)
        return found[0] if found else None

    def all(self, statement: Statement) -> list[Row]:
        """All rows."""
        return self._execute(statement, _rows)

    def run(self, statement: Statement) -> int:
        """The number of rows changed."""
        return self._execute(statement, _rowcount)

    @property
    def changes(self) -> int:
        """Rows changed since the connection was opened."""
        return self._raw.total_changes

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._raw.in_transaction

    def begin(self, *, durable: bool) -> None:
        """Start to write; waits for other processes. Only durable commits wait for the disk."""
        if durable is not self._durable:
            self.set_up((SYNCHRONOUS[durable],))
            self._durable = durable
        self.run(Statement("BEGIN IMMEDIATE"))

    def commit(self) -> None:
        """Make the transaction's writes visible, and permanent if it is durable."""
        self.run(Statement("COMMIT"))

    def rollback(self) -> None:
        """Undo the transaction if there is one."""
        if self._raw.in_transaction:
            self.run(Statement("ROLLBACK"))

    def set_up(self, settings: Sequence[str]) -> None:
        """Run settings."""
        for setting in settings:
            self.all(Statement(setting))

    def close(self) -> None:
        """Close; what is not committed is undone."""
        self._raw.close()

    def _execute(self, statement: Statement, result: Callable[[sqlite3.Cursor], T]) -> T:
        try:
            return result(self._raw.execute(statement.sql, statement.params))
        except sqlite3.Error as error:
            self.is_broken = self.is_broken or primary_code(error) in BREAKING
            raise translate(error, self._path) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InputError(f"a value can't be stored: {error}") from error


def _rows(cursor: sqlite3.Cursor) -> list[Row]:
    return cursor.fetchall()


def _rowcount(cursor: sqlite3.Cursor) -> int:
    return cursor.rowcount


Connect = Callable[..., sqlite3.Connection]


class DatabaseFile:
    """One file: makes connections to it, and tables in it. Held by the threads, so it knows nothing of who uses it."""

    def __init__(self, path: Path, *, busy_timeout: float, connect: Connect) -> None:
        self.path = path
        self._busy_timeout = busy_timeout
        self._raw_connect = connect
        self._owner: owners.Owner | None = None

    def open_writing(self) -> SqliteConnection:
        """The writer's connection to a file of this release's schema, which is made or led up when need be."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old: use a Python built with 3.35 or newer")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self._owner is None:
                self._owner = owners.Owner(self.path)
        except OSError as error:
            raise refused(error, self.path) from error
        connection = self._connect(str(self.path), owner=self._owner.number)
        try:
            if not migrations.is_current(connection, str(self.path)):
                self._create(connection)
            connection.set_up(WRITING)
        except StorageError:
            connection.close()
            raise
        return connection

    def open_reading(self) -> SqliteConnection:
        """A connection that can't write. Raises StorageError unless there is a file of this release's schema."""
        if not self.path.exists():
            raise StorageError(f"there is no database {str(self.path)!r}")
        connection = self._connect(f"{self.path.as_uri()}?mode=ro")
        try:
            connection.set_up(READING)
            if not migrations.is_current(connection, str(self.path)):
                raise StoreReadOnlyError(
                    f"database {str(self.path)!r} can't be led up to this release's schema: allow writing"
                )
        except StorageError:
            connection.close()
            raise
        return connection

    def release(self) -> None:
        """No more writing: the runs that this process left unfinished may be taken over."""
        if self._owner is not None:
            self._owner.release()
            self._owner = None

    def _connect(self, target: str, *, owner: int = 0) -> SqliteConnection:
        try:
            raw = self._raw_connect(
                target, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False, uri=True
            )
        except sqlite3.Error as error:
            raise translate(error, str(self.path)) from error
        return SqliteConnection(raw, str(self.path), owner=owner)

    def _create(self, connection: SqliteConnection) -> None:
        self._switch(connection)
        connection.begin(durable=True)
        # Another process may have made the tables since.
        if not migrations.is_current(connection, str(self.path)):
            migrations.migrate(connection)
        connection.commit()
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _switch(self, connection: SqliteConnection) -> None:
        """Set what lasts as long as the file. SQLite does not wait here when another process does the same."""
        deadline = time.monotonic() + self._busy_timeout
        while True:
            try:
                connection.set_up(CREATION)
                return
            except StorageError:
                if connection.is_broken or time.monotonic() > deadline:
                    raise
            time.sleep(0.01)


class _Opened(NamedTuple):
    """An executor in use."""

    file: DatabaseFile
    writer: Writer
    readers: Readers
    pid: int


class SqliteExecutor:
    """Opens the database when it is first used. `connect` is sqlite3.connect, or a test's."""

    def __init__(self, locate: Callable[[], Path], *, busy_timeout: float, connect: Connect = sqlite3.connect) -> None:
        self._locate = locate
        self._busy_timeout = busy_timeout
        self._raw_connect = connect
        self._opened: _Opened | None = None
        self._lock = threading.Lock()

    def write(self, unit: Unit[T], *, key: str | None = None, lazy: int | None = None) -> Future[T]:
        """Queue a unit for the writer thread."""
        self.refuse_after_fork()
        with self._lock:
            return self._open().writer.submit(unit, key=key, lazy=lazy)

    def read(self, unit: Unit[T]) -> Future[T]:
        """Run a unit in a reader thread, on a connection of its own."""
        self.refuse_after_fork()
        with self._lock:
            return self._open().readers.submit(unit)

    def is_gone(self, owner: int) -> bool:
        """Whether the process with this number works on its runs no more."""
        return owners.is_gone(self._locate(), owner)

    def identify(self) -> str:
        """An id made of the file's path."""
        return f"sqlite-{hashlib.sha256(str(self._locate()).encode()).hexdigest()[:12]}"

    def facts(self) -> dict[str, Any]:
        """What to tell an operator."""
        return {
            "kind": "sqlite",
            "path": str(self._locate()),
            "schema_version": migrations.VERSION,
            "sqlite_version": sqlite3.sqlite_version,
        }

    def close(self) -> None:
        """Finish queued writes and let the file go. The next use opens it again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None and opened.pid == os.getpid():
            opened.readers.close()
            opened.writer.close()
            opened.file.release()

    def refuse_after_fork(self, path: Path | None = None) -> None:
        """Raise StorageError when the file (or `path`) was opened before this process was forked.

        SQLite's locks do not survive a fork and it can't tell: two processes would write over each other.
        """
        opened = self._opened
        if opened is not None and opened.pid != os.getpid() and path in (None, opened.file.path):
            raise StorageError(
                f"database {str(opened.file.path)!r} was opened before this process was forked: open it only in the"
                " children, close it before forking, or start them by spawn"
            )

    def _open(self) -> _Opened:
        if self._opened is None:
            path = self._locate()
            for other in list(_executors):
                other.refuse_after_fork(path)
            file = DatabaseFile(path, busy_timeout=self._busy_timeout, connect=self._raw_connect)
            writer = Writer(file.open_writing, name=f"agnolo-writer-{path.name}")
            readers = Readers(file.open_reading, made_ready_by=writer)
            self._opened = _Opened(file, writer, readers, os.getpid())
            _executors.add(self)
        return self._opened


_executors: weakref.WeakSet[SqliteExecutor] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """The writer's thread is a daemon, so that a forgotten database can't hang the exit; nothing accepted is lost."""
    for executor in list(_executors):
        executor.close()


class SqliteDb(SqlStore):
    """The store in one SQLite file, by default `agnolo.db` in the data directory, in `namespace`'s folder of it.

    Making one does no I/O: the file is opened, and made, when it is first used. Several processes may use one file.
    `busy_timeout` is how many seconds a write waits for another process's. Names of tables, as `session_table`, keep
    what they name apart as in Agno: the store with other names lies in a file beside, `data.db` in `data.chats.db`.
    """

    def __init__(
        self,
        db_file: str | Path | None = None,
        *,
        id: str | None = None,
        namespace: str = namespaces.DEFAULT,
        busy_timeout: float = 5.0,
        **tables: Unpack[TableNames],
    ) -> None:
        if unknown := tables.keys() - TableNames.__annotations__.keys():
            raise TypeError(_unknown_option(min(unknown)))
        if db_file == ":memory:":
            raise ConfigurationError("db_file=':memory:' is no file: use InMemoryDb()")
        if db_file is not None and namespace != namespaces.DEFAULT:
            raise ConfigurationError(
                f"db_file says where the data lies, so namespace={namespace!r} has no effect: give one"
            )
        self._db_file = db_file
        self._tables = table_names.of_their_own(tables)
        self._namespace = namespace
        self._path: Path | None = None
        super().__init__(SqliteExecutor(self._locate, busy_timeout=busy_timeout), id=id)

    @property
    def path(self) -> Path:
        """The file, as an absolute path that is settled when it is first asked for."""
        return self._locate()

    def to_dict(self) -> dict[str, Any]:
        """How to find this file again, by the options that make the store."""
        place = {"db_file": None if self._db_file is None else str(self._db_file)}
        if self._namespace != namespaces.DEFAULT:
            place["namespace"] = self._namespace
        return {**super().to_dict(), "type": "sqlite", **place, **self._tables}

    def _locate(self) -> Path:
        if self._path is None:
            given = namespaces.database_path(self._namespace) if self._db_file is None else Path(self._db_file)
            self._path = table_names.beside(Path(os.path.abspath(given.expanduser())), self._tables)
        return self._path


def _unknown_option(name: str) -> str:
    options = ("db_file", "id", "namespace", "busy_timeout")
    near = get_close_matches(name, [*options, *TableNames.__annotations__], 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"its options are {', '.join(options)}"
    return f"SqliteDb has no option {name!r}: {hint}"
