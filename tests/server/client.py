"""An ASGI client in the server's own process: streams and disconnects are exact, nothing sleeps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

BOUNDARY = "formboundary"
ORDER = ("id", "event", "data")


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Event(NamedTuple):
    """One SSE block, comments apart."""

    name: str | None
    data: Any
    id: int | None = None
    comment: str | None = None
    retry: int | None = None


def events_of(text: bytes) -> list[Event]:
    """The blocks of a stream; every line must be one that the contract knows."""
    found: list[Event] = []
    assert b"\r" not in text
    blocks = text.decode().split("\n\n")
    assert blocks.pop() == "", "the stream ends inside a block"
    for block in blocks:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            fields[name or "comment"] = value
        assert fields.keys() <= {"id", "event", "data", "comment", "retry"}, block
        found.append(
            Event(
                fields.get("event"),
                json.loads(fields["data"]) if "data" in fields else None,
                int(fields["id"]) if "id" in fields else None,
                fields.get("comment"),
                int(fields["retry"]) if "retry" in fields else None,
            )
        )
    return found


class Exchange:
    """One request under way. `hold` makes the client stop reading, `leave` makes it hang up."""

    def __init__(self, app: Any, scope: dict[str, Any], body: Sequence[bytes]) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.sent: list[bytes] = []
        self.ended = False
        self._body = list(body)
        self._gone = asyncio.Event()
        self._reading = asyncio.Event()
        self._reading.set()
        self._news = asyncio.Condition()
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if self._body:
            part = self._body.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self._body)}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        assert not self.ended, message
        if self._gone.is_set():
            return
        await self._reading.wait()
        if message["type"] == "http.response.start":
            assert not self.status, message
            self.status = message["status"]
            self.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            assert self.status, message
            self.sent.append(message.get("body", b""))
            self.ended = not message.get("more_body", False)
        async with self._news:
            self._news.notify_all()

    @property
    def text(self) -> bytes:
        return b"".join(self.sent)

    @property
    def events(self) -> list[Event]:
        return events_of(self.text)

    def hold(self) -> None:
        self._reading.clear()

    def read_on(self) -> None:
        self._reading.set()

    def leave(self) -> None:
        self._gone.set()
        self._reading.set()

    async def until(self, text: bytes) -> None:
        """Wait for a text to arrive."""
        async with self._news:
            await self._news.wait_for(lambda: text in self.text or self.ended or self.task.done())
        assert text in self.text, self.text

    async def finished(self) -> Reply:
        await self.task
        return Reply(self.status, self.headers, self.text)


def multipart(form: Mapping[str, str], files: Sequence[tuple[str, str, str, bytes]]) -> bytes:
    """Fields, and files as (field, filename, type, content)."""
    parts: list[bytes] = []
    for name, value in form.items():
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, filename, kind, content in files:
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    edge = f"--{BOUNDARY}".encode()
    return b"".join(edge + b"\r\n" + part for part in parts) + edge + b"--\r\n"


class Client:
    """Speaks to an ASGI application."""

    def __init__(self, app: Any, *, server: tuple[str, int] | None = ("127.0.0.1", 7777), host: str = "localhost:7777"):
        self.app = app
        self._server = server
        self._host = host

    def begin(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, str, str, bytes]] = (),
        content: bytes | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Start a request."""
        sent = {"host": self._host}
        if files:
            content = multipart(form or {}, files)
            sent["content-type"] = f"multipart/form-data; boundary={BOUNDARY}"
        elif form is not None:
            content = urlencode(form).encode()
            sent["content-type"] = "application/x-www-form-urlencoded"
        sent |= {k.lower(): v for k, v in (headers or {}).items()}
        parts = [content] if isinstance(content, bytes) else list(content)
        if isinstance(content, bytes) and content:
            sent.setdefault("content-length", str(len(content)))
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.items()],
            "client": ("127.0.0.1", 50000),
            "server": self._server,
        }
        return Exchange(self.app, scope, parts)

    async def request(self, method: str, path: str, **options: Any) -> Reply:
        return await self.begin(method, path, **options).finished()

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.request("GET", path, **options)

    async def post(self, path: str, form: Mapping[str, str] | None = None, **options: Any) -> Reply:
        return await self.request("POST", path, form=form, **options)


class Lifespan:
    """The application's start and end, as an ASGI server would do them."""

    def __init__(self, app: Any) -> None:
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task = asyncio.create_task(app({"type": "lifespan", "state": {}}, self._inbox.get, self._outbox.put))

    async def start(self) -> None:
        await self._inbox.put({"type": "lifespan.startup"})
        assert (await self._outbox.get())["type"] == "lifespan.startup.complete"

    async def stop(self) -> None:
        await self._inbox.put({"type": "lifespan.shutdown"})
        assert (await self._outbox.get())["type"] == "lifespan.shutdown.complete"
        await self._task


@asynccontextmanager
async def started(app: Any, **options: Any) -> AsyncIterator[Client]:
    """A client of the started application, which is stopped at the end."""
    lifespan = Lifespan(app)
    await lifespan.start()
    try:
        yield Client(app, **options)
    finally:
        await lifespan.stop()
