"""Which web pages may call the server, as response headers and answers to preflights."""

from __future__ import annotations

from collections.abc import Sequence

from agnolo.server.problems import Problem
from agnolo.server.web import Response

RawHeaders = list[tuple[bytes, bytes]]

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_EXPOSED = b"Retry-After"
_PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


class Cors:
    """An allow-list of origins; "*" admits any. Pages of other origins get no permission and no error."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(o.rstrip("/").encode("latin-1") for o in origins)

    def headers(self, origin: bytes | None) -> RawHeaders:
        """What to add to every response."""
        vary = (b"vary", b"Origin")
        if origin is None:
            return [vary]
        shown = [(b"access-control-allow-credentials", b"true"), vary]
        if self._allows(origin):
            shown += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
        return shown

    def preflight(self, origin: bytes, asked_headers: bytes | None) -> Response:
        """The answer to an OPTIONS request that asks for a method. 400 for an origin that is not on the list."""
        if not self._allows(origin):
            return Response("Disallowed CORS origin", 400, {"vary": _PREFLIGHT_VARY}, "text/plain")
        shown = {
            "access-control-allow-origin": origin.decode("latin-1"),
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": _METHODS,
            "access-control-max-age": "600",
            "vary": _PREFLIGHT_VARY,
        }
        if asked_headers:
            shown["access-control-allow-headers"] = asked_headers.decode("latin-1")
        return Response("OK", 200, shown, "text/plain")

    def check(self, method: str, origin: bytes | None, host: bytes | None) -> None:
        """Raise 403 for a write from a page of another origin: browsers send plain forms without a preflight."""
        if origin is None or method in _READS or self._allows(origin):
            return
        if host is None or origin.partition(b"://")[2] != host:
            shown = origin.decode("latin-1")
            raise Problem(403, f"Origin {shown!r} may not write here: add it to cors_origins of the server's Settings")

    def _allows(self, origin: bytes) -> bool:
        return origin in self._origins or b"*" in self._origins
