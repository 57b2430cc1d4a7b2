"""SIGKILL at random moments: what was acknowledged is there, what was not is whole or absent, the file is sound."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
from pathlib import Path

import pytest

from agnolo.storage.sqlite import SqliteDb
from tests.storage import processes
from tests.storage.stories import ANYONE, session

KILLS = int(os.environ.get("AGNOLO_KILLS", "50"))

WORKER = """
import itertools, os, sys, threading
from agnolo.ports.journal import Frames
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.runs import RunStatus
from tests.storage.stories import ANYONE, accept, finish, said

db = SqliteDb(sys.argv[1])

def told(*words):
    os.write(1, (" ".join(words) + "\\n").encode())

def work(name):
    for number in itertools.count():
        run_id = f"{os.getpid()}-{name}-{number}"
        accept(db, run_id, steps=2)
        told("accepted", run_id)
        pending = []
        for step in range(2, 5):
            frame = Frames(first=step - 2, last=step - 2, payload=b"delta")
            db.emit(run_id, 0, [frame]).add_done_callback(
                lambda done, step=step: told("emitted", run_id, str(step - 2)) if not done.exception() else None
            )
            db.put(run_id, 0, [said(step, "tool", "x" * 300 * step, f"turn:{step}/tool")]).result()
            told("put", run_id, str(step))
        finish(db, run_id, steps=[said(5, "assistant", "done", "turn:5/model")], session_metrics={"runs": 1})
        told("finished", run_id)

for name in "abc":
    threading.Thread(target=work, args=(name,), daemon=True).start()
threading.Event().wait()
"""


@pytest.mark.slow
def test_killed_process_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "agnolo.db"
    moments = random.Random(7)
    lines: list[str] = []
    for _ in range(KILLS):
        with processes.start(WORKER, str(path)) as worker:
            assert worker.stdout
            out = "".join(itertools.islice(worker.stdout, moments.randrange(1, 80)))
            worker.kill()
            out += worker.stdout.read()
        # The last line may be cut: it was not acknowledged.
        lines += out[: out.rfind("\n") + 1].splitlines()

    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()
    store = SqliteDb(path)
    runs = {record.run.run_id: record for record in store.get_runs(ANYONE, "s").result()}
    finished = 0
    for line in lines:
        what, run_id, *rest = line.split()
        record = runs[run_id]
        seqs = [step.seq for step in record.steps]
        if what == "accepted":
            assert seqs[:2] == [0, 1]
        elif what == "put":
            assert int(rest[0]) in seqs
        elif what == "emitted":
            frames = store.read_frames(ANYONE, run_id, int(rest[0]) - 1).result()
            assert frames[0].first == int(rest[0])
        else:
            finished += 1
            assert record.run.status == "COMPLETED"
            assert seqs == [0, 1, 2, 3, 4, 5]
    for record in runs.values():
        # Nothing is there in part: an acceptance has both its steps, an end its last one.
        seqs = [step.seq for step in record.steps]
        assert seqs == list(range(len(seqs)))
        assert len(seqs) >= 2
        assert (record.run.status == "COMPLETED") == (len(seqs) == 6)
    completed = sum(record.run.status == "COMPLETED" for record in runs.values())
    assert session(store).session_data["session_metrics"] == {"runs": completed}
    assert sorted(record.run.run_index for record in runs.values()) == list(range(len(runs)))
    interrupted = {run_id for run_id, record in runs.items() if record.run.status == "RUNNING"}
    assert {run_id for _, run_id in store.unfinished_runs().result()} == interrupted
    assert interrupted, "no run was interrupted: the test proves nothing"
    assert finished > KILLS
    store.close()
