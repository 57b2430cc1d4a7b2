"""Failures of the driver and the system, injected at every statement: whole or nothing, told by type, and then over."""

from __future__ import annotations

import errno
import sqlite3
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import pytest

from agnolo.ports.journal import Frames, Step
from agnolo.storage import owners
from agnolo.storage.executor import Statement, Transaction
from agnolo.storage.memory import InlineExecutor
from agnolo.storage.sql_store import SqlStore
from agnolo.storage.sqlite import SqliteDb, SqliteExecutor
from agnolo.vocabulary.errors import InputError, RunNotFoundError, StorageError, StoreFullError, StoreReadOnlyError
from agnolo.vocabulary.runs import RunStatus
from tests.storage.stories import ANYONE, accept, finish, read, session, turn


class Disk:
    """Makes connections whose statement number `fails_at` fails with `code`, once; its rollbacks too when `hard`."""

    def __init__(self) -> None:
        self.fails_at, self.code, self.hard = 0, sqlite3.SQLITE_IOERR, False
        self.failed = False

    def connect(self, target: str, **options: Any) -> sqlite3.Connection:
        disk = self

        class Faulty(sqlite3.Connection):
            def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
                disk.fails_at -= 1
                if disk.fails_at == 0 or (disk.hard and disk.failed and sql == "ROLLBACK"):
                    disk.failed = True
                    raise failure(disk.code)
                return super().execute(sql, *args)

        return sqlite3.connect(target, factory=Faulty, **options)


def failure(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("injected")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def store(disk: Disk, tmp_path: Path) -> SqlStore:
    return SqlStore(SqliteExecutor(lambda: tmp_path / "a.db", busy_timeout=0.01, connect=disk.connect))


def whole_turn(store: SqlStore) -> None:
    turn(store, "r1", state_set={"done": True})
    store.emit("r1", 0, [Frames(first=0, last=0, payload=b"x")])
    store.begin(ANYONE, "r1").result()


@pytest.mark.parametrize("hard", [False, True], ids=["", "and the rollback fails"])
@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM])
@pytest.mark.parametrize("new", [False, True], ids=["known file", "new file"])
def test_failure_at_any_statement_leaves_whole_units_and_is_over_then(
    disk: Disk, tmp_path: Path, code: int, new: bool, hard: bool
) -> None:
    met = 0
    for at in range(1, 200):
        folder = tmp_path / str(at)
        path = folder / "a.db"
        store = SqlStore(SqliteExecutor(lambda path=path: path, busy_timeout=0.01, connect=disk.connect))
        if not new:
            turn(store, "r0", "before")
        disk.fails_at, disk.code, disk.hard, disk.failed = at, code, hard, False
        try:
            whole_turn(store)
        except StorageError:
            met += 1
        survived = not disk.failed
        disk.fails_at, disk.hard = 0, False

        found = store.get_run(ANYONE, "r1").result()
        if found is None:
            assert store.get_session(ANYONE, "s").result() is None
        elif len(found.steps) == 1:
            assert session(store).session_data == {}
        else:
            assert session(store).session_data == {"session_state": {"done": True}}
        turn(store, "later", "after")
        assert len(read(store, "later").steps) == 2
        store.close()
        check = sqlite3.connect(path)
        assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        check.close()
        if survived:
            break
    else:
        pytest.fail("a turn never took less than 200 statements")
    assert met > (20 if new else 10)


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (sqlite3.SQLITE_READONLY, StoreReadOnlyError, "can't be written: allow writing"),
        (sqlite3.SQLITE_FULL, StoreFullError, "no space left"),
        (sqlite3.SQLITE_LOCKED, StorageError, "is locked by another process"),
        (sqlite3.SQLITE_CORRUPT, StorageError, "is damaged"),
        (sqlite3.SQLITE_IOERR, StorageError, "can't be opened, read or written: injected"),
        (sqlite3.SQLITE_INTERNAL, StorageError, "failed: injected"),
    ],
)
def test_each_failure_names_the_file_and_the_fix(
    store: SqlStore, disk: Disk, tmp_path: Path, code: int, kind: type[StorageError], told: str
) -> None:
    turn(store, "r0")
    disk.fails_at, disk.code = 3, code
    with pytest.raises(StorageError, match=told) as raised:
        accept(store, "r1")
    assert type(raised.value) is kind
    assert str(tmp_path / "a.db") in str(raised.value)
    store.close()


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, StoreFullError), (errno.EDQUOT, StoreFullError), (errno.EROFS, StoreReadOnlyError)],
)
def test_reason_that_sqlite_does_not_tell_is_found_by_trying(
    store: SqlStore, disk: Disk, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[StorageError]
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise OSError(number, "refused")

    turn(store, "r0")
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    disk.fails_at = 3
    with pytest.raises(kind):
        accept(store, "r1")
    store.close()


def test_failed_read_is_told_and_the_next_one_is_fine(store: SqlStore, disk: Disk) -> None:
    turn(store, "r0")
    read(store, "r0")
    disk.fails_at = 1
    with pytest.raises(StorageError, match="injected"):
        read(store, "r0")
    assert read(store, "r0").run.status is RunStatus.completed
    store.close()


def test_system_without_locks_on_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.ENOLCK, "No locks available")

    db = SqliteDb(tmp_path / "a.db")
    with monkeypatch.context() as patched:
        patched.setattr(owners.fcntl, "flock", refuse)
        with pytest.raises(StorageError, match="can't be used: No locks available"):
            accept(db, "r1")
    accept(db, "r1")
    db.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_file_that_was_marked_and_never_filled_is_led_up(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    empty = sqlite3.connect(path)
    empty.execute(f"PRAGMA application_id = {0x41474E4C}")
    empty.close()
    db = SqliteDb(path)
    assert db.get_run(ANYONE, "r1").result() is None
    turn(db, "r1")
    db.close()


def test_whatever_a_unit_raises_in_memory_reaches_its_caller_and_is_undone() -> None:
    executor = InlineExecutor()
    store = SqlStore(executor)
    accept(store, "r0")

    def broken(tx: Transaction) -> None:
        tx.run(Statement("UPDATE runs SET status = 'ERROR'"))
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        executor.write(broken)
    with pytest.raises(RunNotFoundError):
        store.put("nope", 0, [Step(seq=0, key="k")]).result()
    with pytest.raises(InputError, match="can't be stored"):
        store.get_run(ANYONE, "\ud800").result()
    assert read(store, "r0").run.status is RunStatus.running
    finish(store, "r0")
