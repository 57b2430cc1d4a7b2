"""Work that goes on after a reply: memory extraction. Whoever reads its results, and shutdown, joins it first."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import Future, wait
from importlib import import_module
from typing import Any

from agnolo.ports.runtime import Runtime
from agnolo.runtime.portal import portal

log = logging.getLogger("agnolo")

EXIT_SECONDS = 30.0

_pending: dict[Hashable, set[Future[Any]]] = {}
_lock = threading.Lock()


def start(key: Hashable, work: Callable[[], Coroutine[Any, Any, Any]], *, what: str) -> None:
    """Run `work()` on the portal's loop. A failure is logged with `what`; it concerns no reply any more."""
    future = portal().submit(work())
    with _lock:
        _pending.setdefault(key, set()).add(future)

    def settle(done: Future[Any]) -> None:
        with _lock:
            left = _pending.get(key, set())
            left.discard(done)
            if not left:
                _pending.pop(key, None)
        failure = None if done.cancelled() else done.exception()
        if failure is not None:
            log.warning("%s failed: %s", what, failure)

    future.add_done_callback(settle)


async def join(key: Hashable, at: Runtime) -> None:
    """Wait for the work under way for this key."""
    if not _pending:
        return
    with _lock:
        waiting = list(_pending.get(key, ()))
    for future in waiting:
        await at.wait(_ended(future))


def join_all(timeout: float = EXIT_SECONDS) -> int:
    """Wait for all work under way, for shutdown. Returns how many did not end in time."""
    with _lock:
        waiting = [future for futures in _pending.values() for future in futures]
    return len(wait(waiting, timeout).not_done)


def _ended(future: Future[Any]) -> Future[None]:
    """Done when `future` is, well or not: its failure is logged where it was started."""
    ended: Future[None] = Future()
    future.add_done_callback(lambda _: ended.set_result(None))
    return ended


# Before the executors close, which is before atexit: a local model computes in one. The hook is private to CPython but
# is what concurrent.futures itself uses; it runs in reverse order, so after importing that module ours comes first.
import_module("concurrent.futures.thread")
_before_threads_end = getattr(threading, "_register_atexit", atexit.register)
_before_threads_end(join_all)
