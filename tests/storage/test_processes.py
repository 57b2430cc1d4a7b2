"""Several processes on one file: they share it, take over what the dead left, and do not survive a fork."""

from __future__ import annotations

import signal
from contextlib import ExitStack

import pytest

from agnolo.ports.journal import Step
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import StaleAttemptError
from agnolo.vocabulary.sessions import Scope
from tests.storage import processes
from tests.storage.stories import ANN, ANYONE, accept, finish, read, session, turn

TURNS = """
import sys
from agnolo.storage.sqlite import SqliteDb
from tests.storage.stories import turn

name = sys.argv[2]
db = SqliteDb(sys.argv[1], busy_timeout=60)
print("ready", flush=True)
sys.stdin.readline()
for number in range(100):
    turn(db, f"{name}-{number}", state_set={f"{name}-{number}": 1}, session_metrics={"input_tokens": 1})
db.close()
"""


def test_processes_that_start_at_once_lose_nothing_of_each_other(sqlite: SqliteDb) -> None:
    with ExitStack() as stack:
        workers = [stack.enter_context(processes.start(TURNS, str(sqlite.path), name)) for name in "abcd"]
        for worker in workers:
            assert worker.stdout and worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        for worker in workers:
            _, errors = worker.communicate(timeout=120)
            assert worker.returncode == 0, errors
    data = session(sqlite).session_data
    assert data["session_metrics"] == {"input_tokens": 400}
    assert len(data["session_state"]) == 400
    runs = sqlite.get_runs(ANYONE, "s").result()
    assert [record.run.run_index for record in runs] == list(range(400))


HOLDER = """
import sys
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.sessions import Scope
from tests.storage.stories import accept, turn

db = SqliteDb(sys.argv[1])
turn(db, "finished")
accept(db, "held", "h", scope=Scope("ann", "elsewhere"))
accept(db, "waiting")
print("holding", flush=True)
sys.stdin.readline()
"""


def test_unfinished_runs_are_those_whose_process_is_gone(sqlite: SqliteDb) -> None:
    accept(sqlite, "mine")
    with processes.start(HOLDER, str(sqlite.path)) as holder:
        assert holder.stdout and holder.stdout.readline() == "holding\n"
        assert sqlite.unfinished_runs().result() == []
        holder.send_signal(signal.SIGKILL)
        holder.wait(30)
    assert sqlite.unfinished_runs().result() == [(Scope("ann", "elsewhere"), "held"), (ANYONE, "waiting")]
    assert sqlite.unfinished_runs().result() == [(Scope("ann", "elsewhere"), "held"), (ANYONE, "waiting")]

    sqlite.begin(Scope("ann", "elsewhere"), "held").result()
    finish(sqlite, "waiting")
    assert sqlite.unfinished_runs().result() == []
    sqlite.close()
    assert sqlite.unfinished_runs().result() == [(ANYONE, "mine"), (Scope("ann", "elsewhere"), "held")]


def test_unfinished_runs_are_empty_for_a_new_database(sqlite: SqliteDb) -> None:
    assert sqlite.unfinished_runs().result() == []


TAKER = """
import sys
from agnolo.storage.sqlite import SqliteDb
from tests.storage.stories import ANYONE, finish

db = SqliteDb(sys.argv[1])
taken = db.begin(ANYONE, "r1").result()
finish(db, "r1", attempt=taken.run.attempt)
db.close()
"""


def test_attempt_superseded_in_another_process_can_write_nothing(sqlite: SqliteDb) -> None:
    accept(sqlite, "r1")
    processes.run(TAKER, str(sqlite.path))
    with pytest.raises(StaleAttemptError, match="attempt 1: attempt 0 was superseded"):
        sqlite.put("r1", 0, [Step(seq=1, key="k")]).result()
    assert len(read(sqlite, "r1").steps) == 1


LEAVER = """
import sys
from agnolo.ports.journal import Frames
from agnolo.storage.sqlite import SqliteDb
from tests.storage.stories import ANYONE, accept, opening

kept = SqliteDb(sys.argv[1])
accept(kept, "r0", "s0")
kept.get_run(ANYONE, "r0").result()
for number in range(200):
    kept.accept(ANYONE, opening(f"q{number}"))
kept.emit("r0", 0, [Frames(first=0, last=0, payload=b"last words")])
"""


def test_process_that_just_ends_has_written_everything(sqlite: SqliteDb) -> None:
    processes.run(LEAVER, str(sqlite.path))
    assert [path.name for path in sqlite.path.parent.iterdir()] == ["agnolo.db"]
    assert len(sqlite.get_runs(ANYONE, "s").result()) == 200
    assert [frames.payload for frames in sqlite.read_frames(ANYONE, "r0", -1).result()] == [b"last words"]


FORKER = """
import os, sys, traceback
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import StorageError
from tests.storage.stories import ANYONE, accept, read, turn

opened, unopened = SqliteDb(sys.argv[1]), SqliteDb(sys.argv[1] + "-other")
turn(opened, "r0")
child = os.fork()
if child == 0:
    try:
        refused = 0
        for call in (
            lambda: turn(opened, "r1"),
            lambda: opened.get_run(ANYONE, "r0"),
            lambda: turn(SqliteDb(sys.argv[1]), "r1"),
        ):
            try:
                call()
            except StorageError as error:
                refused += "was opened before this process was forked" in str(error)
        assert refused == 3, refused
        opened.close()
        turn(unopened, "r1")
        unopened.close()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
turn(opened, "r2")
assert read(unopened, "r1").run.run_id == "r1"
opened.close()
child = os.fork()
if child == 0:
    turn(opened, "r3")
    opened.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert read(opened, "r3").run.run_id == "r3"
print("fine")
"""


def test_file_opened_before_a_fork_is_refused_in_the_child(sqlite: SqliteDb) -> None:
    assert processes.run(FORKER, str(sqlite.path)) == "fine\n"


def test_two_objects_of_one_process_share_a_file(sqlite: SqliteDb) -> None:
    other = SqliteDb(sqlite.path)
    turn(sqlite, "r1", scope=ANN)
    turn(other, "r2", scope=ANN)
    assert sqlite.get_runs(ANN, "s").result() == other.get_runs(ANN, "s").result()
    assert sqlite.unfinished_runs().result() == []
    other.close()
