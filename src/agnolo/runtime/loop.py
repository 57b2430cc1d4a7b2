"""The runtime of async calls: waits on the running asyncio loop, with blocking callables in threads."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, TypeVar

from agnolo.ports.runtime import CancelToken, Pending
from agnolo.runtime.clock import current_clock
from agnolo.runtime.locks import lock_of

T = TypeVar("T")

MAX_TOOL_THREADS = 128
_threads = ThreadPoolExecutor(MAX_TOOL_THREADS, thread_name_prefix="agnolo-tool")


class LoopRuntime:
    """Every wait suspends the caller's task; independent effects run side by side. Belongs to the running loop."""

    concurrent = True

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock = current_clock()
        # Asked several times a token: straight from the clock.
        self.time, self.monotonic, self.new_id = clock.time, clock.monotonic, clock.new_id

    async def call(
        self, token: CancelToken, fn: Callable[..., Any], /, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> Any:  # noqa: ANN401 - a user's callable may return anything
        """Await an async callable; run any other in a thread, which is left behind when its time is up."""
        async with asyncio.timeout(timeout):
            with self._interruptible(token):
                if inspect.iscoroutinefunction(fn):
                    return await fn(*args, **kwargs)
                work = partial(contextvars.copy_context().run, fn, *args, **kwargs)
                result = await self._loop.run_in_executor(_threads, work)
                return await result if inspect.isawaitable(result) else result

    async def wait(self, pending: Pending[T]) -> T:
        """Suspend until the work is done. Once begun it is finished even if the task is cancelled meanwhile."""
        if pending.done():
            return pending.result()
        arrived: asyncio.Future[None] = self._loop.create_future()
        pending.add_done_callback(lambda _: self._loop.call_soon_threadsafe(_set, arrived))
        try:
            await asyncio.shield(arrived)
        except asyncio.CancelledError:
            await arrived
            raise
        return pending.result()

    async def iterate(
        self, token: CancelToken, source: AsyncIterator[T], *, loop_bound: bool = True, until: float | None = None
    ) -> AsyncGenerator[T, None]:
        """Items as they come; between items the wait ends when the run is cancelled."""
        waker = _Waker(self._loop)
        token.wakers.add(waker)
        try:
            while True:
                waker.arm()
                try:
                    token.raise_if_requested()
                    item = await (anext(source) if until is None else self._by(until, source))
                except StopAsyncIteration:
                    return
                except asyncio.CancelledError:
                    self._translate(token)
                    raise
                finally:
                    waker.disarm()
                yield item
        finally:
            token.wakers.discard(waker)
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    async def _by(self, until: float, source: AsyncIterator[T]) -> T:
        async with asyncio.timeout(until - self.monotonic()):
            return await anext(source)

    async def gather(self, thunks: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        """Side by side, results in order; the first failure cancels the rest, waits for them, and is raised."""
        if len(thunks) == 1:
            return [await thunks[0]()]
        tasks = [self._loop.create_task(_run(thunk)) for thunk in thunks]
        try:
            return list(await asyncio.gather(*tasks))
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    def lock(self, owner: object) -> AbstractContextManager[object]:
        """The lock that goes with an object."""
        return lock_of(owner)

    async def sleep(self, token: CancelToken, seconds: float) -> None:
        """Suspend, or move the virtual clock."""
        self._clock.advance(seconds)
        with self._interruptible(token):
            await asyncio.sleep(0 if self._clock.virtual else seconds)

    @contextmanager
    def _interruptible(self, token: CancelToken) -> Generator[None, None, None]:
        waker = _Waker(self._loop)
        token.wakers.add(waker)
        waker.arm()
        try:
            token.raise_if_requested()
            yield
        except asyncio.CancelledError:
            self._translate(token)
            raise
        finally:
            waker.disarm()
            token.wakers.discard(waker)

    def _translate(self, token: CancelToken) -> None:
        """A cancellation that came from the token becomes RunCancelledException; one from outside stays as it is."""
        task = asyncio.current_task(self._loop)
        if token.reason is not None and task is not None and task.uncancel() == 0:
            token.raise_if_requested()


class _Waker:
    """Cancels the task that waits, from any thread, and only while it waits: between `arm` and `disarm`."""

    __slots__ = ("_loop", "_task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._task: asyncio.Task[Any] | None = None

    def arm(self) -> None:
        self._task = asyncio.current_task(self._loop)

    def disarm(self) -> None:
        self._task = None

    def __call__(self) -> None:
        self._loop.call_soon_threadsafe(self._fire)

    def _fire(self) -> None:
        if self._task is not None:
            self._task.cancel()


def _set(arrived: asyncio.Future[None]) -> None:
    if not arrived.done():
        arrived.set_result(None)


async def _run(thunk: Callable[[], Awaitable[T]]) -> T:
    return await thunk()
