"""A server on a free loopback port that does to each connection what a test says."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from queue import Queue
from typing import Any, NamedTuple

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, TextDelta
from agnolo.providers.openai_model import OpenAIChat
from agnolo.vocabulary.messages import Message
from tests.providers.scripted_wire import HELLO

OK = b"HTTP/1.1 200 OK\r\n"
SSE = b"Content-Type: text/event-stream\r\n"
CHUNKED = OK + SSE + b"Transfer-Encoding: chunked\r\n\r\n"
COMPLETION = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}


class Asked(NamedTuple):
    line: str
    headers: dict[str, str]
    body: Any


def chunked(*blocks: bytes) -> bytes:
    """A whole streamed reply with the head, each block one chunk."""
    return CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(block), block) for block in blocks) + b"0\r\n\r\n"


def sized(body: Any, status: str = "200 OK", *headers: str, kind: str = "application/json") -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(raw)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + raw


class Connection:
    """One accepted connection. `left` is set when the client has closed its side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.left = asyncio.Event()
        self._reader = reader
        self._writer = writer

    async def asked(self) -> Asked:
        """The next request; EOFError when there is none."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (item.partition(":") for item in rest)}
        raw = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Asked(line, headers, json.loads(raw) if raw else None)

    async def read(self, most: int) -> bytes:
        """What comes next, b"" at the end."""
        return await self._reader.read(most)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def gone(self) -> None:
        """Wait until the client closes."""
        while await self._reader.read(65536):
            pass
        self.left.set()

    def end_sending(self) -> None:
        """Close our side only."""
        self._writer.write_eof()

    def reset(self) -> None:
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


Script = Callable[[Connection], Awaitable[None]]


class Server:
    """What a test sees of its server: `connections` in order and `requests` in order."""

    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}/v1"
        self.connections: list[Connection] = []
        self.requests: list[Asked] = []


@asynccontextmanager
async def serving(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Run `script` on each connection until the test is over."""
    tasks: set[asyncio.Task[None]] = set()

    async def run(connection: Connection) -> None:
        try:
            await script(connection)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            connection.left.set()
            await connection.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        server.connections.append(connection)
        task = asyncio.ensure_future(run(connection))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    server = Server(listener.sockets[0].getsockname()[1], "https" if tls else "http")
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


def answering(*replies: bytes) -> Script:
    """Answer each request with the next of the replies, the last one for ever; the connection stays open."""
    left = list(replies)

    async def script(connection: Connection) -> None:
        while True:
            await connection.asked()
            await connection.send(left.pop(0) if len(left) > 1 else left[0])

    return script


def recorded(seen: list[Asked], reply: Callable[[Asked], bytes] | bytes) -> Script:
    """Answer each request with this reply, or with the one made for it, and keep the requests."""

    async def script(connection: Connection) -> None:
        while True:
            asked = await connection.asked()
            seen.append(asked)
            await connection.send(reply if isinstance(reply, bytes) else reply(asked))

    return script


@contextmanager
def background(reply: Callable[[Asked], bytes]) -> Iterator[str]:
    """The URL of a server on a loop of its own, for calls that block the test's."""
    found: Queue[str] = Queue()
    stops: list[Callable[[], object]] = []

    async def serve() -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(over.set))
        async with serving(recorded([], reply)) as server:
            found.put(server.url)
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        yield found.get(timeout=30)
    finally:
        stops[0]()
        thread.join()


def once(reply: bytes) -> Script:
    """Answer one request and close."""

    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(reply)

    return script


HELLO_STREAM = chunked(*HELLO)
HELLO_EVENTS = [TextDelta("Hel"), TextDelta("lo"), ModelReply(content="Hello")]


def model(server: Server | str, **options: Any) -> OpenAIChat:
    url = server if isinstance(server, str) else server.url
    return OpenAIChat(**{"id": "gpt", "api_key": "sk-loopback-secret", "base_url": url, "retries": 0, **options})


def request(*, stream: bool = True) -> ModelRequest:
    return ModelRequest(messages=[Message(role="user", content="hi")], stream=stream)


async def ask(asked: OpenAIChat, *, stream: bool = True) -> list[ModelEvent]:
    return [event async for event in asked.exchange(request(stream=stream))]
