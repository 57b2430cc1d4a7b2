"""From start to end of the application: recovery, readiness, draining, closing."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from agnolo.agent import background
from agnolo.agent.recovery import recover
from agnolo.runtime.loop import LoopRuntime
from agnolo.server.services import Services

log = logging.getLogger("agnolo.server")

State = Literal["starting", "ok", "draining"]


DEFAULT_YOUNG_OBJECTS = 700
YOUNG_OBJECTS = 10_000
"""A run's objects mostly die young: looking for cycles after every 700 of them, as is the default, finds nothing."""


def _settle_heap() -> None:
    """Take what start-up made out of the collector's sight; let it look less often, unless the host said how often."""
    gc.collect()
    gc.freeze()
    often, *rest = gc.get_threshold()
    if often == DEFAULT_YOUNG_OBJECTS:
        gc.set_threshold(YOUNG_OBJECTS, *rest)


class Lifecycle:
    """Where the application stands. `state` is what /health says."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._drained: asyncio.Task[int] | None = None
        self.state: State = "starting"
        self.begun_at = datetime.now(UTC)

    @asynccontextmanager
    async def lifespan(self, _app: Any) -> AsyncGenerator[None, None]:  # noqa: ANN401 - ASGI's application object
        """Close what a dead process left open, serve, drain, close the stores."""
        self.begun_at = datetime.now(UTC)
        for store in self._services.registry.stores.values():
            await recover(store, LoopRuntime())
        _settle_heap()
        self.state = "ok"
        try:
            yield
        finally:
            await self.drain()
            await asyncio.to_thread(self._close)

    async def drain(self) -> int:
        """Refuse new runs, let those under way end; returns how many were cancelled.

        Later calls join the first. A call that is cancelled ends the runs at once.
        """
        if self._drained is None:
            self.state = "draining"
            self._services.admission.close()
            seconds = self._services.settings.drain_seconds
            self._drained = asyncio.create_task(self._services.live.drain(seconds))
        try:
            cancelled = await asyncio.shield(self._drained)
        except asyncio.CancelledError:
            self._services.live.stop()
            raise
        if cancelled:
            log.warning("%d runs did not end in time and were cancelled; continue them to go on", cancelled)
        return cancelled

    def _close(self) -> None:
        background.join_all()
        for store in self._services.registry.stores.values():
            store.close()
