"""Locks of objects: made when first asked for, gone with the object."""

from __future__ import annotations

import threading
import weakref

_locks: dict[int, threading.RLock] = {}
_guard = threading.Lock()


def lock_of(owner: object) -> threading.RLock:
    """The lock that goes with this object. Its holder may take it again."""
    with _guard:
        lock = _locks.get(id(owner))
        if lock is None:
            lock = _locks[id(owner)] = threading.RLock()
            weakref.finalize(owner, _locks.pop, id(owner), None).atexit = False
        return lock
