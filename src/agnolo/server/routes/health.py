"""Whether the server can take work: its state, its stores, its providers."""

from __future__ import annotations

from typing import Any

from agnolo.providers.catalog import providers_health
from agnolo.providers.guard import open_places
from agnolo.server import shapes
from agnolo.server.edge import TRUSTED
from agnolo.server.lifecycle import Lifecycle
from agnolo.server.registry import Registry
from agnolo.server.services import stored
from agnolo.server.web import Request, Response, Route, json_response
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import StorageError


class HealthRoutes:
    """Readiness."""

    def __init__(self, registry: Registry, lifecycle: Lifecycle) -> None:
        self._registry = registry
        self._lifecycle = lifecycle

    def routes(self) -> list[Route]:
        """The routes."""
        return [Route("/health", self.health)]

    async def health(self, request: Request) -> Response:
        """200 when new runs are welcome; 503 while draining or when a store can't be written. The key shows details."""
        stores = {db_id: await self._store(db_id) for db_id in self._registry.stores}
        sound = all(state["status"] == "ok" for state in stores.values())
        status = self._lifecycle.state if sound or self._lifecycle.state != "ok" else "error"
        body: dict[str, Any] = {
            "status": status,
            "instantiated_at": self._lifecycle.begun_at.isoformat().replace("+00:00", "Z"),
        }
        if request.scope[TRUSTED]:
            body["providers"] = [codec.builtins(provider) for provider in providers_health()]
            body["breakers"] = [shapes.breaker(one) for one in open_places()]
            body["store"] = stores
        return json_response(body, 200 if status == "ok" else 503)

    async def _store(self, db_id: str) -> dict[str, Any]:
        try:
            return {**await stored(self._registry.stores[db_id].ping()), "status": "ok"}
        except StorageError as error:
            return {"status": "error", "error": error.message, "error_type": error.error_type}
