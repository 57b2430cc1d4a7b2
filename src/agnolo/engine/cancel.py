"""Cancellation of runs by id, from any thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from agnolo.vocabulary.errors import RunCancelledException

MAX_INTENTS = 1024
"""Requests kept for runs that have not started yet; the oldest go first."""


class Token:
    """One run's wish to stop."""

    __slots__ = ("reason", "run_id", "wakers")

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.reason: str | None = None
        self.wakers: set[Callable[[], object]] = set()

    def request(self, reason: str) -> None:
        """Ask for the end of the run and wake whatever it waits for. The first reason stays."""
        self.reason = self.reason or reason
        for wake in tuple(self.wakers):
            wake()

    def raise_if_requested(self) -> None:
        """Raise RunCancelledException when someone asked."""
        if self.reason is not None:
            raise RunCancelledException(self.reason)


_live: dict[str, Token] = {}
_intents: OrderedDict[str, str] = OrderedDict()


def register(run_id: str) -> Token:
    """The token of a run that begins; already requested if the request came first."""
    token = Token(run_id)
    _live[run_id] = token
    if (reason := _intents.pop(run_id, None)) is not None:
        token.request(reason)
    return token


def release(token: Token) -> None:
    """Forget a run that has ended."""
    _live.pop(token.run_id, None)


def cancel(run_id: str, reason: str = "cancelled by request") -> bool:
    """Ask a run to stop. True if it is live in this process; otherwise the wish is kept for when it starts."""
    token = _live.get(run_id)
    if token is not None:
        token.request(reason)
        return True
    _intents[run_id] = reason
    while len(_intents) > MAX_INTENTS:
        _intents.popitem(last=False)
    return False


def is_live(run_id: str) -> bool:
    """Whether this process is executing the run."""
    return run_id in _live
