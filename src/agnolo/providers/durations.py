"""When to come back and what is left: the spellings of vendors, in headers and bodies, as seconds from now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)"
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_DATE = r"(?:\w{3,9}, )?(\d{1,2})[ -](\w{3})[ -](\d{4}) (\d\d):(\d\d):(\d\d)(?: (?:GMT|UTC|[+-]0000))?"
"""An HTTP date (RFC 9110 §5.6.7); `email.utils` would read it too, and is half of what this package costs to import."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EPOCH_SECONDS = 1e9
_EPOCH_MILLISECONDS = 1e12


def seconds(text: str, *, now: float) -> float | None:
    """Seconds from `now` (Unix time) of a duration or a moment; None if it is neither. Never negative.

    Read are `17`, `59.62`, Go's `2m59.56s` and `26ms`, Unix times in seconds or milliseconds, HTTP dates and RFC 3339.
    """
    text = text.strip()
    if re.fullmatch(_NUMBER, text):
        return _from_number(float(text), now)
    parts: list[tuple[str, str]] = re.findall(_PART, text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    moment = _moment(text)
    return None if moment is None else max(0.0, moment - now)


def _moment(text: str) -> float | None:
    """A date of RFC 3339 or of HTTP as Unix time."""
    if text[:4].isdecimal():
        return _rfc3339(text)
    found = re.fullmatch(_DATE, text)
    if found is None or found[2].lower() not in _MONTHS:
        return None
    day, hour, minute, second = (int(found[group]) for group in (1, 4, 5, 6))
    month = _MONTHS.index(found[2].lower()) + 1
    try:
        return datetime(int(found[3]), month, day, hour, minute, min(second, 59), tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _rfc3339(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


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
    resets = [limit.reset for limit in allowances(headers, now=now, below=1) if limit.reset is not None]
    return max(resets) if resets else seconds(headers.get("x-ratelimit-reset", ""), now=now)


# ---- allowances


class Allowance(msgspec.Struct, frozen=True):
    """What is left of a limit. `reset` is in seconds; `refills` says that it comes back bit by bit until then."""

    name: str
    remaining: float
    limit: float | None
    reset: float | None
    refills: bool
    counts_requests: bool


class _Headers(msgspec.Struct, frozen=True):
    name: str
    remaining: str
    limit: str
    reset: str
    refills: bool
    counts_requests: bool


def _headers(form: str, kind: str, *, refills: bool) -> _Headers:
    remaining, limit, reset = (form.format(kind=kind, part=part) for part in ("remaining", "limit", "reset"))
    return _Headers(remaining, remaining, limit, reset, refills, "requests" in remaining or not kind)


_LIMITS = (
    # OpenAI and Groq: the reset is when all is back, and each request comes back by itself before.
    *(_headers("x-ratelimit-{part}-{kind}", kind, refills=True) for kind in ("requests", "tokens")),
    *(_headers("x-ratelimit-{part}-{kind}", kind, refills=False) for kind in ("requests-day", "tokens-minute")),
    *(
        _headers("anthropic-ratelimit-{kind}-{part}", kind, refills=True)
        for kind in ("requests", "tokens", "input-tokens", "output-tokens")
    ),
    *(_headers("modelscope-ratelimit-{kind}-{part}", kind, refills=False) for kind in ("requests", "model-requests")),
    _headers("x-ratelimit-{part}", "", refills=False),  # OpenRouter
)

_SHORT = 5
"""Characters of a number that may be small: longer ones need not be read."""


def allowances(headers: Mapping[str, str], *, now: float, below: float, ample: bool = False) -> list[Allowance]:
    """What is told of limits of which less than `below` is left; limits of 0 are none.

    With `ample` also the others, without their limit and reset.
    """
    found: list[Allowance] = []
    for kind in _LIMITS:
        text = headers.get(kind.remaining)
        if text is None or not (ample or len(text) < _SHORT):
            continue
        left = _number(text)
        if left is None:
            continue
        if left < below:
            limit = _number(headers.get(kind.limit, ""))
            if limit != 0:
                reset = seconds(headers.get(kind.reset, ""), now=now)
                found.append(Allowance(kind.name, left, limit, reset, kind.refills, kind.counts_requests))
        elif ample:
            found.append(Allowance(kind.name, left, None, None, kind.refills, kind.counts_requests))
    return found


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(_NUMBER, text := text.strip()) else None
