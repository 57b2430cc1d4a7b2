"""A WebSocket client of text messages, as far as conversations with an AgentOS need one."""

from __future__ import annotations

import base64
import os
import socket
import struct

_TEXT, _CLOSE = 1, 8
_MASKED = 0x80


class Refused(Exception):
    """The server does not speak WebSocket here."""


class WebSocket:
    """One connection to a loopback port. Raises Refused with the status line of a server that declines."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self._socket.sendall(f"{head}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        status = self._file.readline().decode().strip()
        if " 101 " not in status:
            self.close()
            raise Refused(status)
        while self._file.readline().strip():
            pass

    def send(self, text: str) -> None:
        """Say something."""
        body, mask = text.encode(), os.urandom(4)
        size = (
            struct.pack("!B", _MASKED | len(body)) if len(body) < 126 else struct.pack("!BH", _MASKED | 126, len(body))
        )
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(body))
        self._socket.sendall(bytes([0x80 | _TEXT]) + size + mask + masked)

    def receive(self) -> str | None:
        """The next text; None once the server has closed."""
        while True:
            head = self._file.read(2)
            if len(head) < 2 or head[0] & 15 == _CLOSE:
                return None
            size = head[1] & 127
            if size >= 126:
                form = "!H" if size == 126 else "!Q"
                (size,) = struct.unpack(form, self._file.read(struct.calcsize(form)))
            body = self._file.read(size)
            if head[0] & 15 == _TEXT:
                return body.decode()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()
