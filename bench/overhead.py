"""What a run takes besides its model: plain, with one tool, with memory on, and as the 200th of a session.

`python -m bench overhead` (overheads.py) runs this by each framework's interpreter.

The model answers at once and in process (`still_models.py`), so nothing but the framework is measured. CPU counts all
threads of the process, so also what is done after the reply; the least of batches, as noise only adds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import still_models
import target
from printed import printed

WARM, BATCHES, RUNS = 20, 10, 25
SESSIONS, TURNS = 3, 200
LATENCY = 0.02
"""Seconds the model takes where replies with and without memory are compared; an answer takes far longer."""
REST = 0.1
"""Seconds between these, so that the memory of one is not drawn during the next."""


def get_weather(city: str) -> str:
    """Weather of a city.

    Args:
        city: The city's name.
    """
    return f"sunny in {city}"


class Bench:
    """The figures of one framework."""

    def __init__(self, name: target.Name, directory: str) -> None:
        self._name: target.Name = name
        self._kit = target.load(name)
        self._directory = Path(directory)
        self._files = 0

    def agent(self, *, wait: float = 0.0, stored: bool = False, **options: Any) -> Any:
        """An agent with a model that does not keep it waiting."""
        if stored:
            self._files += 1
            options["db"] = self._kit.SqliteDb(db_file=str(self._directory / f"{self._files}.db"))
        return self._kit.Agent(
            id="bench", name="bench", model=still_models.make(self._name, wait), telemetry=False,
            instructions="You are a helpful assistant.", **options,
        )  # fmt: skip

    def sync_run(self) -> float:
        """CPU milliseconds of run()."""
        agent = self.agent()
        for _ in range(WARM):
            _checked(agent.run("hi"))
        took: list[float] = []
        for _ in range(BATCHES):
            began = time.process_time()
            for _ in range(RUNS):
                agent.run("hi")
            took.append((time.process_time() - began) * 1e3 / RUNS)
        return min(took)

    async def runs(self, agent: Any) -> float:
        """CPU milliseconds of arun(), each by a user of their own so that none waits for another's memory."""
        for n in range(WARM):
            _checked(await agent.arun("hi", user_id=f"w{n}", session_id=f"w{n}"))
        took: list[float] = []
        for batch in range(BATCHES):
            began = time.process_time()
            for n in range(RUNS):
                await agent.arun("hi", user_id=f"{batch}-{n}", session_id=f"{batch}-{n}")
            await asyncio.sleep(REST)
            took.append((time.process_time() - began) * 1e3 / RUNS)
        return min(took)

    async def reply_ms(self, agent: Any) -> float:
        """Median wall milliseconds until a reply is there, each after a rest."""

        async def reply(n: int) -> float:
            await asyncio.sleep(REST)
            began = time.perf_counter()
            _checked(await agent.arun("hi", user_id=f"u{n}", session_id=f"u{n}"))
            return (time.perf_counter() - began) * 1e3

        return statistics.median([await reply(n) for n in range(40)][5:])

    async def turns(self) -> tuple[float, float]:
        """CPU milliseconds of the 2nd and of the 200th turn: medians of these and their four neighbours."""
        early: list[float] = []
        late: list[float] = []
        for _ in range(SESSIONS):
            agent = self.agent(stored=True, add_history_to_context=True)
            took = [await _cpu_ms(lambda agent=agent: agent.arun("hi", session_id="one")) for _ in range(TURNS + 2)]
            early += took[1:6]
            late += took[-5:]
        return statistics.median(early), statistics.median(late)

    async def in_loop(self) -> dict[str, float]:
        """All that needs an event loop."""
        plain = await self.runs(self.agent())
        tool = await self.runs(self.agent(tools=[get_weather]))
        stored = await self.runs(self.agent(stored=True))
        memory = await self.runs(self.agent(stored=True, update_memory_on_run=True))
        second, late = await self.turns()
        return {
            "arun": plain,
            "tool": tool,
            "stored": stored,
            "memory": memory,
            "turn_2": second,
            "turn_200": late,
            "reply_ms": await self.reply_ms(self.agent(wait=LATENCY, stored=True)),
            "reply_with_memory_ms": await self.reply_ms(
                self.agent(wait=LATENCY, stored=True, update_memory_on_run=True)
            ),
        }

    def measure(self) -> dict[str, float]:
        """All figures."""
        found = {"run": self.sync_run(), **asyncio.run(self.in_loop())}
        return {name: round(value, 3) for name, value in found.items()}


async def _cpu_ms(operation: Callable[[], Awaitable[Any]]) -> float:
    began = time.process_time()
    _checked(await operation())
    return (time.process_time() - began) * 1e3


def _checked(output: Any) -> None:
    """A run without the model's text measured a failure: refuse it."""
    if still_models.TEXT not in str(output.content):
        raise RuntimeError(f"a run gave {output.content!r} (status {output.status})")


def main() -> int:
    options = argparse.ArgumentParser(description="What a run takes besides its model, of one framework.")
    options.add_argument("--target", choices=tuple(target.PLACES), required=True)
    options.add_argument("--dir", default=None, help="where database files go (default: a temporary directory)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="agnolo-overhead-", dir=chosen.dir) as directory:
        name = cast(target.Name, chosen.target)
        return printed(name, lambda: Bench(name, directory).measure())


if __name__ == "__main__":
    sys.exit(main())
