"""From the coroutine world to plain calls, without an event loop: what makes one engine serve sync and async."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


def drive(coro: Coroutine[Any, Any, T] | Awaitable[T]) -> T:
    """Finish a coroutine that never suspends, in the caller's thread."""
    steps = coro.__await__()
    try:
        next(steps)
    except StopIteration as done:
        return done.value
    close = getattr(steps, "close", None)
    if close is not None:
        close()
    raise RuntimeError(f"{coro!r} suspended under the inline runtime: it awaited something that is not a port")


def iterate(source: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    """The items of an async generator that never suspends. Closing this closes the source at once."""
    try:
        while True:
            try:
                item = drive(source.__anext__())
            except StopAsyncIteration:
                return
            yield item
    finally:
        drive(source.aclose())
