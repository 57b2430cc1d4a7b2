"""Decoding of one reply: what all dialects have in common. Bytes in, events out; knows no network."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, TypeVar

import msgspec

from agnolo.ports.model import ModelEvent, ModelReply
from agnolo.providers import errors
from agnolo.providers.errors import Vendor
from agnolo.providers.frames import Frame, FrameOverflow, Framing, SseDecoder, WholeBody
from agnolo.providers.leniency import mended
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary.errors import ModelProtocolError, ModelProviderError, TruncatedStreamError

Said = TypeVar("Said")
SNIPPET = 120
"""Characters of a broken reply that an error repeats."""

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: also for nesting that is meant to harm."""


class DialectDecoder(ABC):
    """Reads one reply, frame by frame. A dialect says how it takes a frame and what reply comes of it all.

    A field of another type than agreed does not spoil a reply: it counts as not said, or as what it plainly means.
    """

    framing: ClassVar[type[Framing]] = SseDecoder
    """How a stream falls into frames."""
    noun: ClassVar[str]
    """What a reply is called, for errors."""
    cut_off: ClassVar[str]
    """What a stream that just stopped lacks; `{heard}` is how much came."""

    def __init__(self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time) -> None:
        self.heard = 0
        self.done = False
        self.answered = False
        self._vendor = vendor
        self._now = now
        self._streamed = form == "stream"
        self._frames: Framing = self.framing() if self._streamed else WholeBody()

    # ---- bytes

    def feed(self, block: bytes) -> list[ModelEvent]:
        """The deltas in this block. Raises ModelProviderError for an error in the stream or a broken one."""
        found: list[ModelEvent] = []
        try:
            frames = self._frames.feed(block)
        except FrameOverflow as overflow:
            raise self._protocol_error(f"sent {overflow}") from overflow
        for frame in frames:
            if self.done:
                break
            self._take(frame, found)
        return found

    def finish(self) -> list[ModelEvent]:
        """The last deltas and the reply. Raises TruncatedStreamError for a stream that just stopped."""
        found: list[ModelEvent] = []
        frames = self._frames.finish()
        if not self._streamed:
            self._take_whole(frames[0])
            return [self._reply(found)]
        for frame in frames:
            if not self.done:
                self._take_last(frame, found)
        if not self._is_complete():
            raise self._truncated(self.cut_off)
        reply = self._reply(found)
        found.append(reply)
        return found

    # ---- what a dialect says

    @abstractmethod
    def _take(self, frame: Frame, found: list[ModelEvent]) -> None:
        """Take a frame of a stream, and add its deltas to those found."""

    @abstractmethod
    def _take_whole(self, frame: Frame) -> None:
        """Take a body that is a whole reply."""

    @abstractmethod
    def _reply(self, found: list[ModelEvent]) -> ModelReply:
        """The reply, after deltas that were held back have been added to those found."""

    def _take_last(self, frame: Frame, found: list[ModelEvent]) -> None:
        """Take a frame that lacks its end. JSON that is cut off says nothing, which matters if it may be the answer."""
        try:
            self._take(frame, found)
        except ModelProtocolError as broken:
            if not (isinstance(broken.__cause__, NOT_JSON) and frame.data.lstrip().startswith((b"{", b"["))):
                raise
            if self._needs(frame):
                raise self._truncated("in the middle of a chunk, after {heard} whole ones") from broken

    def _needs(self, frame: Frame) -> bool:
        """Whether the answer lacks something without this frame, which was cut off."""
        return not self.answered

    def _is_complete(self) -> bool:
        """Whether a stream that ends here says all."""
        return self.answered

    # ---- reading a frame

    def _decoded(self, kind: type[Said], frame: Frame) -> Said:
        """The frame's JSON. Raises the error that stands in its place, or a protocol error."""
        try:
            return _decoder(kind).decode(frame.data)
        except msgspec.ValidationError as odd:
            return self._mended(kind, frame, odd)
        except NOT_JSON as broken:
            raise self._unreadable(frame, broken) from broken

    def _mended(self, kind: type[Said], frame: Frame, odd: Exception) -> Said:
        try:
            return mended(frame.data, kind)
        except NOT_JSON:
            raise self._unreadable(frame, odd) from odd

    # ---- complaints

    def _in_band(self, error: Any) -> ModelProviderError:  # noqa: ANN401 - a JSON value
        return errors.in_band(self._vendor, error, now=self._now())

    def _unreadable(self, frame: Frame, why: object) -> ModelProviderError:
        """The error that a frame stands for which is no part of a reply."""
        data = frame.data
        if not data.strip():
            return self._protocol_error("sent an empty body")
        complaint = errors.in_place_of_reply(self._vendor, data, now=self._now())
        if complaint is None and frame.type == b"error":
            complaint = self._in_band(data.decode("utf-8", "replace"))
        reason = f" ({why})" if why else ""
        return complaint or self._protocol_error(f"sent no {self.noun}{reason}: it begins with {snippet(data)}")

    def _protocol_error(self, what: str) -> ModelProviderError:
        vendor = self._vendor
        return vendor.error(ModelProtocolError, f"{vendor.name} {what} (model {vendor.model!r})")

    def _truncated(self, where: str) -> ModelProviderError:
        vendor = self._vendor
        ended = where.format(heard=self.heard)
        return vendor.error(TruncatedStreamError, f"{vendor.name} ended the stream of model {vendor.model!r} {ended}")


@cache
def _decoder(kind: type[Said]) -> msgspec.json.Decoder[Said]:
    """Built once, as looking a type up for each chunk costs a tenth of decoding it; and only when first used."""
    return msgspec.json.Decoder(kind)


def snippet(data: bytes) -> str:
    """How it begins, for an error."""
    return repr(data[:SNIPPET].decode("utf-8", "replace"))
