"""Whether and when to ask again: jittered waits that honour the server's wish, within a budget for each host."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import Protocol

import msgspec

from agnolo.vocabulary.errors import ModelProviderError


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """At most `retries` more attempts, with full jitter up to `first`·`growth`ⁿ seconds, `longest` at most.

    `steady` waits are jittered by a tenth only. The server's wish replaces all that; one above `patience` is not waited
    for, and the error goes to the caller.
    """

    retries: int = 2
    first: float = 0.5
    growth: float = 2.0
    longest: float = 8.0
    patience: float = 60.0
    steady: bool = False

    @classmethod
    def of(
        cls, retries: int, *, delay_between_retries: float | None = None, exponential_backoff: bool | None = None
    ) -> RetryPolicy:
        """The policy of a model's options: a delay (1 s if none is given) is waited in full, doubling only if asked."""
        if delay_between_retries is None and exponential_backoff is None:
            return cls(retries=retries)
        first = 1.0 if delay_between_retries is None else delay_between_retries
        growth = 2.0 if exponential_backoff else 1.0
        return cls(retries=retries, first=first, growth=growth, longest=600.0, steady=True)

    def delay(self, error: ModelProviderError, attempt: int, chance: float) -> float | None:
        """Seconds to wait after failed attempt number `attempt` (from 0); None to give up. `chance` is in [0, 1)."""
        if attempt >= self.retries or not error.retryable:
            return None
        most = min(self.longest, self.first * self.growth**attempt)
        jittered = chance * most
        if error.retry_after is None:
            return most + 0.1 * jittered if self.steady else jittered
        if error.retry_after > self.patience:
            return None
        return error.retry_after + 0.1 * jittered


class RetryBudget:
    """Keeps retries below a fifth of a host's traffic, so that a failing provider isn't asked 1 + n times as often.

    Each first attempt adds 0.15 of a retry; ten are there at the start, so that a few requests may retry freely. From
    the 200th request on both together are at most a fifth.
    """

    share = 0.15
    reserve = 10.0

    def __init__(self) -> None:
        self._left = self.reserve
        self._lock = threading.Lock()

    def deposit(self) -> None:
        """A first attempt is made."""
        with self._lock:
            self._left = min(self.reserve, self._left + self.share)

    def withdraw(self) -> bool:
        """Whether a retry may be made; it is then counted."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Pace(Protocol):
    """Time and chance for waits."""

    def time(self) -> float: ...
    def monotonic(self) -> float: ...
    def chance(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class SystemPace:
    """The machine's."""

    def time(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def chance(self) -> float:
        """A random number in [0, 1)."""
        return random.random()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(seconds)


SYSTEM_PACE = SystemPace()
