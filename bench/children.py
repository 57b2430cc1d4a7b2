"""The processes a benchmark run starts: each pinned to a core, with a log, and ended by its pid whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_POLL_S = 0.02
_GRACE_S = 10.0


class ChildError(Exception):
    """A process did not start, ended early or took too long; the message ends with its last words."""


class Place(NamedTuple):
    """Where and how children run."""

    directory: Path
    environment: Mapping[str, str]
    top_priority: bool


class Child:
    """A running process; its output goes to files next to each other."""

    def __init__(self, name: str, command: Sequence[str], *, core: int | None, place: Place, path: str = "") -> None:
        self.name = name
        self.stdout = place.directory / f"{name}.out"
        self.stderr = place.directory / f"{name}.err"
        environment = {**place.environment, **({"PYTHONPATH": path} if path else {})}
        with self.stdout.open("wb") as out, self.stderr.open("wb") as err:
            # A session of its own: Ctrl-C reaches the runner only, which ends the children in order.
            self._process = subprocess.Popen(
                command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=place.directory,
                env=environment, start_new_session=True,
            )  # fmt: skip
        if core is not None:
            os.sched_setaffinity(self.pid, {core})
        if place.top_priority:
            self._raise_priority()

    def _raise_priority(self) -> None:
        # Plain nice counts only inside a session while the kernel groups processes by session.
        try:
            Path(f"/proc/{self.pid}/autogroup").write_text("-20")
        except OSError as error:
            self.stop()
            raise ChildError(f"--priority needs root and a kernel with autogroups: {error.strerror}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self, url: str, limit_s: float = 60.0) -> float:
        """Polls until the address answers 200; returns the seconds it took. Raises ChildError."""
        began = time.monotonic()
        while time.monotonic() - began < limit_s:
            if self._process.poll() is not None:
                raise ChildError(f"{self.name} ended with code {self._process.returncode}: {self.last_words()}")
            if _answers(url):
                return time.monotonic() - began
            time.sleep(_POLL_S)
        raise ChildError(f"{self.name} did not answer on {url} within {limit_s:.0f} s: {self.last_words()}")

    def wait_result(self, tick: Callable[[], None], limit_s: float) -> str:
        """The last line of its standard output once it ended well; calls tick while waiting. Raises ChildError."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            try:
                code = self._process.wait(0.25)
            except subprocess.TimeoutExpired:
                tick()
                continue
            lines = self.stdout.read_text(errors="replace").strip().splitlines()
            if code != 0 or not lines:
                raise ChildError(f"{self.name} ended with code {code}: {self.last_words()}")
            return lines[-1]
        raise ChildError(f"{self.name} did not end within {limit_s:.0f} s: {self.last_words()}")

    def last_words(self, lines: int = 4) -> str:
        text = (self.stdout.read_text(errors="replace") + self.stderr.read_text(errors="replace")).strip()
        return "\n".join(text.splitlines()[-lines:]) or "it said nothing"

    def complaints(self) -> list[str]:
        """Lines of its log that report errors."""
        text = self.stdout.read_text(errors="replace") + self.stderr.read_text(errors="replace")
        marks = ("ERROR", "CRITICAL", "Traceback")
        return [line for line in text.splitlines() if any(mark in line for mark in marks)]

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after ten seconds; does nothing to a process that has ended."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A loopback port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(url: str) -> bytes:
    """The body of a GET on this machine, past any proxy. Raises OSError."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=2) as response:
        return response.read()


def _answers(url: str) -> bool:
    try:
        fetch(url)
    except (OSError, HTTPException):
        return False
    return True
