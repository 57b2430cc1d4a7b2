"""What SQLite reports, as the errors of the house: each names the file and what to do about it."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from pathlib import Path

from agnolo.vocabulary.errors import StorageError, StoreFullError, StoreReadOnlyError

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
BREAKING = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN})
"""After these a connection is not used again."""


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its detail, 0 when there is none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def translate(error: sqlite3.Error, path: str) -> StorageError:
    """The error to raise for `path`."""
    match primary_code(error):
        case sqlite3.SQLITE_FULL:
            return _full(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return _read_only(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StorageError(
                f"database {path!r} is locked by another process: end it, or raise busy_timeout if it is only slow"
            )
        case sqlite3.SQLITE_NOTADB:
            return StorageError(f"{path!r} is not a database: choose another db_file, or move this file away")
        case sqlite3.SQLITE_CORRUPT:
            return StorageError(f"database {path!r} is damaged: restore it from a backup, or move it away")
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN:
            return _unreachable(error, path)
        case _:
            return StorageError(f"database {path!r} failed: {error}")


def refused(error: OSError, path: Path) -> StorageError:
    """The error to raise when the system refuses to make a file for the database."""
    folder = str(path.parent)
    if error.errno in _NO_SPACE:
        return _full(str(path))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _read_only(str(path))
    return StorageError(f"directory {folder!r} can't be used: {error.strerror}. Set AGNO_DATA_DIR or db_file elsewhere")


def _unreachable(error: sqlite3.Error, path: str) -> StorageError:
    """SQLite does not tell why the system refused; trying a write does."""
    folder = Path(path).parent
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(64 * 1024))
            os.fsync(probe.fileno())
    except OSError as reason:
        return refused(reason, Path(path))
    if not os.access(path, os.W_OK) and os.path.exists(path):
        return _read_only(path)
    return StorageError(f"database {path!r} can't be opened, read or written: {error}")


def _full(path: str) -> StoreFullError:
    return StoreFullError(
        f"no space left for database {path!r}: nothing of this was stored. Free some space and try again"
    )


def _read_only(path: str) -> StoreReadOnlyError:
    return StoreReadOnlyError(
        f"database {path!r} can't be written: allow writing to it, its -wal and -shm files and its directory,"
        " or choose another db_file"
    )
