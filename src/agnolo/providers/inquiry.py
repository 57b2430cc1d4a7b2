"""A request whose reply is one JSON value and no conversation: vectors, a list of models, a count of tokens.

It takes the same way as a model's exchange, with its retries, deadlines and errors; only what is read differs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Generic, TypeVar

import msgspec

from agnolo.ports.model import ModelEvent
from agnolo.providers import errors
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.wire import BodyForm, Transport
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ModelProtocolError
from agnolo.vocabulary.guards import is_object

T = TypeVar("T")


class Misread(Exception):
    """A reply is not of the form that its reader knows; the text says where."""


class Inquiry(Generic[T]):
    """What the decoders of an exchange have in common: `read` makes a value of the JSON, or raises Misread."""

    def __init__(self, read: Callable[[Any], T]) -> None:
        self._read = read
        self._values: list[T] = []

    def __call__(self, vendor: Vendor, form: BodyForm) -> _Whole:
        """A decoder for one attempt."""
        return _Whole(lambda body: self._values.append(self._understood(vendor, body)))

    async def answer(self, exchange: Exchange, transport: Transport) -> T:
        """The value of the reply. Raises ModelProviderError."""
        async with aclosing(deliver(exchange, transport)) as events:
            async for _ in events:  # a whole reply tells nothing before its end
                pass
        return self._values[-1]

    def _understood(self, vendor: Vendor, body: bytes) -> T:
        try:
            value = codec.loads(body)
            if is_object(value) and value.get("error"):
                raise errors.in_band(vendor, value["error"], now=time.time())
            return self._read(value)
        except (Misread, msgspec.DecodeError, RecursionError) as unread:
            complaint = errors.in_place_of_reply(vendor, body, now=time.time())
            if complaint is not None:
                raise complaint from unread
            text = f"{vendor.name} sent no reply that can be read (model {vendor.model!r}): {unread}"
            # What is no JSON may be a gateway's page; what is JSON of another form will be so again.
            broken = not isinstance(unread, Misread)
            raise vendor.error(ModelProtocolError, text, retryable=broken) from unread


class _Whole:
    """Gathers the body and hands it over at its end."""

    heard = 0
    done = False
    answered = False

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._blocks: list[bytes] = []
        self._take = take

    def feed(self, block: bytes) -> list[ModelEvent]:
        """Nothing is told of a part."""
        self._blocks.append(block)
        self.heard += 1
        return []

    def finish(self) -> list[ModelEvent]:
        """The body is complete."""
        self._take(b"".join(self._blocks))
        return []
