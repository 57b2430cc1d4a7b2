"""Who may knock: the bearer key, and the host names served on a loopback address."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from typing import Any

from agnolo.server.problems import Problem

PUBLIC_PATHS = frozenset({"/", "/health", "/info", "/docs"})
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class SecurityKey:
    """A shared bearer key. Only its digest is kept, so it can't leak through a log or a repr."""

    def __init__(self, key: str) -> None:
        self._digest = _digest(key.encode())

    def opens(self, authorization: bytes | None) -> bool:
        """Whether the header carries the key."""
        return hmac.compare_digest(_digest(_token(authorization)), self._digest)

    def check(self, authorization: bytes | None) -> None:
        """Raise 401 unless the header carries the key."""
        if not self.opens(authorization):
            wrong = "Authorization header required" if authorization is None else "Invalid authentication token"
            raise Problem(401, wrong, headers={"WWW-Authenticate": "Bearer"})


def _token(authorization: bytes | None) -> bytes:
    """The bearer token; without a scheme the whole header is one."""
    scheme, _, token = (authorization or b"").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else authorization or b""


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


class LoopbackHosts:
    """Guards a loopback address against DNS rebinding: a foreign page must not reach it under a name of its own."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._names = _LOOPBACK_NAMES | {name.lower() for name in allowed}

    def check(self, server: Any, host: bytes | None) -> None:  # noqa: ANN401 - ASGI's `server`: a pair or None
        """Raise 400 for a name that is not served on this loopback address. Other addresses serve any name."""
        if host is None or "*" in self._names or not server or not is_loopback(str(server[0])):
            return
        name = host.decode("latin-1").lower()
        bare = name if name.endswith("]") else name.rpartition(":")[0] or name
        if bare not in self._names:
            raise Problem(400, f"Host {name!r} is not served here: add it to allowed_hosts of the server's Settings")


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
