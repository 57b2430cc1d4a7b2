"""The HTTP server that comes with the extra: one process, sockets of our own, a shutdown that drains first."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from types import FrameType
from typing import Protocol

import uvicorn

from agnolo.server.access import is_loopback
from agnolo.server.web import Asgi
from agnolo.vocabulary.errors import ConfigurationError

log = logging.getLogger("agnolo.server")

FLUSH_SECONDS = 5
BACKLOG = 2048


class Drains(Protocol):
    """What is asked of an application's lifecycle."""

    async def drain(self) -> object:
        """Refuse new work and finish what is under way; when cancelled, end it."""
        ...


class DrainingServer(uvicorn.Server):
    """Goes on listening while it drains, so that /health can say so. A second signal ends it at once."""

    def __init__(self, config: uvicorn.Config, lifecycle: Drains) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None
        self._asked = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and remember the loop for signals."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, the next ends."""
        if self._loop is None or not self.started:
            super().handle_exit(sig, frame)
        elif self._asked:
            self._loop.call_soon_threadsafe(self._hurry)
            super().handle_exit(sig, frame)
        else:
            self._asked = True
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._draining = asyncio.create_task(self._drained())

    def _hurry(self) -> None:
        if self._draining is not None:
            self._draining.cancel()

    async def _drained(self) -> None:
        log.info("draining")
        try:
            await self._lifecycle.drain()
        finally:
            self.should_exit = True


class NothingToDrain:
    """Stands for the lifecycle of an application that is not ours: its own lifespan, if it has one, is all there is."""

    async def drain(self) -> None:
        """There are no runs of ours."""


def serve(
    app: Asgi,
    *,
    host: str,
    port: int,
    lifecycle: Drains | None = None,
    insecure: bool = False,
    on_listening: Callable[[int], object] | None = None,
) -> None:
    """Serve until a signal; `on_listening` is told the port once it is ours. Without a lifecycle the app is foreign.

    Raises ConfigurationError when it can't listen, or must not because nothing guards it.
    """
    check_address(host, guarded=insecure)
    listener = bind(host, port)
    if on_listening is not None:
        on_listening(listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="auto" if lifecycle is None else "on",
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=FLUSH_SECONDS,
    )
    server = DrainingServer(config, lifecycle or NothingToDrain())
    log.info("listening on http://%s:%d", host, listener.getsockname()[1])
    server.run(sockets=[listener])


def check_address(host: str, *, guarded: bool) -> None:
    """Refuse an address open to other machines when nothing guards it."""
    if not guarded and not is_loopback(host):
        raise ConfigurationError(
            f"host={host!r} is open to other machines and no key is set: set $OS_SECURITY_KEY, or say insecure=True"
        )


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigurationError when the port is taken or the address can't be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"host={host!r} is no address of this machine: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ConfigurationError(f"port {port} on {host} is taken: stop what uses it, or choose another") from error
        raise ConfigurationError(f"can't listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener
