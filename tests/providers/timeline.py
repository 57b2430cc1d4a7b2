"""A clock for many tasks at once: it goes on to the next moment that somebody waits for, when all of them wait."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Coroutine
from itertools import count
from typing import Any

IDLE_ROUNDS = 50
"""Rounds of the loop without a timer after which all tasks are taken to wait."""


class Timeline:
    """A pace for retries, governor and breakers."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self._order = count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def chance(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.now + seconds, next(self._order), woken))
        await woken

    async def settle(self) -> None:
        """Let everybody go as far as they can without time passing."""
        for _ in range(IDLE_ROUNDS):
            await asyncio.sleep(0)

    async def run(self, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        """All results and errors, in the order given."""
        tasks = [asyncio.ensure_future(one) for one in work]
        while True:
            await self.settle()
            if all(task.done() for task in tasks):
                return [task.exception() or task.result() for task in tasks]
            moment, _, woken = heapq.heappop(self._waiting)
            self.now = max(self.now, moment)
            if not woken.done():
                woken.set_result(None)
