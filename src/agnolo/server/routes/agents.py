"""Agents, and the empty lists of what this server has none of."""

from __future__ import annotations

from agnolo.server import shapes
from agnolo.server.registry import Registry
from agnolo.server.shapes import Shape
from agnolo.server.web import Request, Response, Route, json_response


class AgentRoutes:
    """What is served. Summaries are made once: agents do not change."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._summaries: dict[str, Shape] = {}

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/agents", self.list_agents),
            Route("/agents/{agent_id}", self.show),
            Route("/teams", self.nothing),
            Route("/workflows", self.nothing),
        ]

    async def list_agents(self, request: Request) -> Response:
        """All agents."""
        return json_response([self._summary(agent_id) for agent_id in self._registry.agents])

    async def show(self, request: Request) -> Response:
        """One agent."""
        return json_response(self._summary(request.path_params["agent_id"]))

    async def nothing(self, request: Request) -> Response:
        """None are served here."""
        return json_response([])

    def _summary(self, agent_id: str) -> Shape:
        agent = self._registry.agent(agent_id)
        if agent_id not in self._summaries:
            self._summaries[agent_id] = shapes.agent_summary(agent)
        return self._summaries[agent_id]
