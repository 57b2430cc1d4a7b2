"""A server on a loopback port that answers as recorded: status, headers, and the body in the pieces it was read in.

The recording is named by its number at the head of the path. Knows no package, so that vendors' SDKs can be tried too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.providers.cassettes import Cassette

HELD_BACK = {"transfer-encoding", "content-length", "content-encoding", "connection", "date", "server"}
"""Headers that belong to the recorded connection and not to this one."""


class Stub(ThreadingHTTPServer):
    """Serves recordings: that with number 7 to every request below `url(7)`."""

    daemon_threads = True

    def __init__(self, cassettes: Sequence[Cassette]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.cassettes = cassettes

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is none."""
        if not isinstance(sys.exception(), ConnectionError):
            raise

    def url(self, number: int) -> str:
        """Where this recording is served."""
        return f"http://127.0.0.1:{self.server_port}/{number}"


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Stub  # pyright: ignore[reportIncompatibleVariableOverride] - the base class knows no better

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_GET(self) -> None:
        cassette = self.server.cassettes[int(self.path.split("/")[1])]
        if "pageToken=" in self.path:  # the recordings are of first pages
            cassette = cassette._replace(blocks=[b"{}"], streamed=False)
        self.send_response_only(cassette.status)
        for name, value in head(cassette).items():
            self.send_header(name, value)
        if cassette.streamed:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for block in cassette.blocks:
                if block:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(cassette.body)))
            self.end_headers()
            self.wfile.write(cassette.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests say what went wrong."""


def head(cassette: Cassette) -> dict[str, str]:
    """The recorded headers that are the answer's own; some recorders lost the type."""
    kept = {name.title(): value for name, value in cassette.headers.items() if name.lower() not in HELD_BACK}
    usual = "text/event-stream" if cassette.streamed else "application/json"
    return {"Content-Type": usual, **kept}


@contextmanager
def serving(cassettes: Sequence[Cassette]) -> Iterator[Stub]:
    """A running server."""
    with Stub(cassettes) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
