"""Reading runs back: windows of a session's history, at a cost that does not grow with it."""

from __future__ import annotations

import sys

import pytest

from agnolo.ports.store import Store
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.runs import RunStatus
from tests.storage import processes
from tests.storage.stories import ANYONE, accept, finish, opening, read, turn


def test_runs_come_oldest_first_and_only_the_last(store: Store) -> None:
    for number in range(6):
        turn(store, f"r{number}")
        turn(store, f"other{number}", "s2")
    everything = [read(store, f"r{number}") for number in range(6)]
    assert store.get_runs(ANYONE, "s").result() == everything
    assert store.get_runs(ANYONE, "s", last=2).result() == everything[-2:]
    assert store.get_runs(ANYONE, "s", last=99).result() == everything
    assert store.get_runs(ANYONE, "s", last=0).result() == []
    assert store.get_runs(ANYONE, "unknown").result() == []


def test_window_counts_only_runs_with_the_wanted_statuses(store: Store) -> None:
    for number in range(6):
        accept(store, f"r{number}")
        finish(store, f"r{number}", status=RunStatus.completed if number % 2 else RunStatus.error)
    accept(store, "r6")

    def ids(*statuses: str, last: int | None = None) -> list[str]:
        return [record.run.run_id for record in store.get_runs(ANYONE, "s", last=last, statuses=statuses).result()]

    assert ids("COMPLETED", last=2) == ["r3", "r5"]
    assert ids(RunStatus.error) == ["r0", "r2", "r4"]
    assert ids("ERROR", "RUNNING", last=2) == ["r4", "r6"]
    assert ids() == []


def test_negative_window_is_refused(store: Store) -> None:
    with pytest.raises(ConfigurationError, match="last -1 runs"):
        store.get_runs(ANYONE, "s", last=-1)


READER = """
import sys
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.sessions import Scope

def read_bytes():
    with open("/proc/self/io") as lines:
        return int(dict(line.split(": ") for line in lines)["rchar"])

db = SqliteDb(sys.argv[1])
db.get_runs(Scope(), "other", last=5, statuses=["COMPLETED"]).result()
db.get_run(Scope(), "other-0").result()
before = read_bytes()
found = db.get_runs(Scope(), "long", last=5, statuses=["COMPLETED"]).result()
middle = read_bytes()
page = db.get_run(Scope(), "long-0").result()
after = read_bytes()
left = db.unfinished_runs().result()
end = read_bytes()
assert left == []
assert [record.run.run_id for record in found] == [f"long-{n}" for n in range(9995, 10000)]
assert page.run.run_id == "long-0"
print(middle - before, after - middle, end - after)
db.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts bytes read in /proc")
def test_window_of_a_long_session_reads_a_few_pages(sqlite: SqliteDb) -> None:
    pending = [
        sqlite.accept(
            ANYONE, opening(f"{name}-{number}", name, status=RunStatus.completed, run_data={"content": "x" * 600})
        )
        for number in range(10_000)
        for name in ("long", "other")
    ]
    for each in pending:
        each.result()
    sqlite.close()
    assert sqlite.path.stat().st_size > 15_000_000

    window, one, unfinished = map(int, processes.run(READER, str(sqlite.path)).split())
    assert window < 40_000
    assert one < 10_000
    assert unfinished < 10_000
