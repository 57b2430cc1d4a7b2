"""Runs under way in this process: each in a task of its own, told to any number of readers, cancelled and drained."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any

import msgspec

from agnolo.engine import cancel
from agnolo.server.admission import Ticket
from agnolo.server.frames import frame
from agnolo.server.problems import problem_of
from agnolo.server.reader import PLAIN_TASTE, Reader, Room, Taste
from agnolo.server.run_log import RunLog
from agnolo.vocabulary.errors import AgnoloError, case_of
from agnolo.vocabulary.events import RunErrorEvent, RunEventBase
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.runs import RunOutput
from agnolo.vocabulary.sessions import Scope

log = logging.getLogger("agnolo.server")

BREATH = 64
"""A run gives its readers a turn at least once in so many events, also when its model never waits."""

REMEMBERED_RUNS = 4096
KEPT_LOGS = 64
KEPT_LOG_BYTES = 256 * 1024
UNTOLD = b": this run was not streamed; read its result\n\n"
CLIENT_LEFT = "the client went away"
SHUTDOWN = "the server is shutting down; continue the run to go on"


class LiveKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which run of whom. `durable`: its events can be read back from a store."""

    run_id: str
    session_id: str
    agent_id: str
    scope: Scope
    durable: bool


class LiveRun:
    """One run under way. Its readers come and go; it goes on."""

    def __init__(self, key: LiveKey, room: Room, *, background: bool) -> None:
        self.key = key
        self.background = background
        self.log = RunLog()
        self.ended = False
        self.failure: Exception | None = None
        self.output: RunOutput | None = None
        self._room = room
        self._readers: set[Reader] = set()
        self._parting = b""
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._origin: Origin | None = None

    async def begun(self) -> None:
        """Wait for the first event or the end. Raises what kept the run from being accepted."""
        await asyncio.shield(self._begun)
        if self.failure is not None and not self.log.end:
            raise self.failure

    async def finished(self) -> RunOutput:
        """Wait for the end. Raises what kept the run from having an output."""
        await asyncio.shield(self._finished)
        if self.failure is not None:
            raise self.failure
        assert self.output is not None
        return self.output

    def read(self, *, position: int | None = None, taste: Taste = PLAIN_TASTE) -> Reader:
        """A new reader, from a position of the log on; from now on if None."""
        reader = Reader(self.log, self._room, position=self.log.end if position is None else position, taste=taste)
        if self.ended:
            reader.end(self._parting)
        else:
            self._readers.add(reader)
        return reader

    def part(self, reader: Reader) -> None:
        """The reader's client has left. A run in the foreground ends with its last reader, stored as cancelled."""
        self._readers.discard(reader)
        if not self._readers and not self.background:
            self.cancel(CLIENT_LEFT)

    def release(self, reader: Reader) -> None:
        """The reader was served to its end, or cut off by us: the run goes on."""
        self._readers.discard(reader)

    def cancel(self, reason: str) -> None:
        """Ask the run to stop."""
        if not self.ended:
            cancel.cancel(self.key.run_id, reason)

    def farewell(self, parting: bytes) -> None:
        """What readers are told last, after the run's end."""
        self._parting = parting

    async def tell(self, events: AsyncGenerator[RunEventBase | RunOutput, None]) -> None:
        """Carry the run out, telling its events."""
        count = 0
        async with aclosing(events):
            async for event in events:
                assert not isinstance(event, RunOutput), "only asked for with yield_run_output"
                self._append(event)
                count += 1
                if not count % BREATH:
                    await asyncio.sleep(0)

    async def carry(self, work: Awaitable[RunOutput]) -> None:
        """Carry the run out, telling nothing but its output."""
        self.farewell(UNTOLD)
        self.output = await work

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """The body of the run's task: never raises, always ends the readers."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the run's job: the failure is told to whoever waits for the run
            self._failed(error)
        finally:
            self.ended = True
            for reader in self._readers:
                reader.end(self._parting)
            for waiting in (self._begun, self._finished):
                if not waiting.done():
                    waiting.set_result(None)

    def _append(self, event: RunEventBase) -> None:
        self.log.append(frame(event))
        for reader in self._readers:
            reader.offer()
        self.log.trim()
        if self._origin is None:
            self._origin = event.origin
            self._begun.set_result(None)

    def _failed(self, error: Exception) -> None:
        """Before the first event the caller answers with the failure; after it the stream ends with a RunError."""
        self.failure = error
        if not isinstance(error, AgnoloError):
            log.error("run %s failed", self.key.run_id, exc_info=error)
        last = self.log.last
        if last is None or last.status is not None or self._origin is None:
            return
        kind = error.error_type if isinstance(error, AgnoloError) else type(error).__name__
        text = str(problem_of(error).detail)
        case = case_of(error)
        self._append(
            RunErrorEvent(origin=self._origin, index=last.index + 1, content=text, error_type=kind, error_id=case)
        )


class LiveRuns:
    """All runs under way, and for a while who owned those that have ended. Belongs to one event loop."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._live: dict[str, LiveRun] = {}
        self._tasks: dict[asyncio.Task[None], LiveRun] = {}
        self._kept: OrderedDict[str, LiveRun] = OrderedDict()
        self._owners: OrderedDict[str, Scope] = OrderedDict()

    def start(
        self, key: LiveKey, ticket: Ticket, work: Callable[[LiveRun], Coroutine[Any, Any, None]], *, background: bool
    ) -> LiveRun:
        """Start a run's task. The ticket is handed back at its end."""
        live = LiveRun(key, self._room, background=background)
        self._live[key.run_id] = live
        self._kept.pop(key.run_id, None)
        _remember(self._owners, key.run_id, key.scope, REMEMBERED_RUNS)
        task = asyncio.create_task(live.run(work(live)), name=f"run {key.run_id}")
        self._tasks[task] = live

        def done(ended: asyncio.Task[None]) -> None:
            del self._tasks[ended]
            del self._live[key.run_id]
            ticket.hand_back()
            if not key.durable and 0 < live.log.size <= KEPT_LOG_BYTES:
                _remember(self._kept, key.run_id, live, KEPT_LOGS)

        task.add_done_callback(done)
        return live

    def get(self, run_id: str) -> LiveRun | None:
        """The run if it is under way, or has ended lately and can be read nowhere else."""
        return self._live.get(run_id) or self._kept.get(run_id)

    def is_live(self, run_id: str) -> bool:
        """Whether the run is under way here."""
        return run_id in self._live

    def owner(self, run_id: str) -> Scope | None:
        """Whose run it is, if it was started here not too long ago."""
        return self._owners.get(run_id)

    async def drain(self, seconds: float) -> int:
        """Let runs finish, then cancel those left and wait for them to be stored. Returns how many were cancelled."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        left = list(self._tasks)
        self.stop()
        if left:
            await asyncio.wait(left, timeout=max(1.0, seconds / 6))
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    def stop(self) -> None:
        """Ask all runs to stop; their readers are told that the server goes."""
        for live in self._tasks.values():
            live.farewell(f": {SHUTDOWN}\n\n".encode())
            live.cancel(SHUTDOWN)


def _remember(shelf: OrderedDict[str, Any], run_id: str, value: object, most: int) -> None:
    shelf[run_id] = value
    shelf.move_to_end(run_id)
    while len(shelf) > most:
        shelf.popitem(last=False)
