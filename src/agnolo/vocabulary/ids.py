"""Identifiers. Time-ordered (UUIDv7) so that new rows land next to each other in an index."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """A UUIDv7 as text (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits around version and variant."""
    when = f"{time.time_ns() // 1_000_000:012x}"
    rest = _random()
    variant = "89ab"[int(rest[3], 16) & 3]
    return f"{when[:8]}-{when[8:]}-7{rest[:3]}-{variant}{rest[4:7]}-{rest[7:19]}"


_POOL_BYTES = 2560
_pool: list[str] = []


def _random() -> str:
    """Ten bytes of the system's randomness, as hex. Asked for many at a time: a run needs a dozen."""
    while True:
        try:
            return _pool.pop()
        except IndexError:
            fresh = os.urandom(_POOL_BYTES).hex()
            _pool.extend(fresh[i : i + 20] for i in range(0, len(fresh), 20))


# A child process must not hand out its parent's.
os.register_at_fork(after_in_child=_pool.clear)


def now() -> int:
    """Unix seconds."""
    return int(time.time())
