"""One background event loop for the process, where sync code sends work that exists only as async."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Generic, Literal, TypeVar

from agnolo.ports.runtime import CancelToken

T = TypeVar("T")

READ_AHEAD = 256
"""Items a pump fetches before the reader takes them; it goes on when half are taken."""


class Portal:
    """A daemon thread with a running loop. Use `portal()`: it never hands out the portal of the calling thread."""

    def __init__(self, depth: int) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=f"agnolo-portal-{depth}", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    @property
    def is_here(self) -> bool:
        """Whether the caller is this portal's own thread."""
        return threading.current_thread() is self._thread

    def submit(self, coro: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(coro, self.loop)

    def run(self, token: CancelToken, coro: Coroutine[Any, Any, T]) -> T:
        """Finish a coroutine on the loop and wait for it; cancelled with the run."""
        future = self.submit(coro)
        with waking(token, future.cancel):
            try:
                return future.result()
            except CancelledError:
                token.raise_if_requested()
                raise
            except BaseException:
                future.cancel()
                raise

    def iterate(
        self, token: CancelToken, source: AsyncIterator[T], left: Callable[[], float] | None = None
    ) -> Generator[T, None, None]:
        """The items of an async iterator, fetched on the loop a little ahead of the reader.

        `left` says how many seconds the next may take; TimeoutError when it takes longer.
        """
        pump = _Pump(self.loop, source)
        try:
            with waking(token, pump.interrupt):
                while True:
                    kind, value = pump.take(None if left is None else max(0.0, left()))
                    if kind == "item":
                        yield value
                    elif kind == "error":
                        raise value
                    elif kind == "end":
                        return
                    token.raise_if_requested()
        finally:
            pump.close()


class _Pump(Generic[T]):
    """Moves items from an iterator on the portal's loop into a queue, never more than READ_AHEAD ahead."""

    def __init__(self, loop: asyncio.AbstractEventLoop, source: AsyncIterator[T]) -> None:
        self._loop = loop
        self._source = source
        self._queue: SimpleQueue[tuple[Literal["item", "error", "end", "wake"], Any]] = SimpleQueue()
        self._room = asyncio.Event()
        self._starved = False
        self._finished = threading.Event()
        self._task: asyncio.Task[None] | None = None
        loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self._task = self._loop.create_task(self._pump())
        self._task.add_done_callback(lambda _: self._finished.set())

    async def _pump(self) -> None:
        try:
            async for item in self._source:
                self._queue.put(("item", item))
                if self._queue.qsize() >= READ_AHEAD:
                    self._room.clear()
                    self._starved = True
                    await self._room.wait()
            self._queue.put(("end", None))
        except Exception as error:  # noqa: BLE001 - carried to the reader's thread and raised there
            self._queue.put(("error", error))
        finally:
            close = getattr(self._source, "aclose", None)
            if close is not None:
                await close()

    def take(self, timeout: float | None) -> tuple[str, Any]:
        """The next item; wakes a pump that waits for room. Raises TimeoutError."""
        try:
            taken = self._queue.get(timeout=timeout)
        except Empty:
            raise TimeoutError from None
        if self._starved and self._queue.qsize() <= READ_AHEAD // 2:
            self._starved = False
            self._loop.call_soon_threadsafe(self._room.set)
        return taken

    def interrupt(self) -> None:
        """Make `take` return at once."""
        self._queue.put(("wake", None))

    def close(self) -> None:
        """Stop fetching, and return when the source is closed."""
        self._loop.call_soon_threadsafe(self._cancel)
        self._finished.wait()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


@contextmanager
def waking(token: CancelToken, waker: Callable[[], object]) -> Generator[None, None, None]:
    """While inside, a request to cancel calls `waker`; one that came before calls it at once."""
    token.wakers.add(waker)
    try:
        if token.reason is not None:
            waker()
        yield
    finally:
        token.wakers.discard(waker)


_portals: list[Portal] = []
_lock = threading.Lock()


def portal() -> Portal:
    """A portal whose thread is not the caller's: a sync call from within a portal gets the next one."""
    with _lock:
        for known in _portals:
            if not known.is_here:
                return known
        made = Portal(len(_portals))
        _portals.append(made)
        return made


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of a coroutine, waited for in plain code; an interrupted wait cancels it."""
    future = portal().submit(work)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
