"""The seam through which plain code waits for what exists only as async. The root says who does the waiting."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

Waiter = Callable[[Coroutine[Any, Any, Any]], Any]

_waiters: list[Waiter] = []


def install(waiter: Waiter) -> None:
    """Name who finishes coroutines from now on."""
    _waiters.append(waiter)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of a coroutine. Blocks the caller, also inside a running event loop and in any thread."""
    return _waiters[-1](work)
