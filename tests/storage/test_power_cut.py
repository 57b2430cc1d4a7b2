"""Power cuts, simulated: every write and sync of a run of commits is recorded, then the disk is cut off at random.

What was synced stays; of what was not, each write is kept, lost, or torn at 512 bytes. Needs apsw for its file layer.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agnolo.ports.journal import Finish, Frames, SessionChange
from agnolo.storage.sql_store import SqlStore
from agnolo.storage.sqlite import SqliteDb, SqliteExecutor
from agnolo.vocabulary.runs import RunStatus
from tests.storage.stories import ANYONE, opening, said

apsw = pytest.importorskip("apsw")

CUTS = int(os.environ.get("AGNOLO_CUTS", "400"))
SECTOR = 512


class Op(NamedTuple):
    """Something that happened, in order: to a file, or told to a caller."""

    kind: str
    file: str
    offset: int = 0
    content: bytes = b""


Log = list[Op]


class RecordedFile(apsw.VFSFile):
    def __init__(self, log: Log, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._log = log
        self._name = Path(name if isinstance(name, str) else name.filename()).name

    def xWrite(self, data: bytes, offset: int) -> None:
        self._log.append(Op("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self._log.append(Op("truncate", self._name, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._log.append(Op("sync", self._name))


class RecordingVfs(apsw.VFS):
    def __init__(self, log: Log) -> None:
        super().__init__("recording", "")
        self._log = log

    def xOpen(self, name: Any, flags: list[int]) -> RecordedFile:
        return RecordedFile(self._log, name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:
        super().xDelete(name, syncdir)
        self._log.append(Op("delete", Path(name).name))


class Cursor(NamedTuple):
    """As far as the store uses a cursor of sqlite3."""

    rows: list[Any]
    rowcount: int

    def fetchall(self) -> list[Any]:
        return self.rows


class Connection:
    """An apsw connection as far as the store uses one of sqlite3. `full` takes the place of FULL."""

    def __init__(self, path: str, full: str) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        self._raw = apsw.Connection(path, flags, "recording")
        self._full = full
        # apsw's files have no shared memory; nobody else is here.
        self.execute("PRAGMA locking_mode = EXCLUSIVE")

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Cursor:
        sql = sql.replace("synchronous = FULL", f"synchronous = {self._full}")
        if "wal_autocheckpoint" in sql:
            sql = "PRAGMA wal_autocheckpoint = 60"
        before = self._raw.total_changes()
        found = list(self._raw.execute(sql, tuple(params)))
        return Cursor(found, self._raw.total_changes() - before)

    @property
    def total_changes(self) -> int:
        return self._raw.total_changes()

    @property
    def in_transaction(self) -> bool:
        return self._raw.in_transaction

    def close(self) -> None:
        self._raw.close()


def recorded(folder: Path, full: str) -> Log:
    """What 40 turns do to the disk, and what their callers are told, in order."""
    log: Log = []
    vfs = RecordingVfs(log)
    path = folder / "agnolo.db"
    connect: Any = lambda target, **_: Connection(target, full)  # noqa: E731 - takes the place of sqlite3.connect
    executor = SqliteExecutor(lambda: path, busy_timeout=5, connect=connect)
    store = SqlStore(executor)

    def told(kind: str, run_id: str, pending: Future[Any]) -> None:
        pending.add_done_callback(lambda done: log.append(Op(kind, run_id)) if not done.exception() else None)

    for number in range(40):
        run_id = f"r{number}"
        told("accepted", run_id, store.accept(ANYONE, opening(run_id, steps=2)))
        store.emit(run_id, 0, [Frames(first=0, last=0, payload=b"delta")])
        told("put", run_id, store.put(run_id, 0, [said(2, "tool", "x" * 900, "turn:0/tool")]))
        end = Finish(
            run_id=run_id,
            attempt=0,
            status=RunStatus.completed,
            run_data={"content": "y" * 200},
            steps=[said(3, "assistant", "done", "turn:1/model")],
            session=SessionChange(session_metrics={"runs": 1}),
        )
        last = store.finish(ANYONE, end)
        told("finished", run_id, last)
        assert last.exception() is None
    store.close()
    vfs.unregister()
    return log


def cut_off(ops: Log, folder: Path, chance: random.Random) -> None:
    """Leave in `folder` what a disk may hold after the power went at the end of `ops`."""
    synced: dict[str, bytearray] = {}
    waiting: dict[str, list[Op]] = {}
    for op in ops:
        if op.kind == "sync":
            for done in waiting.pop(op.file, []):
                apply(synced.setdefault(op.file, bytearray()), done)
        elif op.kind == "delete":
            synced.pop(op.file, None)
            waiting.pop(op.file, None)
        elif op.kind in ("write", "truncate"):
            waiting.setdefault(op.file, []).append(op)
    for file, ops_of_file in waiting.items():
        content = synced.setdefault(file, bytearray())
        for op in ops_of_file:
            for part in survivors(op, chance):
                apply(content, part)
    for file, content in synced.items():
        (folder / file).write_bytes(content)


def survivors(op: Op, chance: random.Random) -> Log:
    """What is left of an operation that was not synced: all of it, some sectors, or nothing."""
    fate = chance.random()
    if fate < 0.4:
        return [op]
    if fate < 0.8 or op.kind != "write":
        return []
    starts = (start for start in range(0, len(op.content), SECTOR) if chance.random() < 0.5)
    return [op._replace(offset=op.offset + start, content=op.content[start : start + SECTOR]) for start in starts]


def apply(content: bytearray, op: Op) -> None:
    size = op.offset if op.kind == "truncate" else op.offset + len(op.content)
    content.extend(bytes(max(0, size - len(content))))
    if op.kind == "truncate":
        del content[size:]
    else:
        content[op.offset : size] = op.content


def lost(ops: Log, folder: Path) -> int:
    """How much of what was told is not in the file, which must be sound."""
    path = folder / "agnolo.db"
    if path.exists():
        check = sqlite3.connect(path)
        assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        check.close()
    store = SqliteDb(path)
    runs = {record.run.run_id: record for record in store.get_runs(ANYONE, "s").result()}
    store.close()
    missing = 0
    for op in ops:
        if op.kind in ("accepted", "put", "finished"):
            steps = {"accepted": 2, "put": 3, "finished": 4}[op.kind]
            found = runs.get(op.file)
            missing += found is None or len(found.steps) < steps
    for record in runs.values():
        assert len(record.steps) in (2, 3, 4)
        assert (record.run.status == "COMPLETED") == (len(record.steps) == 4)
    return missing


def cuts_with_a_loss(tmp_path: Path, full: str, cuts: int) -> int:
    source = tmp_path / "source"
    source.mkdir()
    log = recorded(source, full)
    assert sum(op.kind == "finished" for op in log) == 40
    assert any(op.kind == "write" and op.file == "agnolo.db" for op in log[len(log) // 2 :]), "no checkpoint"
    chance = random.Random(11)
    # From the end of creation on: a file that never became one was promised to nobody.
    first = next(place for place, op in enumerate(log) if op.kind == "accepted")
    bad = 0
    for number in range(cuts):
        ops = log[: chance.randrange(first, len(log))]
        folder = tmp_path / f"cut{number}"
        folder.mkdir()
        cut_off(ops, folder, chance)
        bad += lost(ops, folder) > 0
    return bad


def test_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    assert cuts_with_a_loss(tmp_path, "FULL", CUTS) == 0


def test_simulated_power_cuts_do_hurt_commits_that_are_not_synced(tmp_path: Path) -> None:
    assert cuts_with_a_loss(tmp_path, "NORMAL", 40) > 0
