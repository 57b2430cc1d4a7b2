"""SQLite files: where they lie, how they are made, whose they are, what goes wrong with them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, ScriptedModel
from agnolo.ports.journal import Step
from agnolo.ports.spending import Amounts, Purse
from agnolo.storage import migrations, owners
from agnolo.storage.memory import InMemoryDb
from agnolo.storage.migrations import VERSION
from agnolo.storage.sql_store import SqlStore
from agnolo.storage.sqlite import SqliteDb, SqliteExecutor
from agnolo.vocabulary.errors import ConfigurationError, StorageError, StoreFullError
from tests.storage import processes
from tests.storage.stories import ANYONE, accept, finish, opening, read, said, turn


def raw(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """Run SQL by hand; the rows of the last statement."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return [connection.execute(statement).fetchall() for statement in statements][-1]
    finally:
        connection.close()


def test_making_a_database_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGNO_DATA_DIR", str(tmp_path / "data"))
    db = SqliteDb()
    assert db.path == tmp_path / "data" / "agnolo.db"
    assert db.id == SqliteDb(tmp_path / "data" / "agnolo.db").id
    assert list(tmp_path.iterdir()) == []
    turn(db, "r1")
    assert db.path.exists()
    db.close()


def test_path_is_settled_when_first_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    db = SqliteDb("x/../a.db")
    assert db.path == tmp_path / "a.db"
    monkeypatch.chdir("/")
    assert db.path == tmp_path / "a.db"


def test_ids_are_stable_and_different_or_as_given(tmp_path: Path) -> None:
    assert SqliteDb(tmp_path / "a.db").id == SqliteDb(str(tmp_path / "a.db")).id != SqliteDb(tmp_path / "b.db").id
    assert SqliteDb(id="main").id == InMemoryDb(id="main").id == "main"
    memory = InMemoryDb()
    assert memory.id == memory.id != InMemoryDb().id


def test_namespaces_lie_in_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGNO_DATA_DIR", str(tmp_path))
    assert SqliteDb(namespace="acme").path == tmp_path / "acme" / "agnolo.db"
    assert SqliteDb(namespace="../etc").path.parent.parent == tmp_path


def test_unknown_options_are_refused_with_the_nearest() -> None:
    with pytest.raises(TypeError, match="no option 'db_fil': did you mean 'db_file'"):
        SqliteDb(db_fil="x")  # pyright: ignore[reportCallIssue] - wrong on purpose
    with pytest.raises(TypeError, match="no option 'sesion_table': did you mean 'session_table'"):
        SqliteDb("x.db", sesion_table="t")  # pyright: ignore[reportCallIssue] - wrong on purpose
    with pytest.raises(TypeError, match="no option 'shelf': its options are db_file, id, namespace, busy_timeout"):
        SqliteDb("x.db", shelf="t")  # pyright: ignore[reportCallIssue] - wrong on purpose


def test_names_of_tables_keep_apart_what_they_name(tmp_path: Path) -> None:
    file = tmp_path / "data.db"
    plain, usual = SqliteDb(file), SqliteDb(file, session_table="agno_sessions", memory_table=None)
    chats = SqliteDb(file, session_table="chats", memory_table="my facts")
    assert plain.path == usual.path == file
    assert chats.path == SqliteDb(file, memory_table="my facts", session_table="chats").path
    assert chats.path == tmp_path / "data.my-facts.chats.db"
    for db in (plain, chats):
        Agent(model=ScriptedModel(["Hello."]), db=db, session_id="s").run("Hi")
    assert [len(Agent(model=ScriptedModel([]), db=db).get_session("s").runs) for db in (plain, chats)] == [1, 1]  # pyright: ignore[reportOptionalMemberAccess] - it is stored
    assert chats.to_dict()["session_table"] == "chats"
    assert "session_table" not in plain.to_dict()


def test_contradictory_options_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"use InMemoryDb\(\)"):
        SqliteDb(":memory:")
    with pytest.raises(ConfigurationError, match="namespace='acme' has no effect"):
        SqliteDb("x.db", namespace="acme")


def test_data_outlives_the_object_and_a_closed_one_opens_again(sqlite: SqliteDb) -> None:
    turn(sqlite, "r1")
    record = read(sqlite, "r1")
    sqlite.close()
    assert [path.name for path in sqlite.path.parent.iterdir()] == ["agnolo.db"]
    other = SqliteDb(sqlite.path)
    assert read(other, "r1") == record
    other.close()
    turn(sqlite, "r2")
    assert sqlite.ping().result()["path"] == str(sqlite.path)
    assert raw(sqlite.path, "PRAGMA journal_mode") == [("wal",)]
    assert raw(sqlite.path, "PRAGMA integrity_check") == [("ok",)]


def test_file_of_a_newer_release_is_refused_and_left_alone(sqlite: SqliteDb) -> None:
    turn(sqlite, "r1")
    sqlite.close()
    raw(sqlite.path, "PRAGMA user_version = 99")
    before = sqlite.path.read_bytes()
    for call in (lambda: sqlite.ping(), lambda: sqlite.get_run(ANYONE, "r1")):
        with pytest.raises(StorageError, match=f"schema version 99, and this release knows up to {VERSION}: upgrade"):
            call().result()
    sqlite.close()
    assert sqlite.path.read_bytes() == before


def test_file_of_the_first_release_is_led_up_with_its_rows(sqlite: SqliteDb) -> None:
    turn(sqlite, "r1")
    record = read(sqlite, "r1")
    sqlite.close()
    later = [line.split()[2] for step in migrations.STEPS[1:] for line in step if line.startswith("CREATE TABLE")]
    for table in later:
        raw(sqlite.path, f"DROP TABLE {table}")
    raw(sqlite.path, "PRAGMA user_version = 1")
    other = SqliteDb(sqlite.path)
    assert read(other, "r1") == record
    assert other.ping().result()["schema_version"] == VERSION
    assert other.get_spending(ANYONE, Purse(kind="user", id="u")).result() == Amounts()
    other.close()


def test_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    raw(path, "CREATE TABLE agno_sessions (x)")
    before = path.read_bytes()
    db = SqliteDb(path)
    with pytest.raises(StorageError, match="is the database of another program: choose another db_file"):
        accept(db, "r1")
    db.close()
    assert path.read_bytes() == before


def test_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary " * 1000)
    db = SqliteDb(path)
    with pytest.raises(StorageError, match=r"notes\.txt' is not a database"):
        accept(db, "r1")
    with pytest.raises(StorageError, match="is not a database"):
        db.get_run(ANYONE, "r1").result()
    db.close()
    assert path.read_text() == "dear diary " * 1000


def test_damaged_database_is_told_and_a_restored_one_works_again(sqlite: SqliteDb, tmp_path: Path) -> None:
    for number in range(40):
        turn(sqlite, f"r{number}")
    sqlite.close()
    backup = shutil.copy(sqlite.path, tmp_path / "backup.db")
    damaged = bytearray(sqlite.path.read_bytes())
    damaged[512 * 2 :] = b"\xff" * (len(damaged) - 512 * 2)
    sqlite.path.write_bytes(damaged)
    with pytest.raises(StorageError, match="damaged: restore it"):
        accept(sqlite, "new")
    with pytest.raises(StorageError, match="damaged: restore it"):
        sqlite.get_run(ANYONE, "r1").result()
    sqlite.close()
    shutil.copy(backup, sqlite.path)
    accept(sqlite, "new")
    assert read(sqlite, "r1").run.run_id == "r1"


def test_directory_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    with pytest.raises(StorageError, match=r"a\.db' can't be opened, read or written"):
        SqliteDb(tmp_path / "a.db").ping().result()
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"can't be used: .*AGNO_DATA_DIR"):
        SqliteDb(tmp_path / "file" / "a.db").ping().result()


def test_lock_held_too_long_by_another_process_is_told_and_then_gone(sqlite: SqliteDb) -> None:
    accept(sqlite, "r1")
    sqlite.close()
    hasty = SqliteDb(sqlite.path, busy_timeout=0.05)
    blocker = sqlite3.connect(sqlite.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    pending = [hasty.accept(ANYONE, opening(f"q{n}")) for n in range(3)]
    for each in pending:
        with pytest.raises(StorageError, match="is locked by another process"):
            each.result()
    assert hasty.get_run(ANYONE, "q1").result() is None
    assert read(hasty, "r1").run.run_id == "r1"
    blocker.execute("ROLLBACK")
    blocker.close()
    accept(hasty, "q1")
    hasty.close()


def test_old_sqlite_is_refused(sqlite: SqliteDb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 0))
    with pytest.raises(StorageError, match=r"too old: use a Python built with 3\.35"):
        sqlite.ping().result()


def test_full_database_refuses_whole_units_and_recovers(tmp_path: Path) -> None:
    made: list[sqlite3.Connection] = []

    def connect(target: str, **options: Any) -> sqlite3.Connection:
        made.append(sqlite3.connect(target, **options))
        return made[-1]

    path = tmp_path / "a.db"
    store = SqlStore(SqliteExecutor(lambda: path, busy_timeout=5, connect=connect))
    turn(store, "r0")
    writer = made[0]
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages + 40}")

    stored = 0
    with pytest.raises(StoreFullError, match="no space left for database"):
        for number in range(1000):
            accept(store, f"q{number}", "full", steps=3)
            stored += 1
    assert stored > 2
    assert store.get_run(ANYONE, f"q{stored}").result() is None
    assert len(store.get_runs(ANYONE, "full").result()) == stored
    with pytest.raises(StoreFullError):
        store.put("r0", 0, [said(9, "user", "x" * 100_000)]).result()
    assert len(read(store, "r0").steps) == 2

    writer.execute("PRAGMA max_page_count = 1000000")
    accept(store, f"q{stored}", "full")
    finish(store, "q0")
    assert len(store.get_runs(ANYONE, "full").result()) == stored + 1
    store.close()
    assert raw(path, "PRAGMA integrity_check") == [("ok",)]


FULL_DISK = """
import os, sys
from pathlib import Path
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import StoreFullError
from tests.storage.stories import ANYONE, accept, finish, read, turn

folder = Path(sys.argv[1])
db = SqliteDb(folder / "a.db")
turn(db, "r0")
ballast = folder / "ballast"
ballast.write_bytes(bytes(2_000_000))
acknowledged = []
try:
    for number in range(10_000):
        accept(db, f"q{number}", f"s{number}", steps=20)
        acknowledged.append(f"q{number}")
except StoreFullError as error:
    assert "no space left" in str(error), error
else:
    raise AssertionError("never full")
assert acknowledged
try:
    db.ping().result()
except StoreFullError:
    pass
assert db.get_run(ANYONE, f"q{len(acknowledged)}").result() is None
ballast.unlink()
turn(db, "later")
for run_id in acknowledged:
    assert len(read(db, run_id).steps) == 20
db.close()
again = SqliteDb(folder / "a.db")
assert len(again.get_runs(ANYONE, "s").result()) == 2

again.close()
room = os.statvfs(folder)
ballast.write_bytes(bytes(room.f_bavail * room.f_frsize))
fresh = SqliteDb(folder / "fresh" / "b.db")
try:
    accept(fresh, "r")
except StoreFullError:
    print("full told")
fresh.close()
ballast.unlink()
accept(fresh, "r")
fresh.close()
print("recovered")
"""


def test_full_disk_refuses_whole_units_and_recovers(tmp_path: Path) -> None:
    out = processes.run_mounted(FULL_DISK, tmp_path, "size=4m")
    assert out == "full told\nrecovered\n"


READ_ONLY = """
import os, sys
from pathlib import Path
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import StoreReadOnlyError
from tests.storage.processes import become_nobody
from tests.storage.stories import ANYONE, accept, read, turn

become_nobody()
folder = Path(sys.argv[1]) / "mine"
db = SqliteDb(folder / "a.db")
turn(db, "r0")
db.close()
os.chmod(db.path, 0o444)
for attempt in range(2):
    try:
        accept(db, "r1")
    except StoreReadOnlyError as error:
        print(error)
assert read(db, "r0").run.run_id == "r0"
db.close()

for path in folder.iterdir():
    os.chmod(path, 0o644)
os.chmod(folder, 0o555)
for path in (db.path, folder / "new.db", folder / "new" / "new.db"):
    other = SqliteDb(path)
    try:
        accept(other, "r1")
    except StoreReadOnlyError as error:
        print(error)
    other.close()

os.chmod(folder, 0o755)
accept(db, "r1")
db.close()
print("recovered")
"""


@pytest.fixture
def anyones_folder() -> Iterator[Path]:
    """A folder that every user may write. Not in pytest's own, whose parents are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


def test_file_that_can_not_be_written_can_still_be_read(anyones_folder: Path) -> None:
    out = processes.run(READ_ONLY, str(anyones_folder))
    told = (
        "database '{}' can't be written: allow writing to it, its -wal and -shm files and its directory,"
        " or choose another db_file"
    )
    folder = anyones_folder / "mine"
    paths = [folder / "a.db", folder / "a.db", folder / "a.db", folder / "new.db", folder / "new" / "new.db"]
    assert out.splitlines() == [*(told.format(path) for path in paths), "recovered"]


def test_owner_is_alive_until_released(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    one, two = owners.Owner(database), owners.Owner(database)
    assert one.number != two.number
    assert not owners.is_gone(database, one.number)
    one.release()
    assert owners.is_gone(database, one.number)
    assert not owners.is_gone(database, two.number)
    two.release()
    assert list(tmp_path.iterdir()) == []


def test_step_survives_in_the_file_as_json(sqlite: SqliteDb) -> None:
    accept(sqlite, "r1", steps=0)
    sqlite.put("r1", 0, [Step(seq=0, key="k", result={"a": [1]})]).result()
    assert raw(sqlite.path, "SELECT payload FROM steps") == [(b'{"seq":0,"key":"k","result":{"a":[1]}}',)]
