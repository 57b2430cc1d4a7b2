"""Who works on a database: each process holds a lock on a file next to it, which the system lets go when it dies."""

from __future__ import annotations

import fcntl
import os
import secrets
import weakref
from pathlib import Path


class Owner:
    """This process's number, valid until `release` or the death of the process."""

    def __init__(self, database: Path) -> None:
        """Claim a number. Raises OSError when the directory can't be written."""
        self.number = secrets.randbelow(2**31 - 1) + 1
        path = _path(database, self.number)
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._released = weakref.finalize(self, _release, path, file)
        self._released.atexit = False

    def release(self) -> None:
        """Give the number up."""
        self._released()


def _release(path: Path, file: int) -> None:
    path.unlink(missing_ok=True)
    os.close(file)


def is_gone(database: Path, number: int) -> bool:
    """Whether no living process holds this number. Removes what a dead one left."""
    path = _path(database, number)
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    path.unlink(missing_ok=True)
    return True


def _path(database: Path, number: int) -> Path:
    return database.with_name(f"{database.name}-owner-{number:08x}")
