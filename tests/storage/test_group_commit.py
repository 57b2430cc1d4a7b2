"""Many units in one commit: each is atomic, fails alone, keeps its order, and is told only after the commit."""

from __future__ import annotations

import gc
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.journal import Finish, Frames, Step
from agnolo.storage.executor import Statement, Transaction
from agnolo.storage.sql_store import SqlStore
from agnolo.storage.sqlite import SqliteConnection, SqliteDb, SqliteExecutor
from agnolo.storage.writer import LINGER_BYTES, Writer
from agnolo.vocabulary.errors import StaleAttemptError, StorageError
from agnolo.vocabulary.runs import RunStatus
from tests.storage.stories import ANYONE, accept, finish, opening, read, turn


@contextmanager
def held_up(path: Path) -> Iterator[None]:
    """While inside, another connection has the file: the writer waits, and what is submitted becomes one group."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def ended(run_id: str, *steps: Step) -> Finish:
    return Finish(run_id=run_id, attempt=0, status=RunStatus.completed, run_data={}, steps=steps)


def test_unit_that_fails_half_way_takes_nobody_with_it(sqlite: SqliteDb) -> None:
    for run_id in ("r0", "r1", "r2", "r3"):
        accept(sqlite, run_id)
    with held_up(sqlite.path):
        first = sqlite.put("r0", 0, [Step(seq=1, key="k")])
        pending: list[Future[Any]] = [
            sqlite.finish(ANYONE, ended("r1", Step(seq=1, key="k"))),
            sqlite.finish(ANYONE, ended("r2", Step(seq=0, key="taken"))),
            sqlite.put("r9", 0, [Step(seq=1, key="k")]),
            sqlite.accept(ANYONE, opening("r4")),
            sqlite.put("r3", 0, [Step(seq=1, key="k")]),
        ]
        assert not first.done()
    assert first.result() is None
    failures = [type(each.exception()).__name__ for each in pending]
    assert failures == ["NoneType", "StorageError", "RunNotFoundError", "NoneType", "NoneType"]
    assert read(sqlite, "r1").run.status is RunStatus.completed
    assert read(sqlite, "r2").run.status is RunStatus.running
    assert [len(read(sqlite, f"r{n}").steps) for n in range(5)] == [2, 2, 1, 2, 1]


def test_unit_refused_before_it_wrote_leaves_its_group_together(sqlite: SqliteDb) -> None:
    accept(sqlite, "r0")
    sqlite.begin(ANYONE, "r0").result()
    accept(sqlite, "r1")
    with held_up(sqlite.path):
        first = sqlite.put("r1", 0, [Step(seq=1, key="k")])
        stale, good = sqlite.put("r0", 0, [Step(seq=1, key="k")]), sqlite.put("r0", 1, [Step(seq=1, key="k")])
    first.result()
    with pytest.raises(StaleAttemptError):
        stale.result()
    good.result()
    assert len(read(sqlite, "r0").steps) == 2


def test_events_are_written_before_the_next_unit_of_their_run(sqlite: SqliteDb) -> None:
    accept(sqlite, "r0")
    frames = [Frames(first=n, last=n, payload=b"x") for n in range(20)]
    pending = [sqlite.emit("r0", 0, [frame]) for frame in frames]
    sqlite.begin(ANYONE, "r0").result()
    assert [each.exception() for each in pending] == [None] * 20
    assert sqlite.read_frames(ANYONE, "r0", -1).result() == frames


def test_events_are_written_without_anyone_pushing(sqlite: SqliteDb) -> None:
    accept(sqlite, "r0")
    frame = Frames(first=0, last=0, payload=b"x")
    sqlite.emit("r0", 0, [frame]).result(timeout=30)
    assert sqlite.read_frames(ANYONE, "r0", -1).result() == [frame]


def test_many_bytes_of_events_do_not_wait(sqlite: SqliteDb) -> None:
    accept(sqlite, "r0")
    payload = bytes(LINGER_BYTES)
    sqlite.emit("r0", 0, [Frames(first=0, last=0, payload=payload)]).result(timeout=30)
    assert sqlite.read_frames(ANYONE, "r0", -1).result()[0].payload == payload


def test_events_do_not_starve_behind_other_work(sqlite: SqliteDb) -> None:
    accept(sqlite, "r0")
    emitted = sqlite.emit("r0", 0, [Frames(first=0, last=0, payload=b"x")])
    turns = 0
    while not emitted.done():
        turn(sqlite, f"busy{turns}")
        turns += 1
    assert emitted.exception() is None


def test_close_writes_what_was_submitted(sqlite: SqliteDb) -> None:
    accept(sqlite, "r0")
    pending: list[Future[Any]] = [sqlite.accept(ANYONE, opening(f"q{n}")) for n in range(700)]
    pending.append(sqlite.emit("r0", 0, [Frames(first=0, last=0, payload=b"x")]))
    sqlite.close()
    assert all(each.done() and each.exception() is None for each in pending)
    assert len(sqlite.get_runs(ANYONE, "s").result()) == 701
    assert len(sqlite.read_frames(ANYONE, "r0", -1).result()) == 1


def test_caller_that_stops_waiting_has_still_written(sqlite: SqliteDb) -> None:
    accept(sqlite, "r0")
    with held_up(sqlite.path):
        pending = sqlite.finish(ANYONE, ended("r0"))
        assert pending.cancel() is False
    pending.result()
    assert read(sqlite, "r0").run.status is RunStatus.completed


def test_whatever_a_unit_raises_reaches_its_caller_and_the_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    executor = SqliteExecutor(lambda: path, busy_timeout=5)
    store = SqlStore(executor)
    accept(store, "r0")
    spoil = Statement("UPDATE runs SET status = 'ERROR'")

    def broken(tx: Transaction) -> None:
        tx.run(spoil)
        raise ZeroDivisionError("a bug")

    def wrong(tx: Transaction) -> None:
        tx.run(Statement("SELECT nonsense"))

    with pytest.raises(ZeroDivisionError, match="a bug"):
        executor.write(broken).result()
    with pytest.raises(StorageError, match=r"a\.db' failed: no such column: nonsense"):
        executor.write(wrong).result()
    with pytest.raises(StorageError, match="nonsense"):
        executor.read(wrong).result()
    assert read(store, "r0").run.status is RunStatus.running
    finish(store, "r0")
    store.close()


def test_unit_that_ends_its_transaction_is_undone_and_the_others_are_not(sqlite: SqliteDb, tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    executor = SqliteExecutor(lambda: path, busy_timeout=5)
    store = SqlStore(executor)
    accept(store, "r0")

    def rolling_back(tx: Transaction) -> None:
        tx.run(Statement("ROLLBACK"))
        raise ZeroDivisionError

    with held_up(path):
        first = store.put("r0", 0, [Step(seq=1, key="k")])
        good, bad, other = (
            store.accept(ANYONE, opening("r1")),
            executor.write(rolling_back),
            store.accept(ANYONE, opening("r2")),
        )
    first.result()
    assert isinstance(bad.exception(), ZeroDivisionError)
    assert (good.result().run_index, other.result().run_index) == (1, 2)
    store.close()


def test_forgotten_database_ends_its_threads_and_has_written_everything(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    forgotten = SqliteDb(path)
    pending = [forgotten.accept(ANYONE, opening(f"r{n}")) for n in range(50)]
    gone = weakref.ref(forgotten)
    writer = next(thread for thread in threading.enumerate() if thread.name == "agnolo-writer-a.db")
    del forgotten
    gc.collect()
    assert gone() is None
    writer.join(30)
    assert not writer.is_alive()
    assert [each.exception() for each in pending] == [None] * 50
    again = SqliteDb(path)
    assert len(again.get_runs(ANYONE, "s").result()) == 50
    again.close()


def test_closed_writer_refuses_work(tmp_path: Path) -> None:
    raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    writer = Writer(lambda: SqliteConnection(raw, "x"), name="w")
    writer.submit(lambda tx: tx.one(Statement("SELECT 1"))).result()
    writer.close()
    with pytest.raises(StorageError, match="closed"):
        writer.submit(lambda tx: None)
