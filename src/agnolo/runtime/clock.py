"""Time and identifiers: the system's, or virtual ones for tests and replays."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from typing import Protocol

from agnolo.vocabulary.ids import new_id


class Clock(Protocol):
    """What runtimes ask for the time, for waiting and for identifiers."""

    @property
    def virtual(self) -> bool:
        """Whether sleeping only moves the clock."""
        ...

    def time(self) -> float: ...
    def monotonic(self) -> float: ...
    def advance(self, seconds: float) -> None: ...
    def new_id(self) -> str: ...


class SystemClock:
    """The machine's clock and random identifiers."""

    virtual = False

    def time(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def advance(self, seconds: float) -> None:
        """The machine's clock moves by itself."""

    def new_id(self) -> str:
        """A UUIDv7."""
        return new_id()


class VirtualClock:
    """Time that moves only when someone sleeps, and identifiers from a seed."""

    virtual = True

    def __init__(self, *, seed: int = 0, start: float = 1_700_000_000.0) -> None:
        self._random = Random(seed)
        self._start = start
        self._elapsed = 0.0

    def time(self) -> float:
        """Unix seconds."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""
        self._elapsed += seconds

    def new_id(self) -> str:
        """The next identifier of the seed."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


SYSTEM_CLOCK = SystemClock()
_current: ContextVar[Clock] = ContextVar("agnolo_clock", default=SYSTEM_CLOCK)


def current_clock() -> Clock:
    """The clock in force here: the system's unless within `virtual_time`."""
    return _current.get()


@contextmanager
def virtual_time(*, seed: int = 0, start: float = 1_700_000_000.0) -> Generator[VirtualClock, None, None]:
    """Run what is inside on a virtual clock with seeded identifiers."""
    clock = VirtualClock(seed=seed, start=start)
    restore = _current.set(clock)
    try:
        yield clock
    finally:
        _current.reset(restore)
