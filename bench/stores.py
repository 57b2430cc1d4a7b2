"""What our store costs: turns a second, CPU and bytes written per turn, alone, in company, and with streamed events."""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from agnolo.ports.journal import Acceptance, Finish, Frames, RunRow, SessionChange, Step
from agnolo.ports.store import Store
from agnolo.storage.memory import InMemoryDb
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import Scope, SessionRow

SCOPE = Scope("bench")
_WORDS = "".join(random.Random(1).choices("abcdefghijklmnop    ", k=100_000))


class Cost(NamedTuple):
    """One measurement."""

    turns: int
    wall_s: float
    cpu_s: float
    wchar: int
    device: int
    waits_ms: list[float]

    def line(self, name: str) -> str:
        waits = sorted(self.waits_ms)
        return (
            f"{name:44} {self.turns / self.wall_s:8.0f} turns/s {self.cpu_s / self.turns * 1e6:7.0f} us CPU/turn"
            f"  wait p50 {statistics.median(waits):6.2f} p95 {waits[int(len(waits) * 0.95)]:6.2f} ms"
            f"  {self.wchar / self.turns:7.0f} B written {self.device / self.turns:7.0f} B to the device"
        )


def text(size: int) -> str:
    """Varying text."""
    start = random.randrange(len(_WORDS) - size)
    return _WORDS[start : start + size]


def turn(store: Store, session_id: str, *, flushes: int = 0, seconds: float = 0.0) -> float:
    """Accept, stream, finish as the engine does: 2.7 KB, and 1.4 KB for each flush of events.

    Returns the milliseconds spent waiting for the two commits.
    """
    run_id = new_id()
    steps = [Step(seq=0, key="system", message=Message(role="system", content=text(200)))]
    steps.append(Step(seq=1, key="input", message=Message(role="user", content=text(150))))
    session = SessionRow(session_id=session_id)
    run = RunRow(run_id=run_id, session_id=session_id, component_id="agent")
    start = time.perf_counter()
    store.accept(SCOPE, Acceptance(run=run, session=session, steps=steps)).result()
    waited = time.perf_counter() - start
    for index in range(flushes):
        time.sleep(seconds / flushes)
        store.emit(run_id, 0, [Frames(first=index, last=index, payload=text(1400).encode())])
    answer = Message(role="assistant", content=text(400))
    metrics = {"input_tokens": 80, "output_tokens": 120, "total_tokens": 200, "duration": 0.2}
    ended = Finish(
        run_id=run_id,
        attempt=0,
        status=RunStatus.completed,
        run_data={"content": answer.content, "model": "m", "metrics": metrics, "session_state": {}},
        steps=[Step(seq=2, key="turn:0/model", message=answer)],
        frames=[Frames(first=flushes, last=flushes, payload=text(600).encode())],
        session=SessionChange(session_metrics=metrics),
    )
    start = time.perf_counter()
    store.finish(SCOPE, ended).result()
    return (waited + time.perf_counter() - start) * 1000


def measure(store: Store, *, users: int, turns: int, flushes: int = 0, seconds: float = 0.0) -> Cost:
    """`users` threads, each with a session of its own."""
    share = turns // users

    def user(number: int) -> list[float]:
        return [turn(store, f"s{number}", flushes=flushes, seconds=seconds) for _ in range(share)]

    with ThreadPoolExecutor(users) as pool:
        list(pool.map(lambda n: turn(store, f"s{n}"), range(users)))
        before, wall, cpu = _written(), time.perf_counter(), time.process_time()
        waits = [wait for waits in pool.map(user, range(users)) for wait in waits]
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    store.close()
    after = _written()
    return Cost(share * users, wall, cpu, after[0] - before[0], after[1] - before[1], waits)


def _written() -> tuple[int, int]:
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except FileNotFoundError:
        return 0, 0
    fields = {name: int(value) for name, value in (line.split(": ") for line in lines)}
    return fields["wchar"], fields["write_bytes"]


def busy_loop_wait() -> list[float]:
    """What a commit takes while another thread never lets go of the interpreter by itself."""
    stop = False

    def spin() -> None:
        while not stop:
            pass

    with tempfile.TemporaryDirectory() as folder:
        store = SqliteDb(Path(folder) / "a.db")
        turn(store, "s")
        spinner = threading.Thread(target=spin)
        spinner.start()
        waits = [turn(store, "s") for _ in range(30)]
        stop = True
        spinner.join()
        store.close()
    return waits


def calls() -> list[str]:
    """Microseconds of what happens often: making a database, reading a window of history."""
    rounds = 2000
    start = time.perf_counter()
    for _ in range(rounds):
        SqliteDb("data/a.db")
    made = (time.perf_counter() - start) / rounds * 1e6
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteDb(Path(folder) / "a.db")
        for _ in range(300):
            turn(store, "s")
        start = time.perf_counter()
        for _ in range(rounds):
            store.get_runs(SCOPE, "s", last=5, statuses=["COMPLETED"]).result()
        window = (time.perf_counter() - start) / rounds * 1e6
        store.close()
    return [f"making a SqliteDb {made:.1f} us", f"reading the last 5 of 300 runs {window:.0f} us"]


def main() -> None:
    """Print one line a case."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", default=None, help="where to write; default: the system's temporary folder")
    options.add_argument("--turns", type=int, default=2000)
    given = options.parse_args()
    cases = (("1 user", 1, 0, 0.0), ("100 users", 100, 0, 0.0), ("20 streams of 2 s, 11 KB of events each", 20, 8, 2.0))
    for name, users, flushes, seconds in cases:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            store = SqliteDb(os.path.join(folder, "a.db"))
            turns = users * 3 if flushes else given.turns
            print(measure(store, users=users, turns=turns, flushes=flushes, seconds=seconds).line(f"sqlite, {name}"))
    for name, users in (("1 user", 1), ("100 users", 100)):
        print(measure(InMemoryDb(), users=users, turns=given.turns).line(f"memory, {name}"))
    waits = sorted(busy_loop_wait())
    print(f"sqlite beside a busy thread: two commits wait p50 {waits[15]:.1f} max {waits[-1]:.1f} ms")
    print(*calls(), sep="\n")


if __name__ == "__main__":
    main()
