"""Holds requests back while an account's allowance is known to be used up, instead of having each refused.

What is known comes from the headers of replies and from refusals that name a wait. It is kept for each host, key and
model, as limits differ by model; keys are kept as keyed hashes only. A vendor that tells nothing is never held.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping
from hashlib import blake2b
from threading import Lock

import msgspec

from agnolo.providers.bounded import Bounded
from agnolo.providers.durations import Allowance, allowances
from agnolo.providers.errors import Vendor
from agnolo.providers.retry import Pace
from agnolo.vocabulary.errors import ModelProviderError, ModelRateLimitError

LOW = 100.0
"""An allowance is watched from here on: with more left, nothing is kept and nothing counted."""
LONGEST = 600.0
"""Seconds after which a vendor is asked again, whatever it said: plans change and clocks are wrong."""
UNSTATED = 60.0
"""Seconds that a limit without a stated end counts as used up. Nobody waits for those: requests fail at once."""
SPACING = 0.02
"""Seconds between those who waited, so that the first refusal reaches the others before they leave."""
NAP = 1.0
"""Seconds after which those who wait look again: the news may be better than it was."""

_SALT = os.urandom(16)
_NEAR = 1e-6


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: `host`, `vendor` with its secrets, and about how many `tokens` are sent."""

    host: str
    vendor: Vendor
    tokens: float

    def account(self) -> bytes:
        """Host, key and model as a hash that means nothing outside this process."""
        told = "\0".join((self.host, self.vendor.model, *self.vendor.secrets))
        return blake2b(told.encode(), digest_size=16, key=_SALT).digest()


class _Limit:
    """What is left of one allowance as time goes by. Requests are counted down as they leave."""

    def __init__(self, told: Allowance, now: float) -> None:
        self.stated = told.reset is not None
        self._counts_requests = told.counts_requests
        self._remaining = told.remaining
        self._at = now
        lasts = min(LONGEST, UNSTATED if told.reset is None else told.reset)
        self.until = now + lasts
        self._rate = 0.0
        if told.refills and told.reset and told.limit is not None:
            self._rate = (told.limit - told.remaining) / told.reset

    def wait(self, tokens: float, now: float) -> float:
        """Seconds until a request may go; 0 or less if it may now."""
        if self._remaining >= 1:
            return 0.0
        needed = 1.0 if self._counts_requests else tokens
        missing = needed - self._remaining - (now - self._at) * self._rate
        if missing <= _NEAR:
            return 0.0
        return min(self.until - now, missing / self._rate) if self._rate else self.until - now

    def take(self) -> None:
        if self._counts_requests:
            self._remaining -= 1


class _Account:
    """What is known of one account, and who waits for it, first come first served."""

    def __init__(self) -> None:
        self.held_until = 0.0
        self.limits: dict[str, _Limit] = {}
        self.queue: deque[object] = deque()

    def wait(self, tokens: float, now: float) -> float:
        """Seconds until a request may go; 0 or less if it may now."""
        self.limits = {name: limit for name, limit in self.limits.items() if limit.until > now}
        return max(self.held_until - now, *(limit.wait(tokens, now) for limit in self.limits.values()), 0.0)

    def unstated(self, now: float) -> bool:
        """Whether a limit is used up whose end is unknown."""
        return any(not limit.stated and limit.wait(1.0, now) > 0 for limit in self.limits.values())

    def take(self) -> None:
        for limit in self.limits.values():
            limit.take()

    def idle(self, now: float) -> bool:
        return not self.limits and not self.queue and self.held_until <= now


class Governor:
    """What the process knows of its accounts. Safe to use from several threads and loops."""

    def __init__(self) -> None:
        self._accounts: Bounded[bytes, _Account] = Bounded()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many accounts something is known of."""
        return len(self._accounts)

    def forget(self) -> None:
        """Know nothing again."""
        with self._lock:
            self._accounts.clear()

    def learn(self, request: Callable[[], Request], headers: Mapping[str, str], pace: Pace) -> None:
        """Take note of what a reply tells."""
        told = allowances(headers, now=pace.time(), below=LOW, ample=bool(self._accounts))
        if not told:
            return
        key, now = request().account(), pace.monotonic()
        with self._lock:
            account = self._accounts.get(key)
            for one in told:
                if one.remaining < LOW:
                    account = account or self._accounts.setdefault(key, _Account())
                    account.limits[one.name] = _Limit(one, now)
                elif account is not None:
                    account.limits.pop(one.name, None)

    def hold(self, request: Callable[[], Request], error: ModelProviderError, pace: Pace) -> None:
        """After a refusal that names a wait, nobody else asks before."""
        if not isinstance(error, ModelRateLimitError) or not error.retryable or not error.retry_after:
            return
        until = pace.monotonic() + min(LONGEST, error.retry_after)
        key = request().account()
        with self._lock:
            account = self._accounts.get(key)
            if account is None:
                account = self._accounts[key] = _Account()
            account.held_until = max(account.held_until, until)

    async def admit(self, request: Request, patience: float, pace: Pace) -> None:
        """Return when the request may leave; raises ModelRateLimitError if that is more than `patience` s away."""
        account = self._accounts.get(key := request.account())
        if account is None:
            return
        ticket = object()
        account.queue.append(ticket)
        ends = pace.monotonic() + patience
        try:
            while (wait := self._turn(account, ticket, request, ends - pace.monotonic(), pace)) > 0:
                await pace.sleep(min(wait, NAP))
        finally:
            with self._lock:
                account.queue.remove(ticket)
                if account.idle(pace.monotonic()) and self._accounts.get(key) is account:
                    del self._accounts[key]

    def _turn(self, account: _Account, ticket: object, request: Request, patience: float, pace: Pace) -> float:
        """Seconds until it may be this one's turn; 0 if it is."""
        with self._lock:
            now = pace.monotonic()
            ahead = account.queue.index(ticket)
            ready = account.wait(request.tokens, now)
            wait = ready + SPACING * ahead
            if wait <= 0:
                account.take()
                return 0.0
            unstated = account.unstated(now)
        if wait > patience or unstated:
            raise _used_up(request, ready)
        return wait


def _used_up(request: Request, wait: float) -> ModelProviderError:
    vendor = request.vendor
    text = (
        f"{vendor.name} was not asked: by its own account the limit of model {vendor.model!r} at {request.host}"
        f" is used up for another {wait:.3g} s (wait that long, or set rate_governor=False to ask all the same)"
    )
    return vendor.error(ModelRateLimitError, text, code="limit_used_up", retry_after=wait)
