"""Toolkits that have to be connected: opened before the model is asked, closed when the run ends, however it ends.

Runs that overlap share what a toolkit has open: the first connects it, the last closes it.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from agnolo.engine.effects import Effect, once, perform, single, undo
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.ports.toolkit import Toolkit
from agnolo.vocabulary.errors import AgnoloError, ConfigurationError, ToolkitConnectionError

log = logging.getLogger("agnolo")

_holders: dict[int, set[str]] = {}
"""Attempts at runs that hold a toolkit, by its identity; read and written under the toolkit's lock only."""


async def connect(run: Run, at: Runtime) -> None:
    """Open the run's toolkits that want it, in their order. Raises ToolkitConnectionError for the first that fails."""
    for toolkit in run.plan.toolset.connectable:
        run.connected.append(toolkit)
        await single(perform(Effect[Any](kind="callable", start=partial(_start, toolkit, run, at)), run, at))


async def close(run: Run, at: Runtime) -> None:
    """Let go of what the run has open, also if it was cancelled or is out of time. A failure is logged."""
    closing, run.connected = run.connected, []
    for toolkit in closing:
        await undo(partial(_leave, toolkit, _holder(run), at), at)


def _holder(run: Run) -> str:
    return f"{run.plan.origin.run_id}/{run.attempt}"


def _start(toolkit: Toolkit, run: Run, at: Runtime) -> AsyncIterator[Any]:
    return once(lambda: at.call(run.token, _take, toolkit, run, at))


def _take(toolkit: Toolkit, run: Run, at: Runtime) -> None:
    with at.lock(toolkit):
        if all(known is not toolkit for known in run.connected):
            return  # The wait for this was given up, and the run has ended.
        if not _holders.get(id(toolkit)):
            _connect(toolkit)
        _holders.setdefault(id(toolkit), set()).add(_holder(run))


def _connect(toolkit: Toolkit) -> None:
    for method in (toolkit.connect, toolkit.close):
        if inspect.iscoroutinefunction(method):
            raise ConfigurationError(
                f"{method.__name__} of toolkit {toolkit.name!r} is async, and sync runs call it too: make it plain"
            )
    try:
        toolkit.connect()
    except AgnoloError:
        raise
    except Exception as error:
        raise ToolkitConnectionError(
            f"toolkit {toolkit.name!r} could not connect: {type(error).__name__}: {error}"
        ) from error


def _leave(toolkit: Toolkit, holder: str, at: Runtime) -> None:
    with at.lock(toolkit):
        holders = _holders.get(id(toolkit), set())
        if holder not in holders:
            return
        holders.discard(holder)
        if holders:
            return
        _holders.pop(id(toolkit), None)
        try:
            toolkit.close()
        except Exception as error:  # noqa: BLE001 - the tool boundary: the run has ended, and nobody else could be told
            log.warning("toolkit %r could not be closed: %s: %s", toolkit.name, type(error).__name__, error)
