"""In-process figures of one framework: import, construction, run overhead, per-chunk cost, tool loop, bytes per turn.

Run it with that framework's own python against a mock without delays (`mock_provider.py --zero`); prints one JSON
object. Wall times include the mock's answer: compare the CPU times (all threads of this process).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import target
from printed import printed

_HERE = Path(__file__).parent
_IMPORTS = 5
_RUNS, _WARM_RUNS = 40, 5
_TURNS = 50
_INSTANCES, _RETAINED = 3000, 300
_MESSAGE = "the quick brown fox jumps over a lazy dog while seven " * 10

_IMPORT_PROBE = """
import sys, time
before, began = len(sys.modules), time.perf_counter()
{statement}
took = (time.perf_counter() - began) * 1e3
pages = int(open("/proc/self/statm").read().split()[1])
import resource
print(took, len(sys.modules) - before - 1, pages * resource.getpagesize() / 2**20)
"""


class Cost(NamedTuple):
    """Medians of a repeated operation."""

    wall_ms: float
    cpu_ms: float


class Options(NamedTuple):
    name: target.Name
    mock: str
    directory: str


def get_weather(city: str) -> str:
    """Weather of a city.

    Args:
        city: The city's name.
    """
    return f"sunny in {city}"


def imports(name: target.Name) -> dict[str, dict[str, float]]:
    """Median import cost in fresh processes: the package, the Agent class, and up to a ready application."""
    app = f"import target; target.bench_app(target.load({name!r}), 'http://127.0.0.1:1/v1', {{db!r}})"
    statements = {
        "package": f"import {target.PACKAGE[name]}",
        "agent": f"from {target.PLACES[name]['Agent']} import Agent",
        "app": app,
    }
    with tempfile.TemporaryDirectory() as scratch:
        return {
            level: _imported(statement.replace("{db!r}", repr(f"{scratch}/import.db")))
            for level, statement in statements.items()
        }


def _imported(statement: str) -> dict[str, float]:
    command = [sys.executable, "-c", _IMPORT_PROBE.format(statement=statement)]
    samples: list[list[float]] = []
    for _ in range(_IMPORTS + 1):
        done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ImportError(done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}")
        samples.append([float(word) for word in done.stdout.splitlines()[-1].split()])
    warm = samples[1:]  # the first one may compile bytecode
    ms, modules, rss = (statistics.median(column) for column in zip(*warm, strict=True))
    return {"ms": round(ms, 1), "modules": modules, "rss_mb": round(rss, 1)}


def construction(kit: target.Kit) -> dict[str, float]:
    """Time and retained memory of Agent(model=OpenAIChat(...), tools=[one function])."""
    tools = [get_weather]
    shared = kit.OpenAIChat(id="gpt-4o", api_key="x")

    def whole() -> Any:
        return kit.Agent(model=kit.OpenAIChat(id="gpt-4o", api_key="x"), tools=tools)

    def alone() -> Any:
        return kit.Agent(model=shared, tools=tools)

    return {
        "us": _instance_us(whole),
        "shared_model_us": _instance_us(alone),
        "retained_bytes": _retained_bytes(whole),
        "shared_model_retained_bytes": _retained_bytes(alone),
    }


def _instance_us(make: Callable[[], Any]) -> float:
    make()
    gc.collect()
    took: list[int] = []
    for _ in range(_INSTANCES):
        began = time.perf_counter_ns()
        make()
        took.append(time.perf_counter_ns() - began)
    return round(statistics.median(took) / 1000, 2)


def _retained_bytes(make: Callable[[], Any]) -> float:
    make()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [make() for _ in range(_RETAINED)]
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return round((after - before) / len(kept))


def sync_runs(kit: target.Kit, mock: str) -> dict[str, Cost]:
    """run() without an event loop, not streamed and streamed."""

    def consume(agent: Any) -> None:
        for _ in agent.run("hi", stream=True, stream_events=True):
            pass

    one, many = (target.bench_agent(kit, mock, model=f"mock@n{n}") for n in (1, 128))
    caller = target.bench_agent(kit, mock, model="mock-tool@n1", tools=[get_weather])
    return {
        "run": _cost(lambda: _checked(one.run("hi"))),
        "run_stream_1": _cost(lambda: consume(one)),
        "run_stream_128": _cost(lambda: consume(many)),
        "run_tool": _cost(lambda: _checked(caller.run("hi"))),
    }


async def async_runs(kit: target.Kit, mock: str) -> dict[str, Cost]:
    """arun(), not streamed, streamed, and with one tool call."""

    async def consume(agent: Any) -> None:
        async for _ in agent.arun("hi", stream=True, stream_events=True):
            pass

    async def whole(agent: Any) -> None:
        _checked(await agent.arun("hi"))

    one, many = (target.bench_agent(kit, mock, model=f"mock@n{n}") for n in (1, 128))
    caller = target.bench_agent(kit, mock, model="mock-tool@n1", tools=[get_weather])
    return {
        "arun": await _async_cost(lambda: whole(one)),
        "arun_stream_1": await _async_cost(lambda: consume(one)),
        "arun_stream_128": await _async_cost(lambda: consume(many)),
        "arun_tool": await _async_cost(lambda: whole(caller)),
    }


def _checked(output: Any) -> None:
    """A run without the mock's text measured a failure: refuse it."""
    if "~" not in str(output.content):
        raise RuntimeError(f"a run against the mock gave {output.content!r} (status {output.status})")


def _cost(operation: Callable[[], None]) -> Cost:
    samples: list[Cost] = []
    for _ in range(_WARM_RUNS + _RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        operation()
        samples.append(Cost((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))
    return _median(samples)


async def _async_cost(operation: Callable[[], Awaitable[None]]) -> Cost:
    samples: list[Cost] = []
    for _ in range(_WARM_RUNS + _RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        await operation()
        samples.append(Cost((time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3))
    return _median(samples)


def _median(samples: list[Cost]) -> Cost:
    kept = samples[_WARM_RUNS:]
    walls, cpus = [s.wall_ms for s in kept], [s.cpu_ms for s in kept]
    return Cost(round(statistics.median(walls), 3), round(statistics.median(cpus), 3))


async def turns(kit: target.Kit, mock: str, directory: str, *, stream: bool) -> dict[str, float]:
    """Mean bytes written per turn over 50 turns of one session with SQLite, after a first one that makes the tables."""
    scratch = Path(tempfile.mkdtemp(dir=directory))
    agent = target.bench_agent(kit, mock, db_file=str(scratch / "turns.db"))

    async def turn() -> None:
        if stream:
            async for _ in agent.arun(_MESSAGE, session_id="one", stream=True, stream_events=True):
                pass
        else:
            _checked(await agent.arun(_MESSAGE, session_id="one"))

    await turn()
    written, size = _written(), _size(scratch)
    took: list[float] = []
    for _ in range(_TURNS):
        cpu = time.process_time()
        await turn()
        took.append((time.process_time() - cpu) * 1e3)
    after = _written()
    return {
        "wchar": round((after["wchar"] - written["wchar"]) / _TURNS),
        "write_bytes": round((after["write_bytes"] - written["write_bytes"]) / _TURNS),
        "file_growth": round((_size(scratch) - size) / _TURNS),
        "cpu_ms": round(statistics.median(took), 3),
    }


def _written() -> dict[str, int]:
    lines = Path("/proc/self/io").read_text().splitlines()
    return {name: int(value) for name, _, value in (line.partition(": ") for line in lines)}


def _size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.iterdir())


class InLoop(NamedTuple):
    runs: dict[str, Cost]
    turn: dict[str, float]
    streamed_turn: dict[str, float]


async def in_loop(kit: target.Kit, options: Options) -> InLoop:
    """All that needs an event loop, in one: HTTP clients outlive a run."""
    return InLoop(
        await async_runs(kit, options.mock),
        await turns(kit, options.mock, options.directory, stream=False),
        await turns(kit, options.mock, options.directory, stream=True),
    )


def measure(options: Options) -> dict[str, Any]:
    """All figures; imports go first, in processes of their own."""
    imported = imports(options.name)
    kit = target.load(options.name)
    built = construction(kit)
    runs = sync_runs(kit, options.mock)
    runs_async, plain, streamed = asyncio.run(in_loop(kit, options))
    runs |= runs_async
    return {
        "import": imported,
        "construction": built,
        "runs": {what: cost._asdict() for what, cost in runs.items()},
        "chunk_cpu_us": _per_chunk(runs["arun_stream_1"], runs["arun_stream_128"]),
        "sync_chunk_cpu_us": _per_chunk(runs["run_stream_1"], runs["run_stream_128"]),
        "tool_cpu_ms": round(runs["arun_tool"].cpu_ms - runs["arun"].cpu_ms, 3),
        "turn": plain,
        "streamed_turn": streamed,
    }


def _per_chunk(one: Cost, many: Cost) -> float:
    return round((many.cpu_ms - one.cpu_ms) * 1000 / 127, 1)


def main() -> int:
    options = argparse.ArgumentParser(description="In-process figures of one framework, against a mock without delays.")
    options.add_argument("--target", choices=tuple(target.PLACES), required=True)
    options.add_argument("--mock", required=True, help="base URL of `mock_provider.py --zero`, with /v1")
    options.add_argument("--dir", default=None, help="where database files go (default: a temporary directory)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="agnolo-micro-", dir=chosen.dir) as directory:
        measured = Options(cast(target.Name, chosen.target), chosen.mock, directory)
        return printed(measured.name, lambda: measure(measured))


if __name__ == "__main__":
    sys.exit(main())
