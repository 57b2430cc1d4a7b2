"""When to come back: the spellings of vendors, in headers and bodies, as seconds from now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)")
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_EPOCH_SECONDS = 1e9
_EPOCH_MILLISECONDS = 1e12
_PAIRS = ("requests", "tokens", "requests-day", "tokens-minute")


def seconds(text: str, *, now: float) -> float | None:
    """Seconds from `now` (Unix time) of a duration or a moment; None if it is neither. Never negative.

    Read are `17`, `59.62`, Go's `2m59.56s` and `26ms`, Unix times in seconds or milliseconds, and HTTP dates.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _from_number(float(text), now)
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)


def _from_number(number: float, now: float) -> float:
    if number >= _EPOCH_MILLISECONDS:
        return max(0.0, number / 1000 - now)
    return max(0.0, number - now) if number >= _EPOCH_SECONDS else number


def from_headers(headers: Mapping[str, str], *, now: float) -> float | None:
    """The server's wish: retry-after-ms, retry-after, else the reset of whichever limit is used up."""
    exact = seconds(headers.get("retry-after-ms", ""), now=now)
    if exact is not None:
        return exact / 1000
    asked = seconds(headers.get("retry-after", ""), now=now)
    if asked is not None:
        return asked
    resets = [
        wait
        for kind in _PAIRS
        if headers.get(f"x-ratelimit-remaining-{kind}", "").strip() == "0"
        and (wait := seconds(headers.get(f"x-ratelimit-reset-{kind}", ""), now=now)) is not None
    ]
    if resets:
        return max(resets)
    return seconds(headers.get("x-ratelimit-reset", ""), now=now)
