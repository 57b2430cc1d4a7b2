"""A stopwatch for programs."""

from __future__ import annotations

import time
from typing import Any, Self


class Timer:
    """Seconds between `start` and `stop`, or until now while it runs; a `with` block starts and stops it."""

    def __init__(self) -> None:
        self.start_time: float | None = None
        self.end_time: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds so far; 0.0 before it was started."""
        if self.start_time is None:
            return 0.0
        return (time.perf_counter() if self.end_time is None else self.end_time) - self.start_time

    def start(self) -> float:
        """Begin anew; returns the reading of the clock."""
        self.start_time, self.end_time = time.perf_counter(), None
        return self.start_time

    def stop(self) -> float:
        """Stop; returns the reading of the clock."""
        self.end_time = time.perf_counter()
        return self.end_time

    def to_dict(self) -> dict[str, Any]:
        """Both readings and the seconds between them."""
        return {"start_time": self.start_time, "end_time": self.end_time, "elapsed": self.elapsed}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
