"""The outermost layer: every request passes it once. Guards, CORS headers, body limit, error bodies, access log.

One plain function wraps `send`, so that a stream pays no coroutine per chunk for passing through here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable

from agnolo.server.access import PUBLIC_PATHS, LoopbackHosts, SecurityKey
from agnolo.server.cors import Cors, RawHeaders
from agnolo.server.problems import Problem, problem_of
from agnolo.server.settings import Settings
from agnolo.server.web import Asgi, ClientDisconnect, HttpScope, Message, Receive, Send

TRUSTED = "agnolo.trusted"
"""In the scope: whether the caller may see more than the public. True for all when there is no key."""

log = logging.getLogger("agnolo.server")
access = logging.getLogger("agnolo.server.access")


class Answer:
    """One response on its way: adds the headers that all responses carry, and remembers the status."""

    __slots__ = ("_extra", "_send", "status")

    def __init__(self, send: Send, extra: RawHeaders) -> None:
        self._send = send
        self._extra = extra
        self.status = 0

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._extra]
        return self._send(message)


class LimitedBody:
    """The request's body, refused with 413 once it is too long."""

    __slots__ = ("_left", "_limit", "_receive")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._left = limit

    def admit(self, announced: bytes | None) -> None:
        """Refuse by the announced length, before anything is read."""
        if announced is not None and announced.isdigit() and int(announced) > self._limit:
            raise self._too_long()

    async def receive(self) -> Message:
        """The next message."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise self._too_long()
        return message

    def _too_long(self) -> Problem:
        return Problem(413, f"The request's body is longer than {self._limit} bytes", headers={"Connection": "close"})


class Edge:
    """The server's ASGI application."""

    def __init__(self, app: Asgi, settings: Settings, key: SecurityKey | None) -> None:
        self._app = app
        self._limit = settings.max_body_bytes
        self._cors = Cors(settings.cors_origins)
        self._hosts = LoopbackHosts(settings.allowed_hosts)
        self._key = key

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        """Serve one connection's request; errors become responses here and nowhere else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin")
        preflight = scope["method"] == "OPTIONS" and b"access-control-request-method" in headers
        answer = Answer(send, [] if origin and preflight else self._cors.headers(origin))
        begun = time.perf_counter()
        try:
            if origin and preflight:
                reply = self._cors.preflight(origin, headers.get(b"access-control-request-headers"))
                await reply(scope, receive, answer.send)
            else:
                await self._admitted(scope, headers, receive, answer)
        except ClientDisconnect:
            pass
        except Exception as error:  # noqa: BLE001 - the server's boundary: answered and logged
            await self._failed(scope, receive, answer, error)
        if access.isEnabledFor(logging.INFO):
            took = (time.perf_counter() - begun) * 1000
            access.info("%s %s %d %.1f ms", scope["method"], ascii(scope["path"])[1:-1], answer.status, took)

    async def _admitted(self, scope: HttpScope, headers: dict[bytes, bytes], receive: Receive, answer: Answer) -> None:
        scope["app"] = self  # Starlette then raises its 404, 405 and bad forms instead of answering them in text
        scope["path"] = scope["path"].rstrip("/") or "/"
        self._hosts.check(scope.get("server"), headers.get(b"host"))
        self._cors.check(scope["method"], headers.get(b"origin"), headers.get(b"host"))
        key, authorization = self._key, headers.get(b"authorization")
        scope[TRUSTED] = key is None or key.opens(authorization)
        if key is not None and scope["path"] not in PUBLIC_PATHS:
            key.check(authorization)
        body = LimitedBody(receive, self._limit)
        body.admit(headers.get(b"content-length"))
        await self._app(scope, body.receive, answer.send)

    async def _failed(self, scope: HttpScope, receive: Receive, answer: Answer, error: Exception) -> None:
        problem = problem_of(error)
        if problem.status == 500:
            log.error("%s %s failed", scope["method"], ascii(scope["path"])[1:-1], exc_info=error)
        if answer.status:
            raise error  # the body is half sent: only closing the connection tells the client
        await problem.response()(scope, receive, answer.send)
