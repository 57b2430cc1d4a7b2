"""One thread that does blocking work in the order it came, for as long as the process lives.

Not an executor: those refuse work once the interpreter begins to end, and memory extraction is joined even later.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class Worker:
    """A daemon thread. It is an event loop only in name: what it runs never suspends, so one thing follows another."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name=name, daemon=True).start()
        # A thread that is inside native code when the interpreter goes away takes the process down with it.
        atexit.register(self.settle)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Queue work. Cancelling the future drops work that has not begun; what has begun goes on to its end."""

        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop)

    def settle(self) -> None:
        """Wait for all that has been queued so far."""
        self.submit(lambda: None).result()
