"""Identifiers. Time-ordered (UUIDv7) so that new rows land next to each other in an index."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """A UUIDv7 as text (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits around version and variant."""
    when = f"{time.time_ns() // 1_000_000:012x}"
    rest = os.urandom(10).hex()
    variant = "89ab"[int(rest[3], 16) & 3]
    return f"{when[:8]}-{when[8:]}-7{rest[:3]}-{variant}{rest[4:7]}-{rest[7:19]}"


def now() -> int:
    """Unix seconds."""
    return int(time.time())
