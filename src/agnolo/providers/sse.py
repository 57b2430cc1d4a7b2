"""Server-sent events: bytes in, events out, however the bytes are cut (WHATWG HTML §9.2.6, without ids and retry)."""

from __future__ import annotations

from typing import NamedTuple

MAX_LINE = 8 << 20
"""Bytes of an event; a longer one is taken for garbage."""

_BOM = b"\xef\xbb\xbf"


class SseOverflow(Exception):
    """An event is longer than MAX_LINE."""


class SseEvent(NamedTuple):
    """One event: its type, b"" when none was given, and its data."""

    type: bytes
    data: bytes


class SseDecoder:
    """Takes LF, CRLF and CR line ends, a BOM, comments, and data over several lines.

    `finish` also gives an event that lacks its blank line at the end, which some vendors leave out.
    """

    def __init__(self) -> None:
        self._begun = False
        self._after_cr = False
        self._partial: list[bytes] = []
        self._partial_size = 0
        self._type = b""
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, block: bytes) -> list[SseEvent]:
        """The events completed by this block. Raises SseOverflow."""
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
        return self._read(lines)

    def finish(self) -> list[SseEvent]:
        """The events left at the end of the stream."""
        tail = b"".join(self._partial)
        self._partial.clear()
        self._partial_size = 0
        return self._read([tail if self._begun else tail.removeprefix(_BOM), b""])

    def _keep(self, piece: bytes) -> None:
        self._partial.append(piece)
        self._partial_size += len(piece)
        self._check(self._partial_size)

    def _check(self, size: int) -> None:
        if size > MAX_LINE:
            raise SseOverflow(f"an event of more than {MAX_LINE} bytes")

    def _read(self, lines: list[bytes]) -> list[SseEvent]:
        events: list[SseEvent] = []
        for line in lines:
            if not line:
                if self._data:
                    events.append(SseEvent(self._type, b"\n".join(self._data)))
                    self._data = []
                    self._data_size = 0
                self._type = b""
                continue
            field, _, value = line.partition(b":")
            if field == b"data":
                value = value[1:] if value[:1] == b" " else value
                self._data.append(value)
                self._data_size += len(value)
                self._check(self._data_size)
            elif field == b"event":
                self._type = value.removeprefix(b" ")
        return events
