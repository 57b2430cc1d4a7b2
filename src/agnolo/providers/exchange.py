"""One request to a model from end to end: the guard, retries before the first delta, deadlines, closing in every case.

The same code serves streamed and whole replies; what differs is in the decoder.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import msgspec

from agnolo.ports.model import ModelEvent
from agnolo.providers import errors
from agnolo.providers.breaker import CONNECTING
from agnolo.providers.errors import Vendor
from agnolo.providers.guard import GUARD, Caution, Guard, Passage, host_of
from agnolo.providers.retry import SYSTEM_PACE, Pace, RetryPolicy
from agnolo.providers.wire import (
    MAX_BODY,
    MAX_ERROR_BODY,
    BodyForm,
    Broken,
    Deadlines,
    Expired,
    HttpReply,
    HttpRequest,
    Refused,
    ReplyDecoder,
    Transport,
    body_form,
)
from agnolo.vocabulary.errors import (
    ModelConnectionError,
    ModelProtocolError,
    ModelProviderError,
    ModelTimeoutError,
)

DRAIN = 0.05
"""Seconds given to the end of a body after its last event, so that the connection can be used again."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of whom, and how patiently. `decoder` makes a fresh one for each attempt."""

    request: HttpRequest
    vendor: Vendor
    decoder: Callable[[Vendor, BodyForm], ReplyDecoder]
    stream: bool
    deadlines: Deadlines = Deadlines()
    retry: RetryPolicy = RetryPolicy()
    caution: Caution = Caution()


async def deliver(
    exchange: Exchange, transport: Transport, *, guard: Guard = GUARD, pace: Pace = SYSTEM_PACE
) -> AsyncGenerator[ModelEvent, None]:
    """The events of one exchange, the reply last. Raises ModelProviderError, after retries if nothing was given out."""
    passage = Passage(guard, exchange.request, exchange.vendor, exchange.caution, pace)
    flow = await _begin(exchange, transport, passage, guard, pace)
    try:
        while True:
            for event in flow.events:
                yield event
            if flow.ended:
                break
            await flow.advance()
        passage.completed()
        await flow.drain()
    except ModelProviderError as error:
        passage.failed(error)
        raise
    finally:
        flow.close()


async def _begin(exchange: Exchange, transport: Transport, passage: Passage, guard: Guard, pace: Pace) -> _Flow:
    """An answer that has begun: a flow with its first events. Only up to here is anything tried again."""
    patience = _Patience(exchange, pace)
    budget = guard.budget(exchange.request.url)
    budget.deposit()
    attempt = 0
    while True:
        await passage.enter(min(exchange.retry.patience, patience.left()))
        try:
            flow = await _attempt(exchange, transport, passage, patience)
        except ModelProviderError as error:
            futile = passage.failed(error)
            wait = exchange.retry.delay(error, attempt, pace.chance())
            if futile or wait is None or wait >= patience.left() or not budget.withdraw():
                raise
        except BaseException:
            passage.left()
            raise
        else:
            passage.began()
            return flow
        attempt += 1
        await pace.sleep(wait)


async def _attempt(exchange: Exchange, transport: Transport, passage: Passage, patience: _Patience) -> _Flow:
    first = patience.first_token() if exchange.stream else patience.ends
    reply = await _send(exchange, transport, patience, first)
    try:
        passage.heard(reply.headers)
        if not 200 <= reply.status < 300:
            raise await _refusal(exchange.vendor, reply, patience)
        form = body_form(reply, asked_to_stream=exchange.stream)
        flow = _Flow(reply, exchange.decoder(exchange.vendor, form), patience, exchange.vendor)
        await flow.advance(first if form == "stream" else patience.ends)
        return flow
    except BaseException:
        reply.close()
        raise


async def _send(exchange: Exchange, transport: Transport, patience: _Patience, until: float) -> HttpReply:
    connect = exchange.deadlines.connect
    try:
        return await transport.send(exchange.request, connect=connect, within=patience.left(until))
    except Expired as expired:
        raise patience.timeout(until, connecting=expired.connecting) from expired
    except Refused as refused:
        raise patience.lost(f"can't be reached: {refused}") from refused
    except Broken as broken:
        raise patience.lost(f"gave no answer: {broken}") from broken


async def _refusal(vendor: Vendor, reply: HttpReply, patience: _Patience) -> ModelProviderError:
    """The error that a status of 300 or more stands for, with as much of its body as can be had."""
    body = b""
    until = patience.token()
    try:
        while len(body) < MAX_ERROR_BODY and (block := await reply.read(patience.left(until))):
            body += block
    except (Broken, Expired):
        pass  # the status is known, and that is most of it
    return errors.from_response(vendor, status=reply.status, headers=reply.headers, body=body, now=patience.now())


class _Flow:
    """A reply being read. After each `advance`, `events` holds what has newly come."""

    def __init__(self, reply: HttpReply, decoder: ReplyDecoder, patience: _Patience, vendor: Vendor) -> None:
        self.events: list[ModelEvent] = []
        self.ended = False
        self._reply = reply
        self._decoder = decoder
        self._patience = patience
        self._vendor = vendor

    async def advance(self, until: float | None = None) -> None:
        """Read until something more can be told. The limit between tokens counts anew with each piece."""
        decoder = self._decoder
        self.events = []
        size = 0
        until = self._patience.token() if until is None else until
        while not (self.events or self.ended):
            heard = decoder.heard
            block = await self._block(until)
            size += len(block)
            if size > MAX_BODY:
                limit = f"{MAX_BODY >> 20} MiB"
                raise self._vendor.error(ModelProtocolError, f"{self._vendor.name} sent {limit} without a token")
            self.events = decoder.feed(block)
            if decoder.done or not block:
                self.events += decoder.finish()
                self.ended = True
            elif decoder.heard != heard:
                until = self._patience.token()

    async def _block(self, until: float) -> bytes:
        """What comes next; b"" also when nothing more is needed and nothing comes."""
        decoder, patience = self._decoder, self._patience
        try:
            return await self._reply.read(patience.left(until))
        except Expired as expired:
            if decoder.answered:
                return b""
            raise patience.timeout(until, begun=decoder.heard > 0) from expired
        except Broken as broken:
            if decoder.answered:
                return b""
            raise patience.lost(f"broke the connection after {decoder.heard} chunks: {broken}") from broken

    async def drain(self) -> None:
        """Read the end of the body, if it is already there."""
        try:
            while await self._reply.read(DRAIN):
                pass
        except (Broken, Expired):
            pass  # the answer is complete; the connection is closed instead of kept

    def close(self) -> None:
        """Let go of the connection."""
        self._reply.close()


class _Patience:
    """The deadlines of one exchange on the clock, and the errors of passing them."""

    def __init__(self, exchange: Exchange, pace: Pace) -> None:
        self._deadlines = exchange.deadlines
        self._vendor = exchange.vendor
        self._url = exchange.request.url
        self._pace = pace
        self.ends = pace.monotonic() + exchange.deadlines.total

    def first_token(self) -> float:
        return self._pace.monotonic() + self._deadlines.first_token

    def token(self) -> float:
        return self._pace.monotonic() + self._deadlines.token

    def left(self, until: float | None = None) -> float:
        """Seconds until then, or until the end of the exchange if that is sooner."""
        return (self.ends if until is None else min(until, self.ends)) - self._pace.monotonic()

    def now(self) -> float:
        return self._pace.time()

    def timeout(self, until: float, *, connecting: bool = False, begun: bool = False) -> ModelProviderError:
        limits = self._deadlines
        if connecting and limits.connect < limits.total:
            seconds, phase = limits.connect, "to connect"
        elif until >= self.ends:
            seconds, phase = limits.total, "in total"
        elif begun:
            seconds, phase = limits.token, "between tokens"
        else:
            seconds, phase = limits.first_token, "for the first token"
        text = f"{self._vendor.name} took longer than {seconds:g} s {phase} (model {self._vendor.model!r})"
        code = CONNECTING if phase == "to connect" else None
        return self._vendor.error(ModelTimeoutError, text, code=code, retryable=phase != "in total")

    def lost(self, what: str) -> ModelProviderError:
        return self._vendor.error(ModelConnectionError, f"{self._vendor.name} at {host_of(self._url)} {what}")
