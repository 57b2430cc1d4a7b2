"""A mapping that stays small: what a process learns of its vendors must not grow with their number."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 1024


class Bounded(dict[K, V]):
    """Forgets what was put in first when there are more than MOST entries."""

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > MOST:
            del self[next(iter(self))]
