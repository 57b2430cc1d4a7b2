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
        self._path = _path(database, self.number)
        self._file = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._released = weakref.finalize(self, _release, self._path, self._file)
        self._released.atexit = False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Give the number up."""
        self._released.detach()
        _release(self._path, self._file)


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
