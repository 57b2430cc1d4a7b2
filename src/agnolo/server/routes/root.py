"""What the server says about itself: /, /info, /config, and a page that lists the routes."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from agnolo.server import shapes
from agnolo.server.services import Services
from agnolo.server.web import Request, Response, Route, json_response

DIALECT = "3.1.10"
"""The version of the reference whose API this is: clients decide by it what they may ask."""


class RootRoutes:
    """The server's own facts."""

    def __init__(self, services: Services) -> None:
        self._all = services
        self._listed: Sequence[Route] = ()

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/", self.root),
            Route("/info", self.info),
            Route("/config", self.config),
            Route("/docs", self.docs),
        ]

    def document(self, routes: Sequence[Route]) -> None:
        """Show these routes at /docs."""
        self._listed = routes

    async def root(self, request: Request) -> Response:
        """Where to look."""
        about = {"name": self._all.identity.name, "health": "/health", "info": "/info", "docs": "/docs"}
        return json_response(about)

    async def info(self, request: Request) -> Response:
        """Name, versions, counts, how to authenticate."""
        identity = self._all.identity
        return json_response({
            "os_id": identity.id,
            "name": identity.name,
            "os_version": identity.version,
            "agno_version": DIALECT,
            "agent_count": len(self._all.registry.agents),
            "team_count": 0,
            "workflow_count": 0,
            "mcp": {"enabled": False, "path": None, "oauth": None, "tool_run_endpoint": False},
            "auth_mode": "security_key" if self._all.guarded else "none",
            "user_isolation": False,
        })  # fmt: skip

    async def config(self, request: Request) -> Response:
        """Models, databases and agents."""
        registry = self._all.registry
        entries = [shapes.agent_entry(agent) for agent in registry.agents.values()]
        models: list[Any] = []
        for entry in entries:
            if "model" in entry and entry["model"] not in models:
                models.append(entry["model"])
        db_ids = list(registry.stores)
        return json_response({
            "os_id": self._all.identity.id,
            "description": self._all.identity.description,
            "available_models": models,
            "os_database": db_ids[0] if db_ids else None,
            "databases": db_ids,
            "session": _domain(db_ids, shapes.SESSION_TABLE),
            "metrics": {"dbs": []},
            "memory": _domain(db_ids, shapes.MEMORY_TABLE),
            "learning": {"dbs": []},
            "filesystem": {"namespaces": []},
            "knowledge": {"dbs": [], "knowledge_instances": []},
            "evals": {"dbs": []},
            "traces": {"dbs": []},
            "queue": {"durable": False, "queue_per_session": False},
            "agents": entries,
            "teams": [],
            "workflows": [],
            "interfaces": [],
            "company": None,
        })  # fmt: skip

    async def docs(self, request: Request) -> Response:
        """This page."""
        rows = "".join(
            f"<tr><td>{method}<td><code>{html.escape(route.path)}</code><td>{html.escape(_first_line(route.endpoint))}"
            for route in self._listed
            for method in sorted((route.methods or set()) - {"HEAD"})
        )
        page = f"<!doctype html><meta charset=utf-8><title>Routes</title><h1>Routes</h1><table>{rows}</table>"
        return Response(page, media_type="text/html")


def _first_line(endpoint: Any) -> str:  # noqa: ANN401 - a method or an object with a docstring
    return (endpoint.__doc__ or "").strip().partition("\n")[0]


def _domain(db_ids: list[str], table: str) -> dict[str, Any]:
    dbs = [{"db_id": db_id, "domain_config": {"display_name": db_id}, "tables": [table]} for db_id in db_ids]
    return {"dbs": dbs}
