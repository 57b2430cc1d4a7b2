"""The outside world of a program that is tried: one loopback server in the place of every host it names.

A `sitecustomize` resolves all names to it, and its authority is trusted, so that programs keep their addresses, their
vendors' SDKs and HTTPS as they are. Providers are answered by `improvise`, everything else by a picture or nothing.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import trustme

from contracts.improvise import improvise
from contracts.provider import Conversation, Handler
from contracts.script import Turn

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
_RESOLVE = """
import os, socket
_plain, _secure = (("127.0.0.1", int(os.environ[name])) for name in ("OUTSIDE_PLAIN", "OUTSIDE_SECURE"))
_local = ("localhost", "127.0.0.1", "0.0.0.0", "::1", "", None)
def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    at = "127.0.0.1" if (host.decode() if isinstance(host, bytes) else host) in _local else "127.9.9.9"
    number = {"https": 443, "http": 80, None: 0}.get(port) or int(port or 0)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, number))]
def _placed(address):
    if isinstance(address, tuple) and (address[0] == "127.9.9.9" or address[1] in (11434, 1234, 8000)):
        return _secure if address[1] == 443 else _plain
    return address
class _Socket(socket.socket):
    def connect(self, address): return super().connect(_placed(address))
    def connect_ex(self, address): return super().connect_ex(_placed(address))
socket.getaddrinfo = getaddrinfo
socket.socket = socket.SocketType = _Socket
"""


class Improvised(Conversation):
    """A conversation without a script."""

    def turn(self, body: dict[str, Any]) -> Turn:
        return improvise(body)


class Outside:
    """Serves until it is closed; `begin` forgets what was asked, `asked` is what was since."""

    def __init__(self, folder: Path) -> None:
        self.conversation = Improvised("openai", [])
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        outer = self

        class Placed(_Handler):
            outside = outer

        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), Placed) for _ in range(2)]
        plain, secure = self._servers
        secure.socket = _secured(authority).wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        (folder / "sitecustomize.py").write_text(_RESOLVE)
        trusted = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(folder / "authority.pem"))
        self.path = folder
        self.variables = trusted | {
            "OUTSIDE_PLAIN": str(plain.server_address[1]),
            "OUTSIDE_SECURE": str(secure.server_address[1]),
            "OLLAMA_HOST": f"http://127.0.0.1:{plain.server_address[1]}",
        }

    def begin(self) -> None:
        """Forget what was asked."""
        self.conversation.asked = []

    def close(self) -> None:
        """Stop serving."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


def _secured(authority: trustme.CA) -> ssl.SSLContext:
    """A context that has a certificate for whichever host is asked for."""
    made: dict[str, ssl.SSLContext] = {}

    def context(host: str) -> ssl.SSLContext:
        if host not in made:
            made[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(host).configure_cert(made[host])
        return made[host]

    def choose(connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        connection.context = context(host or "localhost")

    first = context("localhost")
    first.sni_callback = choose
    return first


class _Handler(Handler):
    outside: Outside

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.endswith((".json", "/models", "/tags", "/search")) or "api" in parts.path:
            self._document({"data": [], "models": []})
        else:
            self._send(200, {"content-type": "image/png"}, PICTURE)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        host = (self.headers.get("host") or "").split(":")[0]
        asked: dict[str, Any] = {"at": host + parts.path, "query": dict(parse_qsl(parts.query)), "body": _read(raw)}
        self.outside.conversation.note(asked)
        body = asked["body"] if isinstance(asked["body"], dict) else {}
        self._answer(self.outside.conversation, parts.path, body)


def _read(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return f"{len(raw)} bytes"
