"""The runtime of sync calls: everything happens in the caller's thread, or is waited for there."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

from agnolo.ports.runtime import CancelToken, Pending
from agnolo.runtime.clock import current_clock
from agnolo.runtime.locks import lock_of
from agnolo.runtime.portal import portal, waking

T = TypeVar("T")


class InlineRuntime:
    """No coroutine suspends here. Async-only leaves go through the portal; independent effects run in order."""

    concurrent = False

    def __init__(self) -> None:
        self._clock = clock = current_clock()
        # Asked several times a token: straight from the clock.
        self.time, self.monotonic, self.new_id = clock.time, clock.monotonic, clock.new_id

    async def call(
        self, token: CancelToken, fn: Callable[..., Any], /, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> Any:  # noqa: ANN401 - a user's callable may return anything
        """Run a user's callable here, or on the portal when it is async."""
        token.raise_if_requested()
        if timeout is None or inspect.iscoroutinefunction(fn):
            result = fn(*args, **kwargs)
        else:
            result = _in_thread(token, partial(fn, *args, **kwargs), timeout)
        if inspect.isawaitable(result):
            result = portal().run(token, _within(result, timeout))
        token.raise_if_requested()
        return result

    async def wait(self, pending: Pending[T]) -> T:
        """Block until the work is done: also when the keyboard interrupts, which then goes on its way."""
        try:
            return pending.result()
        except KeyboardInterrupt:
            pending.result()
            raise

    async def iterate(
        self, token: CancelToken, source: AsyncIterator[T], *, loop_bound: bool = True, until: float | None = None
    ) -> AsyncGenerator[T, None]:
        """Items driven here, or pumped through the portal when the source needs a loop."""
        if not loop_bound:
            try:
                async for item in source:
                    yield item
                    token.raise_if_requested()
                    if until is not None and self.monotonic() >= until:
                        raise TimeoutError
            finally:
                await _close(source)
            return
        left = None if until is None else lambda: until - self.monotonic()
        items = portal().iterate(token, source, left)
        try:
            for item in items:
                yield item
        finally:
            items.close()

    async def gather(self, thunks: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        """One after another."""
        return [await thunk() for thunk in thunks]

    def lock(self, owner: object) -> AbstractContextManager[object]:
        """The lock that goes with an object."""
        return lock_of(owner)

    async def sleep(self, token: CancelToken, seconds: float) -> None:
        """Block, or move the virtual clock."""
        token.raise_if_requested()
        self._clock.advance(seconds)
        if not self._clock.virtual:
            done = threading.Event()
            with waking(token, done.set):
                done.wait(seconds)
        token.raise_if_requested()


async def _within(awaitable: Awaitable[T], timeout: float | None) -> T:
    async with asyncio.timeout(timeout):
        return await awaitable


async def _close(source: object) -> None:
    close = getattr(source, "aclose", None)
    if close is not None:
        await close()


def _in_thread(token: CancelToken, call: Callable[[], T], timeout: float) -> T:
    """Run in a thread of its own, which is left behind when time is up or the run is cancelled."""
    outcome: Future[T] = Future()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            result = context.run(call)
        except BaseException as error:  # noqa: BLE001 - carried to the waiting thread and raised there
            if outcome.set_running_or_notify_cancel():
                outcome.set_exception(error)
        else:
            if outcome.set_running_or_notify_cancel():
                outcome.set_result(result)

    threading.Thread(target=work, name="agnolo-tool", daemon=True).start()
    with waking(token, outcome.cancel):
        try:
            return outcome.result(timeout)
        except CancelledError:
            token.raise_if_requested()
            raise
        finally:
            outcome.cancel()
