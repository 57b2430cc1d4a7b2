"""Sends requests over the network with aiohttp: the only module that imports it. One pool of connections a loop."""

from __future__ import annotations

import asyncio
import atexit
import os
import ssl
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import SimpleNamespace
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from agnolo.providers.wire import Broken, Expired, HttpReply, HttpRequest, Refused
from agnolo.vocabulary.errors import ConfigurationError

KEEP_ALIVE = 30.0
"""Seconds an idle connection is kept: less than servers keep theirs, as one that is just being closed fails."""


class _Reply:
    """An aiohttp response. One timer serves all its reads: it is moved on, not made anew, with each token."""

    def __init__(self, response: aiohttp.ClientResponse, slot: asyncio.Semaphore | None) -> None:
        self._response = response
        self._content = response.content
        self._slot = slot
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._expires = 0.0
        self._waiting = False

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def read(self, within: float) -> bytes:
        self._expires = self._loop.time() + within
        if self._timer is None or self._timer.when() > self._expires:
            self._set_timer()
        self._waiting = True
        try:
            return await self._content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise Broken(_reason(error)) from error
        finally:
            self._waiting = False

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._expires, self._ring)

    def _ring(self) -> None:
        """Time may be up: later reads have moved the moment on, or nobody waits any more."""
        self._timer = None
        if not self._waiting:
            return
        if self._loop.time() < self._expires:
            self._set_timer()
        else:
            self._content.set_exception(Expired(connecting=False))

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._content.at_eof():
            self._response.release()
        else:
            self._response.close()
        if self._slot is not None:
            self._slot.release()
            self._slot = None


class _Line:
    """The connection of one request: whether it was kept from an earlier one."""

    kept = False


def _watch_lines() -> aiohttp.TraceConfig:
    """Tells each request's line when it is a kept one."""

    async def mark(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
        context.trace_request_ctx.kept = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(mark)
    return trace


class _Pool:
    """The connections of one event loop."""

    def __init__(self) -> None:
        # aiohttp's trust_env is not used: with a .netrc it refuses requests that carry their own Authorization.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_watch_lines()],
        )
        self._slots: dict[tuple[str, int], asyncio.Semaphore] = {}
        self.guard: AsyncGenerator[None, None] | None = None

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        slot = self._slot(request)
        try:
            async with asyncio.timeout(within):
                if slot is None:
                    return _Reply(await self._ask(request, connect), None)
                await slot.acquire()
                try:
                    return _Reply(await self._ask(request, connect), slot)
                except BaseException:
                    slot.release()
                    raise
        except aiohttp.ServerTimeoutError as error:
            raise Expired(connecting=True) from error
        except TimeoutError as error:
            raise Expired(connecting=False) from error
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ClientHttpProxyError) as error:
            # Not chained: a proxy's error holds the request's headers.
            raise Refused(_reason(error)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Broken(_reason(error)) from error

    async def _ask(self, request: HttpRequest, connect: float) -> aiohttp.ClientResponse:
        """Ask over another connection when a kept one turns out to be closed: servers may close them at any time."""
        while True:
            line = _Line()
            try:
                return await self._ask_once(request, connect, line)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if not line.kept:
                    raise

    async def _ask_once(self, request: HttpRequest, connect: float, line: _Line) -> aiohttp.ClientResponse:
        return await self._session.request(
            request.method,
            request.url,
            data=request.body or None,
            headers=request.headers,
            allow_redirects=False,
            proxy=proxy_for(request.url),
            ssl=_trust(request.ca_file),
            timeout=aiohttp.ClientTimeout(total=None, connect=connect),
            trace_request_ctx=line,
        )

    def _slot(self, request: HttpRequest) -> asyncio.Semaphore | None:
        limit = request.max_concurrency
        if limit is None:
            return None
        return self._slots.setdefault((urlsplit(request.url).netloc, limit), asyncio.Semaphore(limit))

    async def close(self) -> None:
        await self._session.close()


class Network:
    """The transport that uses the pool of whatever loop is running: from several threads, several."""

    def __init__(self) -> None:
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}
        self._lock = threading.Lock()
        atexit.register(self.close)

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        """Send and wait for the head of the reply. Raises Refused, Broken or Expired."""
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop) or await self._open(loop)
        return await pool.send(request, connect=connect, within=within)

    async def _open(self, loop: asyncio.AbstractEventLoop) -> _Pool:
        pool = _Pool()
        with self._lock:
            lost = [(known, self._pools.pop(known)) for known in list(self._pools) if known.is_closed()]
            self._pools[loop] = pool
        for _, left in lost:
            _close_without_loop(left)
        pool.guard = self._until_loop_ends(loop, pool)
        await anext(pool.guard)
        return pool

    async def _until_loop_ends(self, loop: asyncio.AbstractEventLoop, pool: _Pool) -> AsyncGenerator[None, None]:
        """Loops close the async generators begun on them when they end: the one hook they offer."""
        try:
            yield
        finally:
            with self._lock:
                self._pools.pop(loop, None)
            await pool.close()

    def open_loops(self) -> int:
        """How many loops have a pool."""
        return len(self._pools)

    def close(self) -> None:
        """Close the pools of loops that never ended, such as those of background threads, at the process's end."""
        with self._lock:
            left = list(self._pools.items())
            self._pools.clear()
        for loop, pool in left:
            with suppress(RuntimeError, TimeoutError):
                if loop.is_closed():
                    _close_without_loop(pool)
                elif loop.is_running():
                    asyncio.run_coroutine_threadsafe(pool.close(), loop).result(1)
                else:
                    loop.run_until_complete(pool.close())


NETWORK = Network()


def _close_without_loop(pool: _Pool) -> None:
    """The loop was closed under the pool: its sockets are gone, only its books are to be closed."""
    steps = pool.close().__await__()
    with suppress(StopIteration):
        while True:
            next(steps)


def proxy_for(url: str) -> str | None:
    """The proxy that the environment (or macOS) names for this URL. Raises ConfigurationError for a SOCKS proxy."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        scheme = proxy.partition("://")[0]
        raise ConfigurationError(
            f"{scheme!r} proxies are not supported: set {parts.scheme.upper()}_PROXY to an http:// one"
        )
    return proxy


@lru_cache(maxsize=8)
def _trust(ca_file: str | None) -> ssl.SSLContext | bool:
    """Which certificates are believed: the system's, or those of a file."""
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigurationError(f"ca_file {ca_file!r} can't be read as certificates: {error}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {error.status}"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"this is not HTTP: {error.message.splitlines()[0]}"  # its text holds the URL, which may hold a key
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"{error} (for a private certificate authority set ca_file)"
    if isinstance(error, aiohttp.ClientConnectorError) and not isinstance(error, aiohttp.ClientSSLError):
        cause = error.os_error  # the text of the error itself repeats host and port
        number = cause.errno or 0
        return os.strerror(number) if number > 0 else cause.strerror or str(cause)
    return str(error) or type(error).__name__
