"""The frames of one run under way: a bounded tail that all readers of the run share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from agnolo.server.frames import Frame, merged

KEPT_FRAMES = 1024
KEPT_BYTES = 2 * 1024 * 1024
KEPT_AT_LEAST = 128


class RunLog:
    """Frames in order. A position counts all frames ever appended, so it stays valid when old ones are dropped.

    The last `KEPT_FRAMES` frames are kept, or if these are more than `KEPT_BYTES`, as many as fit, but `KEPT_AT_LEAST`.
    That is more than a reader may lag, more than a run tells before its readers get a turn, and more than the engine
    holds back from the journal: so no reader and no resume finds a gap.
    """

    __slots__ = ("_dropped", "_frames", "_kept", "size")

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._dropped = 0
        self._kept = 0
        self.size = 0

    @property
    def end(self) -> int:
        """The position after the last frame."""
        return self._dropped + len(self._frames)

    @property
    def first_index(self) -> int:
        """The index of the oldest event kept; 0 when there is none yet."""
        return self._frames[0].index if self._frames else 0

    @property
    def last(self) -> Frame | None:
        """The newest frame."""
        return self._frames[-1] if self._frames else None

    def append(self, told: Frame) -> None:
        """Add a frame."""
        self._frames.append(told)
        length = len(told.sse)
        self.size += length
        self._kept += length

    def trim(self) -> None:
        """Drop what is too old, when there is enough of it. Only after all readers were offered what is new."""
        if len(self._frames) > 2 * KEPT_FRAMES or self._kept > 2 * KEPT_BYTES:
            self._drop()

    def since(self, position: int) -> Sequence[Frame]:
        """The frames from a position on."""
        return self._frames[position - self._dropped :]

    def after(self, index: int) -> int:
        """The position of the first kept frame whose event comes after `index`."""
        return self._dropped + bisect_right(self._frames, index, key=_index)

    def _drop(self) -> None:
        kept, room = 0, KEPT_BYTES
        for told in reversed(self._frames[-KEPT_FRAMES:]):
            room -= len(told.sse)
            if room < 0 and kept >= KEPT_AT_LEAST:
                break
            kept += 1
        gone = len(self._frames) - kept
        self._kept -= sum(len(told.sse) for told in self._frames[:gone])
        del self._frames[:gone]
        self._dropped += gone


def _index(told: Frame) -> int:
    return told.index


class Backlog:
    """What one slow reader still has to get, merged again each time more is laid upon it."""

    __slots__ = ("_frames",)

    def __init__(self) -> None:
        self._frames: list[Frame] = []

    def lay(self, more: Iterable[Frame], *, frames: int, size: int) -> bool:
        """Take more in. False if it does not fit into so many frames and bytes even merged; then it is emptied."""
        self._frames = merged([*self._frames, *more])
        if len(self._frames) <= frames and sum(len(told.sse) for told in self._frames) <= size:
            return True
        self._frames = []
        return False

    def take(self) -> list[Frame]:
        """All of it, oldest first."""
        taken, self._frames = self._frames, []
        return taken
