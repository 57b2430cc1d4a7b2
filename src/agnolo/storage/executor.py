"""The seam between the store and a database driver: statements go in, rows come out, units of work are atomic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


class Statement(NamedTuple):
    """SQL with `?` for each parameter."""

    sql: str
    params: Sequence[Any] = ()


class Transaction(Protocol):
    """What a unit of work may do. Every failure of the driver arrives as a StorageError."""

    @property
    def owner(self) -> int:
        """The number by which this process marks the runs it works on."""
        ...

    def one(self, statement: Statement) -> Row | None:
        """The first row, or None."""
        ...

    def all(self, statement: Statement) -> list[Row]:
        """All rows."""
        ...

    def run(self, statement: Statement) -> int:
        """The number of rows changed."""
        ...


Unit = Callable[[Transaction], T]
"""Work to be done within one transaction. It may be run again from the start, so it keeps nothing outside the rows."""


class Executor(Protocol):
    """Runs units of work."""

    def write(self, unit: Unit[T], *, key: str | None = None, lazy: int | None = None) -> Future[T]:
        """Run a unit; the future completes after its commit.

        A `lazy` unit, of so many bytes, may wait a moment for others, and its commit for the disk. Units with the same
        `key` run in the order given.
        """
        ...

    def read(self, unit: Unit[T]) -> Future[T]:
        """Run a unit that only reads; it sees every write that was acknowledged before."""
        ...

    def is_gone(self, owner: int) -> bool:
        """Whether the process that marked its runs with this number works on them no more."""
        ...

    def identify(self) -> str:
        """An id that stays the same for the same database."""
        ...

    def facts(self) -> dict[str, Any]:
        """What to tell an operator about this database."""
        ...

    def close(self) -> None:
        """Finish queued writes and release the database."""
        ...
