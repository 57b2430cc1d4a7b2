"""The benchmark: the reference and Agnolo one after the other under the same load, in one table.

    python bench/run.py --short     within five minutes
    python bench/run.py             three interleaved rounds with longer windows

Writes bench/report.md and bench/report.json. Exit code 1 when a server failed or cut a stream, 3 with --strict when a
target is not met.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, cast

try:
    import httptools as _httptools  # the children need it: say so before anything starts
    import msgspec
    import uvicorn as _uvicorn
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
except ModuleNotFoundError as missing:
    sys.exit(f"bench: {missing.name} is not installed here; run me with the project's environment (make bench)")

import about
import overheads
import reference_env
import report
import results
from children import Child, ChildError, Place, fetch, free_port

del _httptools, _uvicorn

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent / "src"
MICRO_S = {"reference": 40.0, "agnolo": 20.0}
DECODE_S = 15.0
OVERHEAD_S = 90.0

Only = Literal["reference", "agnolo", "ideal"]


class Scenario(NamedTuple):
    """Users and seconds: before measuring, and measuring."""

    users: int
    warmup: float
    duration: float

    def seconds(self) -> float:
        return self.warmup + self.duration + 4


class Programme(NamedTuple):
    ideal: tuple[Scenario, ...]
    loads: tuple[Scenario, ...]
    rounds: int


SHORT = Programme(
    ideal=(Scenario(1, 3, 6), Scenario(10, 3, 6), Scenario(100, 3, 8)),
    loads=(Scenario(1, 3, 8), Scenario(10, 3, 8), Scenario(100, 6, 20)),
    rounds=1,
)
FULL = Programme(
    ideal=(Scenario(1, 6, 20), Scenario(10, 6, 20), Scenario(100, 6, 30)),
    loads=(Scenario(1, 6, 24), Scenario(10, 6, 24), Scenario(100, 12, 45)),
    rounds=3,
)


class Display:
    """One progress bar over the expected seconds; plain lines when nobody watches a terminal."""

    def __init__(self, console: Console, seconds: float) -> None:
        self._console = console
        columns = (TextColumn("{task.description:<44}"), BarColumn(None), TextColumn("{task.percentage:>3.0f}%"))
        self._progress = Progress(*columns, TimeElapsedColumn(), console=console, refresh_per_second=2, expand=True)
        self._task = self._progress.add_task("preparing", total=seconds)
        self._from = self._until = 0.0
        self._began = time.monotonic()

    @contextmanager
    def shown(self) -> Generator[None]:
        if not self._console.is_terminal:
            yield
            return
        with self._progress:
            yield

    def step(self, label: str, seconds: float) -> None:
        """Begins a step that should take so long."""
        self._from, self._until = self._until, self._until + seconds
        self._began = time.monotonic()
        self._progress.update(self._task, description=label, completed=self._from)
        if not self._console.is_terminal:
            self._console.print(f"bench: {label}", highlight=False)

    def tick(self) -> None:
        done = min(self._from + time.monotonic() - self._began, self._until)
        self._progress.update(self._task, completed=done)


class Stage(NamedTuple):
    """What every measurement needs: places, cores and interpreters."""

    place: Place
    display: Display
    programme: Programme
    pythons: dict[str, Path]
    server_core: int | None
    load_core: int | None

    def mock(self, *flags: str) -> tuple[Child, str]:
        """A fresh mock provider and its base URL."""
        port = free_port()
        command = [sys.executable, str(HERE / "mock_provider.py"), "--port", str(port), *flags]
        return Child("mock", command, core=self.load_core, place=self.place), f"http://127.0.0.1:{port}"

    def load(self, url: str, scenario: Scenario, label: str, *, mode: str, watched: dict[str, int]) -> results.Load:
        """One load scenario against a running server."""
        self.display.step(f"{label}, {scenario.users} users", scenario.seconds())
        flags = [f"--watch={name}={pid}" for name, pid in watched.items()]
        flags += ["-c", str(scenario.users), "-w", str(scenario.warmup), "-d", str(scenario.duration)]
        command = [sys.executable, str(HERE / "load.py"), "--url", url, "--mode", mode, *flags]
        with Child("load", command, core=self.load_core, place=self.place) as child:
            printed = child.wait_result(self.display.tick, scenario.seconds() + 90)
        return msgspec.json.decode(printed, type=results.Load)


def ideal(stage: Stage) -> tuple[dict[int, results.Load], results.Mock]:
    """The load generator straight at the mock: what no server can beat."""
    child, base = stage.mock()
    with child:
        child.wait_ready(f"{base}/v1/models")
        url = f"{base}/v1/chat/completions"
        loads = {
            scenario.users: stage.load(url, scenario, "ideal", mode="openai", watched={"mock": child.pid})
            for scenario in stage.programme.ideal
        }
        return loads, mock_account(base)


def mock_account(base: str) -> results.Mock:
    return msgspec.json.decode(fetch(f"{base}/_stats"), type=results.Mock)


def served(stage: Stage, name: str, number: int) -> results.Side:
    """One round of a framework's server: every load scenario, in ascending order, on one fresh database."""
    side = results.Side()
    mock, base = stage.mock()
    port = free_port()
    database = stage.place.directory / f"{name}-{number}.db"
    script = str(HERE / f"{name}_server.py")
    command = [str(stage.pythons[name]), script, "--port", str(port), "--mock", f"{base}/v1", "--db", str(database)]
    path = str(SOURCES) if name == "agnolo" else ""
    with mock:
        mock.wait_ready(f"{base}/v1/models")
        with Child(f"{name}-server", command, core=stage.server_core, place=stage.place, path=path) as server:
            try:
                side.ready_s = round(server.wait_ready(f"http://127.0.0.1:{port}/health"), 2)
                url = f"http://127.0.0.1:{port}/agents/bench/runs"
                watched = {"server": server.pid, "mock": mock.pid}
                for scenario in stage.programme.loads:
                    side.loads[scenario.users] = stage.load(url, scenario, name, mode="agentos", watched=watched)
                side.mock = mock_account(base)
            except ChildError as error:
                side.failures.append(str(error))
        complaints = server.complaints() if not side.failures else []
        side.failures += (
            [f"{len(complaints)} error lines in the server's log, the first: {complaints[0]}"] if complaints else []
        )
    return side


def measured(stage: Stage, name: str) -> results.Micro:
    """The in-process figures, by the framework's own interpreter. Raises ChildError."""
    mock, base = stage.mock("--zero")
    command = [str(stage.pythons[name]), str(HERE / "micro.py"), "--target", name, "--mock", f"{base}/v1"]
    command += ["--dir", str(stage.place.directory)]
    path = str(SOURCES) if name == "agnolo" else ""
    stage.display.step(f"{name}, in process", MICRO_S[name])
    with mock:
        mock.wait_ready(f"{base}/v1/models")
        with Child(f"{name}-micro", command, core=stage.server_core, place=stage.place, path=path) as child:
            printed = child.wait_result(stage.display.tick, 300)
    return msgspec.json.decode(printed, type=results.Micro)


def decoded(stage: Stage) -> results.Decode:
    """What decoding costs. Raises ChildError."""
    stage.display.step("agnolo, decoding", DECODE_S)
    command = [sys.executable, str(HERE / "decode.py"), "--json"]
    with Child("agnolo-decode", command, core=stage.server_core, place=stage.place, path=str(SOURCES)) as child:
        printed = child.wait_result(stage.display.tick, 120)
    return msgspec.json.decode(printed, type=results.Decode)


def joined(rounds: list[results.Side]) -> results.Side:
    """Interleaved rounds of one framework as one: medians of the figures, all failures."""
    users = [count for count in rounds[0].loads if all(count in side.loads for side in rounds)]
    return results.Side(
        loads={count: results.median([side.loads[count] for side in rounds]) for count in users},
        ready_s=sorted(side.ready_s for side in rounds)[len(rounds) // 2],
        mock=results.median(mocks) if (mocks := [side.mock for side in rounds if side.mock]) else None,
        failures=[failure for side in rounds for failure in side.failures],
    )


def conduct(stage: Stage, names: list[str], found: results.Results, *, with_ideal: bool) -> None:
    """Fills the results in; a framework that fails is noted there and does not stop the others."""
    if with_ideal:
        found.ideal, found.mock = ideal(stage)
    rounds: dict[str, list[results.Side]] = {name: [] for name in names}
    for number in range(stage.programme.rounds):
        for name in names:
            rounds[name].append(served(stage, name, number))
    for name in names:
        side = found.sides[name] = joined(rounds[name])
        try:
            side.micro = measured(stage, name)
            if name == "agnolo":
                found.decode = decoded(stage)
        except ChildError as error:
            side.failures.append(str(error))
    if set(names) == set(stage.pythons) > {"agnolo"}:
        stage.display.step("a run besides its model", OVERHEAD_S)
        overheads.stamped(found, stage.pythons)


def expected_seconds(programme: Programme, names: list[str], *, with_ideal: bool) -> float:
    loads = sum(scenario.seconds() for scenario in programme.loads) * programme.rounds * len(names)
    straight = sum(scenario.seconds() for scenario in programme.ideal) if with_ideal else 0
    return (
        loads
        + straight
        + sum(MICRO_S[name] for name in names)
        + (DECODE_S if "agnolo" in names else 0)
        + OVERHEAD_S * (len(names) > 1)
    )


def environment() -> dict[str, str]:
    """The children's: no keys, no proxies, nothing of this shell's Python set-up."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "AGNO_TELEMETRY": "false", "PYTHONHASHSEED": "0"}


def cores() -> tuple[int | None, int | None]:
    """The server's core and the one of mock and load; none when there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


def bench(options: argparse.Namespace, console: Console) -> results.Results:
    """Prepares, measures and clears up. Raises ChildError and reference_env.CreationError."""
    only = cast("Only | None", options.only)
    names = ["reference", "agnolo"] if only is None else [only] if only != "ideal" else []
    pythons = {"agnolo": Path(sys.executable)}
    if "reference" in names:
        console.print("bench: the reference's environment", highlight=False)
        pythons["reference"] = reference_env.ensure(options.reference_env)
    programme = SHORT if options.short else FULL
    if options.rounds:
        programme = programme._replace(rounds=options.rounds)
    with_ideal = only in (None, "ideal") or options.with_ideal
    options.dir.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=options.dir))
    server_core, load_core = cores()
    display = Display(console, expected_seconds(programme, names, with_ideal=with_ideal))
    place = Place(directory, {**environment(), "AGNO_DATA_DIR": str(directory / "home")}, options.priority)
    stage = Stage(place, display, programme, pythons, server_core, load_core)
    found = results.Results(about.facts(directory, pythons, (server_core, load_core), HERE), server_core=server_core)
    try:
        with display.shown():
            conduct(stage, names, found, with_ideal=with_ideal)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return found


def finish(found: results.Results, options: argparse.Namespace, console: Console) -> int:
    """Prints, writes, and judges."""
    console.print(report.table(found))
    for line in report.verdict_lines(found):
        console.print(line, highlight=False)
    for doubt in report.warnings(found):
        console.print(f"[yellow]not quiet[/]  {doubt} (--priority helps)", highlight=False)
    if options.only is None:
        report.write(found, options.out)
        if options.picture:
            draw(options.out)
        console.print(f"bench: written to {options.out / 'report.md'} and report.json", highlight=False)
    if any(side.failures or side.bad_runs() for side in found.sides.values()):
        return 1
    return 3 if options.strict and any(verdict.met is False for verdict in report.verdicts(found)) else 0


def draw(out: Path) -> None:
    """report.png from report.json, by a throw-away environment with matplotlib. Raises ChildError."""
    drawing = ["--with", "matplotlib", str(HERE / "picture.py"), str(out)]
    command = [reference_env.uv_command(), "run", "--quiet", "--no-project", *drawing]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ChildError(f"drawing report.png failed: {done.stderr.strip().rpartition(chr(10))[2]}")


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = options.add_argument
    length = options.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true", help="one round with short windows, within five minutes")
    length.add_argument(
        "--full", action="store_true", help="three interleaved rounds with longer windows (the default)"
    )
    add("--only", choices=("reference", "agnolo", "ideal"), help="measure this alone; no report is written")
    add("--with-ideal", action="store_true", help="with --only: measure the ideal too")
    add("--rounds", type=int, default=0, help="interleaved rounds (default: 1 with --short, else 3)")
    add("--strict", action="store_true", help="exit code 3 when a target is not met")
    add("--picture", action="store_true", help="also draw report.png (uv fetches matplotlib)")
    add("--priority", action="store_true", help="top scheduling weight for what is measured (root only)")
    add("--reference-env", type=Path, default=reference_env.DEFAULT_ROOT, help="default: %(default)s")
    add(
        "--dir",
        type=Path,
        default=Path.home() / ".cache" / "agnolo-bench",
        help="where databases go, on a disk: %(default)s",
    )
    add("--out", type=Path, default=HERE, help="where the report goes (default: %(default)s)")
    return options.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit code."""
    options = parsed(arguments)
    if platform.system() != "Linux":
        print("bench: needs Linux, for its per-process CPU and memory figures", file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):  # also when a shell started us with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    shown = Console(width=None if sys.stdout.isatty() else 110)
    try:
        found = bench(options, Console(stderr=True))
        found.about["command"] = f"`{shlex.join(['python', *sys.orig_argv[1:]])}`"
        return finish(found, options, shown)
    except (ChildError, reference_env.CreationError, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; everything it started has ended", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
