"""One virtual user of the load generator: a connection, its requests, and what each run looked like from outside."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Literal, NamedTuple, cast
from urllib.parse import urlencode

import httptools

import stamp

Mode = Literal["agentos", "openai"]
Encoding = Literal["multipart", "urlencoded"]

_EVENT = re.compile(rb"(?:^|\n)event: ?([^\n]*)")
_BOUNDARY = "XagnolobenchX7MA4YWxkTrZu0gW"


class Address(NamedTuple):
    host: str
    port: int
    path: str


class Dialect(NamedTuple):
    """How a server is spoken to and which events carry tokens and mark the end."""

    mode: Mode
    encoding: Encoding
    token_event: bytes
    done_event: bytes
    expected_tokens: int


class Record:
    """One run: its times (loop clock), its tokens and, when it went wrong, why."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.ended = started
        self.first_token: float | None = None
        self.last_token = started
        self.max_gap = 0.0
        self.tokens = 0
        self.events = 0
        self.bytes = 0
        self.lags_us: list[int] = []
        self.done = False
        self.failed = False
        self.bad = ""

    def verdict(self, expected_tokens: int) -> str:
        """Why the run does not count; empty for a good one."""
        if self.bad:
            return self.bad
        if self.failed:
            return "run_error"
        if not self.done:
            return "truncated"
        if expected_tokens and self.tokens != expected_tokens:
            return f"token_count_{self.tokens}"
        return ""


class Connection(asyncio.Protocol):
    """Sends one request at a time and reads its event stream; the future of `exchange` ends with the response."""

    def __init__(self, loop: asyncio.AbstractEventLoop, dialect: Dialect) -> None:
        self._loop = loop
        self._dialect = dialect
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._record = Record(0.0)
        self._ended: asyncio.Future[None] | None = None
        self._rest = b""
        self._now_us = 0
        self.reusable = True

    async def exchange(self, request: bytes, timeout_s: float) -> Record:
        """One run; never raises for what the server does, the record says it."""
        self._record = record = Record(self._loop.time())
        self._rest = b""
        self._parser = httptools.HttpResponseParser(self)
        self._ended = self._loop.create_future()
        timer = self._loop.call_later(timeout_s, self._spoil, "timeout")
        if self._transport is None:
            self._spoil("connection_lost")
        else:
            self._transport.write(request)
        await self._ended
        timer.cancel()
        record.ended = self._loop.time()
        record.bad = record.verdict(self._dialect.expected_tokens)
        return record

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._now_us = stamp.now_us()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._spoil("malformed_http")

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._spoil("truncated")

    # the parser's side

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status != 200:
            self._record.bad = f"status_{status}"

    def on_body(self, body: bytes) -> None:
        self._record.bytes += len(body)
        text = self._rest + body
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        *frames, self._rest = text.split(b"\n\n")
        for frame in frames:
            self._frame(frame)

    def on_message_complete(self) -> None:
        self.reusable = self._parser.should_keep_alive()
        self._end()

    # the run

    def _frame(self, frame: bytes) -> None:
        record, dialect = self._record, self._dialect
        if dialect.mode == "openai":
            record.done = record.done or frame.startswith(b"data: [DONE]")
            self._tokens(frame)
            return
        named = _EVENT.search(frame)
        if named is None:
            return
        record.events += 1
        event = named.group(1)
        if event == dialect.token_event:
            self._tokens(frame)
        elif event == dialect.done_event:
            record.done = True
        elif event.endswith(b"Error"):
            record.failed = True

    def _tokens(self, frame: bytes) -> None:
        record = self._record
        for token in stamp.TOKEN.findall(frame):
            now = self._loop.time()
            record.tokens += 1
            record.lags_us.append(stamp.lag_us(token, self._now_us))
            if record.first_token is None:
                record.first_token = now
            else:
                record.max_gap = max(record.max_gap, now - record.last_token)
            record.last_token = now

    def _spoil(self, reason: str) -> None:
        if self._ended is None or self._ended.done():
            return
        self._record.bad = self._record.bad or reason
        self.reusable = False
        self.close()
        self._end()

    def _end(self) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


def request_bytes(target: Address, dialect: Dialect, fields: dict[str, str]) -> bytes:
    """A whole POST with the run's fields: message, session_id, user_id."""
    if dialect.mode == "openai":
        messages = [{"role": "user", "content": fields["message"]}]
        document = {"model": "mock", "stream": True, "stream_options": {"include_usage": True}, "messages": messages}
        kind, body = "application/json", json.dumps(document)
    elif dialect.encoding == "urlencoded":
        kind, body = "application/x-www-form-urlencoded", urlencode({**fields, "stream": "true"})
    else:
        kind, body = f"multipart/form-data; boundary={_BOUNDARY}", _multipart({**fields, "stream": "true"})
    content = body.encode()
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nContent-Type: {kind}\r\n"
        f"Accept: text/event-stream\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _multipart(fields: dict[str, str]) -> str:
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join(parts) + f"--{_BOUNDARY}--\r\n"
