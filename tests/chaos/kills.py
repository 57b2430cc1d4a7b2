"""Kills the worker at random moments and checks what is left: nothing acknowledged is lost, everything goes on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from agnolo import RunStatus
from agnolo.agent.recovery import recover
from agnolo.runtime.bridge import drive
from agnolo.runtime.inline import InlineRuntime
from agnolo.vocabulary.sessions import Scope
from tests.chaos.worker import make
from tests.engine.validity import assert_valid_history

WORKER = Path(__file__).with_name("worker.py")
CALLS = 4


class Report(msgspec.Struct, kw_only=True):
    """What happened over all kills."""

    kills: int
    seed: int
    accepted: int = 0
    completed: int = 0
    interrupted: int = 0
    continued: int = 0
    results: int = 0
    effects: int = 0
    repeated_effects: int = 0
    seconds: float = 0.0


def kill_once(database: Path, log: Path, delay: float) -> list[list[str]]:
    """Start the worker, kill it `delay` seconds after its first run is accepted, return what it told."""
    worker = subprocess.Popen(
        [sys.executable, str(WORKER), str(database), str(log)], stdout=subprocess.PIPE, cwd=WORKER.parents[2]
    )
    assert worker.stdout is not None
    first = worker.stdout.readline()
    try:
        worker.wait(delay)
    except subprocess.TimeoutExpired:
        worker.kill()
    rest = worker.stdout.read()
    worker.wait()
    worker.stdout.close()
    lines = (first + rest).decode().split("\n")
    return [line.split() for line in lines[:-1]]


def verify(told: list[list[str]], database: Path, log: Path, report: Report) -> None:
    """Everything told is there; what is unfinished can be read and continued; nothing journaled ran again."""
    agent = make(str(database), str(log))
    store = agent.db
    assert store is not None
    interrupted = drive(recover(store, InlineRuntime()))
    report.interrupted += interrupted
    accepted = {words[1] for words in told if words[0] == "accepted"}
    report.accepted += len(accepted)
    # Also runs whose acknowledgement the kill cut off on its way.
    unfinished = store.get_runs(Scope(), "s", statuses=[RunStatus.error, RunStatus.running]).result()
    for run_id in sorted(accepted | {record.run.run_id for record in unfinished}):
        run = agent.get_run_output(run_id)
        assert run is not None, f"accepted run {run_id} is lost"
        assert_valid_history(run.messages)
        results = {m.tool_args["text"] for m in run.messages if m.role == "tool" and m.tool_args}
        for words in told:
            if words[0] == "result" and words[1] == run_id:
                report.results += 1
                assert words[2] in results, f"result {words[2]} of {run_id} was told and is lost"
        if ["done", run_id] in told:
            assert run.status is RunStatus.completed, f"run {run_id} was told as done and is {run.status}"
            report.completed += 1
        if run.status is not RunStatus.completed:
            before = Counter(log.read_text().split())
            going_on = agent.continue_run(run_id)
            assert going_on.status is RunStatus.completed, going_on.content
            assert_valid_history(going_on.messages)
            again = [t for t in results if Counter(log.read_text().split())[t] > before[t]]
            assert not again, f"{again} had a journaled result and ran again"
            report.continued += 1
    store.close()


def run_kills(kills: int, seed: int, folder: Path, progress: Callable[[int], None] = lambda _: None) -> Report:
    """Kill `kills` times over one database. Raises AssertionError at the first loss."""
    dice = random.Random(seed)
    database, log = folder / "chaos.db", folder / "effects.log"
    log.touch()
    report = Report(kills=kills, seed=seed)
    began = time.monotonic()
    for n in range(kills):
        told = kill_once(database, log, dice.uniform(0.0, 0.06))
        verify(told, database, log, report)
        progress(n + 1)
    effects = Counter(log.read_text().split())
    report.effects = sum(effects.values())
    report.repeated_effects = sum(count - 1 for count in effects.values())
    report.seconds = time.monotonic() - began
    assert report.interrupted > 0, "no run was interrupted: the kills prove nothing"
    return report
