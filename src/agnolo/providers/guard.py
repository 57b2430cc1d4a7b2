"""What the process knows of its vendors, and the doorkeeper of each exchange: budget, breakers and governor in one."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from urllib.parse import urlsplit

import msgspec

from agnolo.providers.bounded import Bounded
from agnolo.providers.breaker import Breakers, OpenBreaker, Place
from agnolo.providers.errors import Vendor
from agnolo.providers.governor import Governor, Request
from agnolo.providers.retry import SYSTEM_PACE, Pace, RetryBudget
from agnolo.providers.wire import HttpRequest
from agnolo.vocabulary.errors import ModelProviderError

BYTES_A_TOKEN = 4
"""Of a request's body, about."""


class Caution(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the guard's services an exchange wants."""

    governor: bool = True
    breaker: bool = True


class Guard:
    """The state that all exchanges of a process share; bounded, without secrets, and empty while all is well."""

    def __init__(self) -> None:
        self.governor = Governor()
        self.breakers = Breakers()
        self._budgets: Bounded[str, RetryBudget] = Bounded()
        self._lock = Lock()

    def budget(self, url: str) -> RetryBudget:
        """The retries that the URL's host may be asked for."""
        host = host_of(url)
        budget = self._budgets.get(host)
        if budget is None:
            with self._lock:
                budget = self._budgets.get(host)
                if budget is None:
                    budget = self._budgets[host] = RetryBudget()
        return budget

    def forget(self) -> None:
        """Know nothing again."""
        self.governor.forget()
        self.breakers.forget()
        self._budgets.clear()


GUARD = Guard()
"""The process's own."""


def host_of(url: str) -> str:
    """Host and port, without a user's name and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def open_places(host: str | None = None, *, pace: Pace = SYSTEM_PACE) -> list[OpenBreaker]:
    """What this process does not ask at present: all of it, or what is at this host."""
    return [one for one in GUARD.breakers.open_now(pace) if host is None or one.place.host == host]


class Passage:
    """One exchange's way past the guard. Each attempt enters, and tells then how it went."""

    def __init__(self, guard: Guard, request: HttpRequest, vendor: Vendor, caution: Caution, pace: Pace) -> None:
        self._governor = guard.governor if caution.governor else None
        self._breakers = guard.breakers if caution.breaker else None
        self._request = request
        self._vendor = vendor
        self._host = host_of(request.url)
        self._pace = pace
        self._probes: tuple[Place, ...] = ()

    async def enter(self, patience: float) -> None:
        """Wait until the vendor may be asked. Raises ModelProviderError if it may not, or not within `patience`."""
        if self._governor:
            await self._governor.admit(self._asker(), patience, self._pace)
        if self._breakers:
            self._probes = self._breakers.admit(self._vendor, self._host, self._pace)

    def heard(self, headers: Mapping[str, str]) -> None:
        """The head of a reply has come."""
        if self._governor is not None:
            self._governor.learn(self._asker, headers, self._pace)

    def began(self) -> None:
        """The answer has begun."""
        if self._breakers is not None and self._probes:
            self._breakers.began(self._probes)
            self._probes = ()

    def failed(self, error: ModelProviderError) -> bool:
        """The attempt, or the stream, has failed. Whether asking again is futile for now."""
        if self._governor is not None:
            self._governor.hold(self._asker, error, self._pace)
        if self._breakers is None:
            return False
        probes, self._probes = self._probes, ()
        return self._breakers.failed(error, self._host, probes, self._pace)

    def completed(self) -> None:
        """The whole answer has come."""
        if self._breakers:
            self._breakers.succeeded(self._vendor, self._host)

    def left(self) -> None:
        """The attempt was given up by whoever made it."""
        if self._breakers is not None and self._probes:
            self._breakers.withdrawn(self._probes, self._pace)

    def _asker(self) -> Request:
        return Request(host=self._host, vendor=self._vendor, tokens=len(self._request.body) / BYTES_A_TOKEN)
