"""Newline-delimited JSON: bytes in, lines out, however the bytes are cut."""

from __future__ import annotations

MAX_LINE = 8 << 20
"""Bytes of a line; a longer one is taken for garbage."""


class LineOverflow(Exception):
    """A line is longer than MAX_LINE."""


class LineDecoder:
    """Takes LF and CRLF line ends; empty lines are left out."""

    def __init__(self) -> None:
        self._partial: list[bytes] = []
        self._size = 0

    def feed(self, block: bytes) -> list[bytes]:
        """The lines completed by this block. Raises LineOverflow."""
        *whole, rest = block.split(b"\n")
        if whole:
            whole[0] = b"".join([*self._partial, whole[0]])
            self._partial = []
            self._size = 0
        self._partial.append(rest)
        self._size += len(rest)
        if self._size > MAX_LINE:
            raise LineOverflow(f"a line of more than {MAX_LINE} bytes")
        return [line for line in whole if line.strip()]

    def finish(self) -> bytes:
        """What stands after the last line end."""
        tail = b"".join(self._partial).strip()
        self._partial = []
        return tail
