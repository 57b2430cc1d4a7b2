"""Which runs may start now, which wait, and which are refused before any work is done."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from agnolo.server.problems import Problem, busy
from agnolo.server.settings import Settings

RETRY_SECONDS = 1
DRAIN_RETRY_SECONDS = 5


class Ticket:
    """One admitted run. Hand it back once, when the run has ended."""

    __slots__ = ("_admission", "_user_id")

    def __init__(self, admission: Admission, user_id: str | None) -> None:
        self._admission: Admission | None = admission
        self._user_id = user_id

    def hand_back(self) -> None:
        """Let the next run in. Further calls do nothing."""
        admission, self._admission = self._admission, None
        if admission is not None:
            admission.leave(self._user_id)


class Place:
    """A place in the queue. Wait for its ticket, or give it up."""

    __slots__ = ("_admission", "_arrived", "_user_id")

    def __init__(self, admission: Admission, user_id: str | None) -> None:
        self._admission = admission
        self._user_id = user_id
        self._arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_open(self) -> bool:
        """Whether someone still waits here."""
        return not self._arrived.done()

    async def ticket(self) -> Ticket:
        """Wait for the place's turn. Raises 503 when the server shuts down meanwhile."""
        await asyncio.shield(self._arrived)
        return Ticket(self._admission, self._user_id)

    def admit(self) -> None:
        """It is this place's turn."""
        self._arrived.set_result(None)

    def turn_away(self) -> None:
        """The server shuts down."""
        self._arrived.set_exception(_shutting_down())

    def give_up(self) -> None:
        """The taker has gone, before or after the place's turn."""
        if self.is_open:
            self._admission.withdraw(self, self._user_id)
        elif self._arrived.exception() is None:
            self._admission.leave(self._user_id)


class Admission:
    """Counts runs. Belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._room = settings.max_concurrent_runs
        self._queue_room = settings.max_queued_runs
        self._per_user = settings.max_runs_per_user
        self._queue: deque[Place] = deque()
        self._by_user: Counter[str] = Counter()
        self._running = 0
        self._closed = False

    def check(self) -> None:
        """Raise 503 when no run could start or queue now: asked before a body is read."""
        if self._closed:
            raise _shutting_down()
        if self._running >= self._room and len(self._queue) >= self._queue_room:
            raise busy(503, "Server is at its limit of runs: try again", retry_after=RETRY_SECONDS)

    def enter(self, user_id: str | None) -> Ticket | Place:
        """A ticket, or a place in the queue. Raises 503 as `check` does, and 429 for a user with too many runs."""
        self.check()
        if user_id is not None and self._by_user[user_id] >= self._per_user:
            text = f"User {user_id!r} has {self._per_user} runs under way, which is the limit: try again"
            raise busy(429, text, retry_after=RETRY_SECONDS)
        if user_id is not None:
            self._by_user[user_id] += 1
        if self._running < self._room:
            self._running += 1
            return Ticket(self, user_id)
        place = Place(self, user_id)
        self._queue.append(place)
        return place

    def leave(self, user_id: str | None) -> None:
        """Give the room of a run that has ended to the one that waits longest, or free it."""
        self._forget(user_id)
        if self._queue:
            self._queue.popleft().admit()
        else:
            self._running -= 1

    def withdraw(self, place: Place, user_id: str | None) -> None:
        """Take a place out of the queue."""
        self._queue.remove(place)
        self._forget(user_id)

    def close(self) -> None:
        """Admit no more, and send those away who wait."""
        self._closed = True
        while self._queue:
            self._queue.popleft().turn_away()

    def _forget(self, user_id: str | None) -> None:
        if user_id is None:
            return
        self._by_user[user_id] -= 1
        if not self._by_user[user_id]:
            del self._by_user[user_id]


def _shutting_down() -> Problem:
    return busy(503, "Server is shutting down: try again", retry_after=DRAIN_RETRY_SECONDS)
