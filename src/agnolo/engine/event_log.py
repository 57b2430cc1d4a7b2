"""A run's events in order: numbered, kept if asked for, and journaled a few rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agnolo.ports.journal import Frames
from agnolo.ports.runtime import Pending, Runtime
from agnolo.vocabulary import frames
from agnolo.vocabulary.events import RunEventBase

if TYPE_CHECKING:
    from agnolo.engine.state import Run, RunPlan

FLUSH_SECONDS = 2.0
FLUSH_EVENTS = 512
LOOK = 8
"""Events from one look at the clock to the next."""


class EventLog:
    """Numbers events from 0; journals them when a reader can see them (a streamed run with a store)."""

    def __init__(self, plan: RunPlan, run: Run) -> None:
        self._plan = plan
        self._run = run
        self._journaled = plan.visible and plan.store is not None
        self._waiting: list[RunEventBase] = []
        self._since = 0.0
        self._last_write: Pending[None] | None = None
        self.next_index = 0
        self._unkept = plan.unkept_events
        self.kept: list[RunEventBase] | None = None if plan.unkept_events is None else []

    def append(self, event: RunEventBase, at: Runtime) -> None:
        """Take the event in; now and then write what has gathered, without waiting for it."""
        self.next_index += 1
        if self._unkept is not None and self.kept is not None and event.event not in self._unkept:
            self.kept.append(event)
        if not self._journaled:
            return
        if not self._waiting:
            self._since = at.monotonic()
        self._waiting.append(event)
        gathered = len(self._waiting)
        if gathered >= FLUSH_EVENTS or (gathered % LOOK == 0 and at.monotonic() - self._since >= FLUSH_SECONDS):
            self.flush()

    def retract(self, event: RunEventBase) -> None:
        """Take back an event that did not come to pass."""
        if self.kept and self.kept[-1] is event:
            self.kept.pop()

    def flush(self) -> None:
        """Hand what has gathered to the store, which may keep it waiting for company. A failure shows in `settle`."""
        store = self._plan.store
        if store is not None and self._run.accepted and (rows := self.drain()):
            self._last_write = store.emit(self._plan.origin.run_id, self._run.attempt, rows)

    def drain(self) -> list[Frames]:
        """What has gathered, as rows for a write of the caller's."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        return [Frames(first=waiting[0].index, last=waiting[-1].index, payload=frames.pack(waiting))]

    async def settle(self, at: Runtime) -> None:
        """After the run's end is stored, which takes all earlier events along: raise if they could not be kept."""
        if self._last_write is not None:
            write, self._last_write = self._last_write, None
            await at.wait(write)
