"""Sending a reader's frames as a response: raw ASGI, one message a block, no task or queue per chunk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from agnolo.server.frames import HEARTBEAT, MEDIA_TYPE
from agnolo.server.reader import Reader
from agnolo.server.settings import Settings
from agnolo.server.web import Receive, Send, disconnected

_HEADERS = [(b"content-type", MEDIA_TYPE), (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]


class SseResponse:
    """One stream to one client.

    Silence is filled with heartbeats. A client that does not read for `stall_seconds` is let go; `left` is called when
    the client hangs up before the end.
    """

    def __init__(
        self, reader: Reader, settings: Settings, *, prelude: Iterable[bytes] = (), left: Callable[[], None]
    ) -> None:
        self._reader = reader
        self._beat_after = settings.heartbeat_seconds
        self._stall_after = settings.stall_seconds
        self._prelude = prelude
        self._left = left
        self._loop = asyncio.get_running_loop()
        self._silent_since = self._loop.time()
        self._stalled = False
        self._gone = False
        self._beat_due = False
        self._pulse: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, receive: Receive, send: Send) -> None:
        """Send until the run's end, the client's departure, or a stall."""
        self._task = asyncio.current_task()
        watch = asyncio.create_task(self._watch(receive))
        self._pulse = self._loop.call_later(min(self._beat_after, self._stall_after), self._tick)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await self._relay(send)
        except asyncio.CancelledError:
            if not self._stalled or self._task is None or self._task.uncancel():
                raise
        finally:
            watch.cancel()
            self._pulse.cancel()

    async def _relay(self, send: Send) -> None:
        reader = self._reader
        for known in self._prelude:
            await self._write(send, known)
        block = b""
        while not self._gone:
            block += reader.take()
            if block:
                await self._write(send, block)
                block = b""
            elif reader.ended:
                await self._write(send, reader.parting, more=False)
                return
            else:
                await reader.wait()
                block, self._beat_due = (HEARTBEAT if self._beat_due else b""), False

    async def _write(self, send: Send, body: bytes, *, more: bool = True) -> None:
        self._reader.sending = True
        await send({"type": "http.response.body", "body": body, "more_body": more})
        self._reader.sending = False
        self._silent_since = self._loop.time()

    async def _watch(self, receive: Receive) -> None:
        await disconnected(receive)
        self._gone = True
        self._reader.wake()
        self._left()

    def _tick(self) -> None:
        """Look whether there was silence. One timer a stream, not one a chunk."""
        silence = self._loop.time() - self._silent_since
        if self._reader.sending and silence >= self._stall_after:
            self._stalled = True
            assert self._task is not None
            self._task.cancel()
            return
        overdue = silence >= self._beat_after
        if overdue and not self._reader.sending:
            self._beat_due = True
            self._reader.wake()
        pause = min(self._beat_after, self._stall_after)
        self._pulse = self._loop.call_later(
            pause if overdue or self._reader.sending else self._beat_after - silence, self._tick
        )
