"""The seam between pure codecs and the network: requests, replies as they arrive, deadlines, and how both fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from agnolo.ports.model import ModelEvent

MAX_BODY = 64 << 20
"""Bytes of a whole reply, after decompression."""
MAX_ERROR_BODY = 256 << 10
"""Bytes of an error page that are read; the rest says nothing more."""


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request. Its repr shows the names of headers only, as they hold keys."""

    url: str
    headers: dict[str, str]
    body: bytes = b""
    method: Literal["GET", "POST"] = "POST"
    ca_file: str | None = None
    max_concurrency: int | None = None

    def __repr__(self) -> str:
        return (
            f"HttpRequest(url={self.url.partition('?')[0]!r}, headers={sorted(self.headers)}, {len(self.body)} bytes)"
        )


class Deadlines(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds. `first_token` includes connecting and the wait for a free slot; `total` includes retries.

    A whole reply (not streamed) has only `connect` and `total`.
    """

    connect: float = 10.0
    first_token: float = 60.0
    token: float = 30.0
    total: float = 600.0


class Refused(Exception):
    """No connection could be made."""


class Broken(Exception):
    """The connection was lost, or what came is not HTTP."""


class Expired(Exception):
    """A wait was longer than allowed; `connecting` says that there was no connection yet."""

    def __init__(self, *, connecting: bool) -> None:
        super().__init__()
        self.connecting = connecting


class HttpReply(Protocol):
    """A reply whose head has come. Whoever got it closes it."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]:
        """Case-insensitive."""
        ...

    async def read(self, within: float) -> bytes:
        """What has arrived, at least a byte; b"" at the end. Raises Broken, and Expired after `within` seconds."""
        ...

    def close(self) -> None:
        """Give the connection back if the reply was read to its end, else close it at once."""
        ...


class Transport(Protocol):
    """Sends requests."""

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        """Send and wait for the head of the reply. Raises Refused, Broken or Expired. Does not follow redirects."""
        ...


class ReplyDecoder(Protocol):
    """Bytes of one reply in, events out; knows no network. Raises ModelProviderError."""

    heard: int
    """How much of the answer has come: grows with each piece, but not with what only keeps a connection alive."""
    done: bool
    """The sender said that this was all."""
    answered: bool
    """The answer is complete, though usage may follow."""

    def feed(self, block: bytes) -> list[ModelEvent]:
        """The deltas in this block."""
        ...

    def finish(self) -> list[ModelEvent]:
        """The end of the body: remaining deltas and the ModelReply. Raises TruncatedStreamError."""
        ...


BodyForm = Literal["stream", "whole"]


def body_form(reply: HttpReply, *, asked_to_stream: bool) -> BodyForm:
    """How to read a successful reply. Streams of a missing or odd content type are taken for what was asked."""
    kind = reply.headers.get("Content-Type", "").lower()
    whole = "html" in kind or ("json" in kind and "ndjson" not in kind)
    return "stream" if asked_to_stream and not whole else "whole"
