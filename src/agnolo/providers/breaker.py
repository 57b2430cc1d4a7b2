"""Asks a vendor that keeps failing no more for a while: a circuit breaker for each host, and for each model on it.

A host is broken by connections that fail, a model by answers of 5xx, overloads, stalls and streams that break: a vendor
behind a router may be down while all others work, and another model of the same host may be the fallback.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock

import msgspec

from agnolo.providers.bounded import Bounded
from agnolo.providers.errors import Vendor
from agnolo.providers.retry import Pace
from agnolo.vocabulary.errors import (
    ModelConnectionError,
    ModelOverloadedError,
    ModelProviderError,
    ModelTimeoutError,
    TruncatedStreamError,
)

FAILURES = 8
"""Failures in a row, with no success between, that open a breaker."""
WINDOW = 60.0
"""Seconds within which these must lie."""
FIRST_REST = 5.0
"""Seconds until one request is let through to see; twice as long after each that fails."""
LONGEST_REST = 60.0
CONNECTING = "connect_timeout"
"""The code of a timeout while connecting, which is the host's failure and not the model's."""

_FAULTS = (ModelProviderError, ModelOverloadedError, ModelTimeoutError, TruncatedStreamError)


class Place(msgspec.Struct, frozen=True):
    """What may be broken: a host, or a model on it."""

    host: str
    model: str = ""

    def __str__(self) -> str:
        return f"model {self.model!r} at {self.host}" if self.model else self.host


class OpenBreaker(msgspec.Struct, frozen=True):
    """A place that is not asked: since when (Unix time), and in how many seconds it is tried again."""

    place: Place
    since: float
    again: float


def fault(error: ModelProviderError, host: str) -> Place | None:
    """What the error speaks against; None for the user's own mistakes, limits, and answers that can't be read."""
    if isinstance(error, ModelConnectionError) or error.code == CONNECTING:
        return Place(host)
    overloaded = isinstance(error, ModelOverloadedError)
    if type(error) in _FAULTS and error.retryable and (overloaded or error.status_code >= 500):
        return Place(host, error.model)
    return None


class _Breaker:
    def __init__(self, pace: Pace) -> None:
        self.failures = 0
        self.began = pace.monotonic()
        self.since = pace.time()
        self.reason = ""
        self.rest = 0.0
        self.opens_at: float | None = None
        """When a probe may go; None while the breaker is closed."""

    def count(self, error: ModelProviderError, *, probe: bool, pace: Pace) -> None:
        now = pace.monotonic()
        if self.opens_at is not None and not probe:
            return  # it began before, and tells nothing new
        if now - self.began > WINDOW and not probe:
            self.failures, self.began, self.since = 0, now, pace.time()
        self.failures += 1
        self.reason = f"{type(error).__name__} {error.status_code}"
        if probe or self.failures >= FAILURES:
            self.rest = min(LONGEST_REST, 2 * self.rest) if self.rest else FIRST_REST
            self.opens_at = now + self.rest


class Breakers:
    """All breakers of the process; those of places that work do not exist. Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: Bounded[Place, _Breaker] = Bounded()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many places have failed lately."""
        return len(self._known)

    def forget(self) -> None:
        """Know nothing again."""
        with self._lock:
            self._known.clear()

    def open_now(self, pace: Pace) -> list[OpenBreaker]:
        """The places that are not asked at present."""
        now = pace.monotonic()
        with self._lock:
            return [
                OpenBreaker(place, one.since, max(0.0, one.opens_at - now))
                for place, one in self._known.items()
                if one.opens_at is not None
            ]

    def admit(self, vendor: Vendor, host: str, pace: Pace) -> tuple[Place, ...]:
        """The places that this request is the probe of. Raises ModelConnectionError or ModelOverloadedError."""
        probes: list[Place] = []
        with self._lock:
            for place in (Place(host), Place(host, vendor.model)):
                breaker = self._known.get(place)
                if breaker is None or breaker.opens_at is None:
                    continue
                now = pace.monotonic()
                if breaker.opens_at > now:
                    self._put_back(probes, now)
                    raise _open(vendor, place, breaker, breaker.opens_at - now)
                breaker.opens_at = now + LONGEST_REST  # should the probe never report
                probes.append(place)
        return tuple(probes)

    def failed(self, error: ModelProviderError, host: str, probes: tuple[Place, ...], pace: Pace) -> bool:
        """Count a failure. Whether the place is now not to be asked again."""
        place, now = fault(error, host), pace.monotonic()
        with self._lock:
            others = [probe for probe in probes if probe != place]
            if place is not None and not place.model:
                self._put_back(others, now)
            else:  # the host has answered, if with a complaint
                self._close(others)
            if place is None:
                return False
            breaker = self._known.get(place)
            if breaker is None:
                breaker = self._known[place] = _Breaker(pace)
            breaker.count(error, probe=place in probes, pace=pace)
            return breaker.opens_at is not None

    def succeeded(self, vendor: Vendor, host: str) -> None:
        """An exchange came to its end."""
        with self._lock:
            for place in (Place(host), Place(host, vendor.model)):
                breaker = self._known.get(place)
                if breaker is not None and breaker.opens_at is None:
                    del self._known[place]

    def began(self, probes: tuple[Place, ...]) -> None:
        """The probe is being answered: its places are asked again."""
        with self._lock:
            self._close(probes)

    def withdrawn(self, probes: tuple[Place, ...], pace: Pace) -> None:
        """The probe was cancelled: the next request is one."""
        with self._lock:
            self._put_back(probes, pace.monotonic())

    def _close(self, places: Iterable[Place]) -> None:
        for place in places:
            self._known.pop(place, None)

    def _put_back(self, places: Iterable[Place], now: float) -> None:
        for place in places:
            if place in self._known:
                self._known[place].opens_at = now


def _open(vendor: Vendor, place: Place, breaker: _Breaker, wait: float) -> ModelProviderError:
    since = datetime.fromtimestamp(breaker.since, UTC).strftime("%H:%M:%S")
    text = (
        f"{vendor.name} was not asked: {place} has failed {breaker.failures} times in a row since {since} UTC"
        f" (last: {breaker.reason}); it is tried again in {wait:.3g} s"
    )
    kind = ModelOverloadedError if place.model else ModelConnectionError
    return vendor.error(kind, text, code="circuit_open", retry_after=wait)
