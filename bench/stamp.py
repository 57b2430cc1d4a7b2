"""Send times inside tokens: microseconds of the machine's monotonic clock as six base-36 digits."""

from __future__ import annotations

import re
import time

MODULUS = 36**6
_HALF = 36**3
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TRIPLES = tuple((a + b + c).encode() for a in _DIGITS for b in _DIGITS for c in _DIGITS)

# A token is a space, a tilde and the stamp; the tilde keeps ordinary text from being taken for one.
TOKEN = re.compile(rb"~([0-9a-z]{6})")


def now_us() -> int:
    """Microseconds of a clock that all processes of this machine share."""
    return time.monotonic_ns() // 1000


def encode(moment_us: int) -> bytes:
    high, low = divmod(moment_us % MODULUS, _HALF)
    return _TRIPLES[high] + _TRIPLES[low]


def lag_us(stamp: bytes, now: int) -> int:
    """Age of a stamp; right as long as it is younger than 36 minutes."""
    return (now - int(stamp, 36)) % MODULUS
