"""The frames of a reply (server-sent events, lines, or one body): bytes in, whole frames out, however they are cut."""

from __future__ import annotations

from typing import Protocol

import msgspec

MAX_FRAME = 8 << 20
"""Bytes of an event or a line; a longer one is taken for garbage."""

_BOM = b"\xef\xbb\xbf"


class FrameOverflow(Exception):
    """A frame is longer than MAX_FRAME."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One frame: the type of an event, b"" when none was given, and the data."""

    type: bytes
    data: bytes


class Framing(Protocol):
    """How a body falls into frames."""

    def feed(self, block: bytes) -> list[Frame]:
        """The frames completed by this block. Raises FrameOverflow."""
        ...

    def finish(self) -> list[Frame]:
        """What is left at the end of the body."""
        ...


class WholeBody:
    """The body is one frame, as long as it may be."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def feed(self, block: bytes) -> list[Frame]:
        """Nothing yet."""
        self._blocks.append(block)
        return []

    def finish(self) -> list[Frame]:
        """The body."""
        return [Frame(b"", b"".join(self._blocks))]


class _Lines:
    """Takes LF, CRLF and CR line ends, and a BOM."""

    def __init__(self, frame: str) -> None:
        self._frame = frame
        self._begun = False
        self._after_cr = False
        self._partial: list[bytes] = []
        self._partial_size = 0

    def feed(self, block: bytes) -> list[bytes]:
        if self._after_cr and block:
            self._after_cr = False
            block = block.removeprefix(b"\n")
        if b"\n" not in block and b"\r" not in block:
            self._keep(block)
            return []
        if self._partial:
            block = b"".join([*self._partial, block])
            self._partial.clear()
            self._partial_size = 0
        if not self._begun:
            self._begun = True
            block = block.removeprefix(_BOM)
        lines = block.splitlines()
        last = block[-1]
        if last == 13:
            self._after_cr = True
        elif last != 10:
            self._keep(lines.pop())
        return lines

    def finish(self) -> bytes:
        """What stands after the last line end."""
        tail = b"".join(self._partial)
        self._partial.clear()
        self._partial_size = 0
        return tail if self._begun else tail.removeprefix(_BOM)

    def _keep(self, piece: bytes) -> None:
        self._partial.append(piece)
        self._partial_size += len(piece)
        self.check(self._partial_size)

    def check(self, size: int) -> None:
        if size > MAX_FRAME:
            raise FrameOverflow(f"{self._frame} of more than {MAX_FRAME} bytes")


class LineDecoder:
    """Each line is a frame (newline-delimited JSON); empty ones are left out, and the last may lack its end."""

    def __init__(self) -> None:
        self._lines = _Lines("a line")

    def feed(self, block: bytes) -> list[Frame]:
        """The lines completed by this block. Raises FrameOverflow."""
        return [Frame(b"", line) for line in self._lines.feed(block) if line.strip()]

    def finish(self) -> list[Frame]:
        """What stands after the last line end."""
        tail = self._lines.finish()
        return [Frame(b"", tail)] if tail.strip() else []


class SseDecoder:
    """Server-sent events (WHATWG HTML §9.2.6, without ids and retry): comments, and data over several lines.

    `finish` also gives an event that lacks its blank line at the end, which some vendors leave out, and JSON that
    stands outside of events: so gateways answer, and Vertex breaks a stream off, with an error.
    """

    def __init__(self) -> None:
        self._lines = _Lines("an event")
        self._type = b""
        self._data: list[bytes] = []
        self._bare: list[bytes] = []
        self._size = 0

    def feed(self, block: bytes) -> list[Frame]:
        """The events completed by this block. Raises FrameOverflow."""
        return self._read(self._lines.feed(block))

    def finish(self) -> list[Frame]:
        """The event and the bare JSON left at the end of the stream."""
        frames = self._read([self._lines.finish(), b""])
        self._end_bare(frames)
        return frames

    def _read(self, lines: list[bytes]) -> list[Frame]:
        frames: list[Frame] = []
        for line in lines:
            if line[:5] == b"data:":
                if self._bare:
                    self._end_bare(frames)
                value = line[6:] if line[5:6] == b" " else line[5:]
                self._data.append(value)
                self._grow(value)
            elif not line and not self._bare:
                self._end(frames)
            else:
                self._read_other(line, frames)
        return frames

    def _read_other(self, line: bytes, frames: list[Frame]) -> None:
        field, _, value = line.partition(b":")
        if field == b"event":
            self._end_bare(frames)
            self._type = value.removeprefix(b" ")
        elif line == b"data":
            self._end_bare(frames)
            self._data.append(b"")
        elif self._bare or line[:1] in (b"{", b"["):
            self._end(frames)
            self._bare.append(line)
            self._grow(line)

    def _end(self, frames: list[Frame]) -> None:
        if self._data:
            frames.append(Frame(self._type, b"\n".join(self._data)))
            self._data = []
            self._size = 0
        self._type = b""

    def _end_bare(self, frames: list[Frame]) -> None:
        """JSON has no line that begins like a field."""
        if self._bare:
            frames.append(Frame(b"", b"\n".join(self._bare)))
            self._bare = []
            self._size = 0

    def _grow(self, piece: bytes) -> None:
        self._size += len(piece)
        self._lines.check(self._size)
