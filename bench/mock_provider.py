"""A model provider with a known, exact pace: OpenAI chat completions on a loopback port, in one process.

A model name containing "tool" is answered with one get_weather call until the last message is a tool result;
"name@n16" asks for 16 tokens. Each token is " ~" and its send time (see stamp.py). GET /_stats tells the mock's
own lateness, GET /_stats?reset starts it afresh.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import json
import signal
import sys
from array import array
from collections.abc import Callable
from typing import NamedTuple, cast

import httptools
import msgspec

import mock_wire as wire
import stamp
from quantiles import quantile

_LATENESS_LIMIT = 4_000_000


class Pace(NamedTuple):
    """Seconds to the first token, seconds between tokens, tokens per answer."""

    first: float
    gap: float
    tokens: int


class Ledger:
    """What the mock did: requests, tokens, and how late each token left against its schedule."""

    def __init__(self) -> None:
        self.requests = 0
        self.tokens = 0
        self.active = 0
        self.max_active = 0
        self.late_ms = array("d")

    def sent(self, late_s: float) -> None:
        self.tokens += 1
        if len(self.late_ms) < _LATENESS_LIMIT:
            self.late_ms.append(late_s * 1000)

    def opened(self) -> None:
        self.requests += 1
        self.active += 1
        self.max_active = max(self.max_active, self.active)

    def summary(self) -> dict[str, float]:
        late = sorted(self.late_ms)
        points = {f"late_ms_p{round(q * 100)}": round(quantile(late, q), 3) for q in (0.5, 0.95, 0.99)}
        return {"requests": self.requests, "tokens": self.tokens, "max_active": self.max_active, **points}

    def reset(self) -> None:
        self.requests = self.tokens = self.max_active = 0
        self.late_ms = array("d")


class TokenStream:
    """Writes the tokens of one answer at their due times; a late one never delays the next."""

    def __init__(
        self, connection: Connection, request: wire.ChatRequest, usage: str, *, started: float, pace: Pace
    ) -> None:
        self._connection = connection
        self._request = request
        self._usage = usage
        self._next = 0
        self._pace = pace
        self._started = started
        self._before, self._after = wire.token_frame(request.model)

    def step(self) -> None:
        """Sends every token that is due, then asks to be called for the next."""
        loop, pace = self._connection.loop, self._pace
        while self._next < pace.tokens:
            due = self._started + pace.first + self._next * pace.gap
            late = loop.time() - due
            if late < 0:
                self._connection.wake_at(due, self.step)
                return
            self._send(late)
        self._connection.finish(wire.tail(self._request, "stop", self._usage))

    def _send(self, late: float) -> None:
        opening = b""
        if self._next == 0:
            opening = wire.opening_frame(self._request.model)
        self._next += 1
        self._connection.ledger.sent(late)
        self._connection.send(b"".join((opening, self._before, stamp.encode(stamp.now_us()), self._after)))


class Connection(asyncio.Protocol):
    """Parses requests and answers them one at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pace: Pace, ledger: Ledger) -> None:
        self.loop = loop
        self.ledger = ledger
        self._pace = pace
        self._url = b""
        self._body: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if self._transport is not None:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._release()

    # the parser's side

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body, self._body = b"".join(self._body), []
        path, _, query = self._url.partition(b"?")
        if path.endswith(b"/chat/completions"):
            self._chat(body)
        elif path == b"/_stats":
            self.send(wire.document("200 OK", json.dumps(self.ledger.summary())))
            if query.startswith(b"reset"):
                self.ledger.reset()
        elif path.endswith(b"/models"):
            self.send(wire.model_list())
        else:
            self.send(wire.problem("404 Not Found", f"unknown path {path.decode('latin-1')}"))

    # the answers

    def _chat(self, body: bytes) -> None:
        started = self.loop.time()
        try:
            request = msgspec.json.decode(body, type=wire.ChatRequest)
        except msgspec.MsgspecError as error:
            self.send(wire.problem("400 Bad Request", str(error)))
            return
        self.ledger.opened()
        self._busy = True
        pace = self._pace._replace(tokens=request.tokens(self._pace.tokens))
        if request.stream:
            self._stream(request, len(body) // 4, started=started, pace=pace)
        else:
            self._whole(request, len(body) // 4, started=started, pace=pace)

    def _stream(self, request: wire.ChatRequest, prompt: int, *, started: float, pace: Pace) -> None:
        self.send(wire.SSE_HEAD)
        if request.wants_tool():
            answer = wire.streamed_call(request, self._call_id(), wire.usage(prompt, 12))
            self.wake_at(started + pace.first, lambda: self.finish(answer))
            return
        TokenStream(self, request, wire.usage(prompt, pace.tokens), started=started, pace=pace).step()

    def _whole(self, request: wire.ChatRequest, prompt: int, *, started: float, pace: Pace) -> None:
        if request.wants_tool():
            answer = wire.completion(request, wire.whole_call(self._call_id()), "tool_calls", wire.usage(prompt, 12))
            self.wake_at(started + pace.first, lambda: self.finish(answer))
            return

        def reply() -> None:
            text = f" ~{stamp.encode(stamp.now_us()).decode()}" * pace.tokens
            message = f'{{"role":"assistant","content":"{text}","refusal":null,"annotations":[]}}'
            self.finish(wire.completion(request, message, "stop", wire.usage(prompt, pace.tokens)))

        self.wake_at(started + pace.first + (pace.tokens - 1) * pace.gap, reply)

    def _call_id(self) -> str:
        return f"call_{stamp.now_us():024x}"

    # what the answers use

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def finish(self, data: bytes) -> None:
        self.send(data)
        self._release()

    def wake_at(self, due: float, callback: Callable[[], None]) -> None:
        if self._transport is None:
            return
        if due <= self.loop.time():
            callback()
        else:
            self._timer = self.loop.call_at(due, callback)

    def _release(self) -> None:
        if self._busy:
            self._busy = False
            self.ledger.active -= 1


async def serve(port: int, pace: Pace, ledger: Ledger) -> None:
    """Serves until SIGTERM or SIGINT. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: Connection(loop, pace, ledger), "127.0.0.1", port, backlog=1024)
    print(f"mock provider on http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await stop.wait()
    server.close()


def main() -> int:
    options = argparse.ArgumentParser(description="An OpenAI-compatible mock provider with an exact pace.")
    options.add_argument("--port", type=int, default=9100, help="loopback port, 0 for any (default: %(default)s)")
    options.add_argument("--ttft", type=float, default=100.0, help="ms to the first token (default: %(default)s)")
    options.add_argument("--itl", type=float, default=20.0, help="ms between tokens (default: %(default)s)")
    options.add_argument("--tokens", type=int, default=128, help="tokens per answer (default: %(default)s)")
    options.add_argument("--zero", action="store_true", help="no delays at all: for measuring overhead")
    chosen = options.parse_args()
    pace = Pace(0.0, 0.0, chosen.tokens) if chosen.zero else Pace(chosen.ttft / 1000, chosen.itl / 1000, chosen.tokens)
    ledger = Ledger()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(chosen.port, pace, ledger))
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "it is taken; choose another with --port" if taken else error.strerror
        print(f"mock_provider: cannot listen on port {chosen.port}: {reason}", file=sys.stderr)
        return 1
    print(f"mock provider: {json.dumps(ledger.summary())}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
