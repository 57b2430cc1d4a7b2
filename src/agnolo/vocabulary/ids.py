"""Identifiers. Time-ordered (UUIDv7) so that new rows land next to each other in an index."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator


def new_id() -> str:
    """A UUIDv7 as text (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits around version and variant."""
    when = f"{time.time_ns() // 1_000_000:012x}"
    while True:
        try:
            return f"{when[:8]}-{when[8:]}-{_pool.pop()}"
        except IndexError:
            _pool.extend(_random())


_POOL = 256
_pool: list[str] = []


def _random() -> Iterator[str]:
    """The random halves of many identifiers from one question to the system: a run needs a dozen."""
    fresh = os.urandom(_POOL * 10).hex()
    for i in range(0, len(fresh), 20):
        rest = fresh[i : i + 20]
        variant = "89ab"[int(rest[3], 16) & 3]
        yield f"7{rest[:3]}-{variant}{rest[4:7]}-{rest[7:19]}"


# A child process must not hand out its parent's.
os.register_at_fork(after_in_child=_pool.clear)


def now() -> int:
    """Unix seconds."""
    return int(time.time())
