"""One reader of a run's frames: a place in the shared log, woken when there is more, never slowing the run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from agnolo.server.frames import Frame, indexed, resumable
from agnolo.server.run_log import Backlog, RunLog


class Taste(NamedTuple):
    """What a reader wants: `event_index` in the data, and whether only the answer and bad ends."""

    indexed: bool = False
    plain_only: bool = False


PLAIN_TASTE = Taste()


class Room(NamedTuple):
    """How far a reader may lag before its deltas are merged, and how much it may then have waiting."""

    frames: int
    size: int


class Reader:
    """`take` gives what is there, `wait` sleeps until there is more or the end. Belongs to the running event loop.

    `sending` is set by whoever sends for the reader, as long as its client keeps it waiting.
    """

    __slots__ = (
        "_backlog", "_log", "_loop", "_position", "_room", "_seen", "_taste", "_waiter",
        "behind", "ended", "last_index", "parting", "sending",
    )  # fmt: skip

    def __init__(self, log: RunLog, room: Room, *, position: int, taste: Taste = PLAIN_TASTE) -> None:
        self._log = log
        self._room = room
        self._taste = taste
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._backlog = Backlog()
        self._position = position
        self._seen = log.size - sum(len(told.sse) for told in log.since(position))
        self.last_index = -1
        self.behind = False
        self.ended = False
        self.sending = False
        self.parting = b""

    @property
    def lag(self) -> int:
        """How many frames wait in the log."""
        return self._log.end - self._position

    def offer(self) -> None:
        """The log has grown. Wakes the reader; if its client keeps it waiting, looks at its lag."""
        if self._waiter is not None:
            self.wake()
        elif not self.sending:
            return
        elif self._log.end - self._position > self._room.frames or self._log.size - self._seen > self._room.size:
            self._absorb()

    def wake(self) -> None:
        """Make `wait` return."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def end(self, parting: bytes = b"") -> None:
        """No more will come after what is there; `parting` is said last."""
        self.ended = True
        self.parting = self.parting or parting
        self.wake()

    def take(self) -> bytes:
        """All frames that wait, as one block; empty if there are none."""
        if self.behind:
            return b""
        if self._position == self._log.end:
            waiting: Sequence[Frame] = self._backlog.take()
        else:
            waiting = [*self._backlog.take(), *self._log.since(self._position)]
        self._position = self._log.end
        self._seen = self._log.size
        if not waiting:
            return b""
        self.last_index = waiting[-1].index
        return self._told(waiting)

    async def wait(self) -> None:
        """Sleep until there is more to take, the end, or a `wake`. Only when `take` gave nothing."""
        self._waiter = waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _told(self, waiting: Sequence[Frame]) -> bytes:
        if self._taste.plain_only:
            waiting = [told for told in waiting if told.is_plain]
        if self._taste.indexed:
            return b"".join([indexed(told) for told in waiting])
        return b"".join([told.sse for told in waiting])

    def _absorb(self) -> None:
        fits = self._backlog.lay(self._log.since(self._position), frames=self._room.frames, size=self._room.size)
        self._position = self._log.end
        self._seen = self._log.size
        if not fits:
            self.behind = True
            self.end(resumable("reader is too slow", self.last_index))
