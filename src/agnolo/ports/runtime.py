"""The seam to execution: the only place where sync and async differ. See `agnolo.runtime`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Pending(Protocol[T_co]):
    """A result under way in another thread: what `concurrent.futures.Future` offers."""

    def result(self, timeout: float | None = None) -> T_co: ...
    def done(self) -> bool: ...
    def exception(self, timeout: float | None = None) -> BaseException | None: ...
    def add_done_callback(self, fn: Callable[[Any], object], /) -> None: ...


class CancelToken(Protocol):
    """One run's wish to stop. A runtime adds a waker for as long as it waits, so that a request interrupts the wait.

    After adding its waker a runtime looks at `reason` again: a request sets `reason` first and wakes then.
    """

    reason: str | None
    wakers: set[Callable[[], object]]

    def raise_if_requested(self) -> None:
        """Raise RunCancelledException when someone asked for the end of this run."""
        ...


class Runtime(Protocol):
    """How waiting is done. Under the inline runtime nothing suspends; under the loop runtime everything may.

    Every wait takes the run's token and ends early, with RunCancelledException, when cancellation is requested.
    """

    @property
    def concurrent(self) -> bool:
        """Whether independent effects run side by side."""
        ...

    async def call(
        self, token: CancelToken, fn: Callable[..., Any], /, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> Any:  # noqa: ANN401 - a user's callable may return anything
        """Run a user's callable, sync or async. Raises TimeoutError after `timeout` seconds."""
        ...

    async def wait(self, pending: Pending[T]) -> T:
        """The result of work under way elsewhere. Not interrupted by cancellation: used for commits."""
        ...

    def iterate(
        self, token: CancelToken, source: AsyncIterator[T], *, loop_bound: bool = True, until: float | None = None
    ) -> AsyncGenerator[T, None]:
        """The items of a leaf iterator; `loop_bound` ones are driven by an event loop. Closes `source` in the end.

        Raises TimeoutError when the next item is not there at `until`, on the monotonic clock.
        """
        ...

    async def gather(self, thunks: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        """All results in order; side by side when `concurrent`. The first failure cancels the rest and is raised."""
        ...

    async def sleep(self, token: CancelToken, seconds: float) -> None:
        """Wait."""
        ...

    def lock(self, owner: object) -> AbstractContextManager[object]:
        """The lock that goes with an object, for callables that run in `call`. Its holder may take it again."""
        ...

    def time(self) -> float:
        """Unix time in seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    def new_id(self) -> str:
        """A fresh identifier."""
        ...
