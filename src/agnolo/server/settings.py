"""The server's settings: limits, origins, times. One value for the whole server, read at start."""

from __future__ import annotations

import msgspec

from agnolo.vocabulary.errors import ConfigurationError

MIB = 1024 * 1024
MOST_READER_FRAMES = 1024
MOST_READER_BYTES = 2 * MIB


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the server guards itself. Times in seconds, sizes in bytes; every number is positive.

    `security_key` (or $OS_SECURITY_KEY) is asked of every request as a bearer token. `allowed_hosts` are names other
    than the loopback's own that may be asked for on a loopback address; "*" admits all. A run above
    `max_concurrent_runs` waits, one above `max_queued_runs` is refused with 503; `max_runs_per_user` refuses with 429.
    A reader of a stream holds `reader_frames` or `reader_bytes`, then its text deltas are merged, then it is cut off.
    `contracts` is the folder that /contracts/fixtures shows; None: that of the checkout that the package runs from.
    """

    security_key: str | None = None
    cors_origins: tuple[str, ...] = ("http://localhost:3000",)
    allowed_hosts: tuple[str, ...] = ()
    max_concurrent_runs: int = 1000
    max_queued_runs: int = 1000
    max_runs_per_user: int = 500
    max_body_bytes: int = 10 * MIB
    max_form_fields: int = 100
    max_form_files: int = 20
    body_seconds: float = 30.0
    heartbeat_seconds: float = 15.0
    stall_seconds: float = 60.0
    drain_seconds: float = 30.0
    reader_frames: int = 256
    reader_bytes: int = MIB
    contracts: str | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, int | float) and value <= 0:
                raise ConfigurationError(f"Settings({name}={value!r}): give a number above 0")
        for name, most in (("reader_frames", MOST_READER_FRAMES), ("reader_bytes", MOST_READER_BYTES)):
            if getattr(self, name) > most:
                raise ConfigurationError(f"Settings({name}={getattr(self, name)!r}): give at most {most}")

    def __repr__(self) -> str:
        shown = (f"{n}={getattr(self, n)!r}" for n in self.__struct_fields__ if n != "security_key")
        return f"Settings(security_key={'***' if self.security_key else None}, {', '.join(shown)})"
