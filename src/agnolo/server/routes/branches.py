"""What is done to the history of an agent's sessions: copies, places to go on from, a summary in its place."""

from __future__ import annotations

from agnolo.agent import records
from agnolo.agent.agent import Agent
from agnolo.server import checkpoints
from agnolo.server.forms import whole_number
from agnolo.server.problems import Problem
from agnolo.server.routes.runs import stored_run
from agnolo.server.services import Services, stored
from agnolo.server.web import Request, Response, Route, json_response
from agnolo.vocabulary.errors import ConfigurationError


class BranchRoutes:
    """Branches of an agent's sessions and runs."""

    def __init__(self, services: Services) -> None:
        self._all = services

    def routes(self) -> list[Route]:
        """The routes."""
        places = "/agents/{agent_id}/runs/{run_id}/checkpoints"
        return [
            Route("/agents/{agent_id}/sessions/{session_id}/fork", self.fork_session, methods=["POST"]),
            Route("/agents/{agent_id}/sessions/{session_id}/compact", self.compact, methods=["POST"]),
            Route(places, self.list_places),
            Route(places + "/{message_index}", self.show_place),
        ]

    async def fork_session(self, request: Request) -> Response:
        """Copy a session's runs into a new session."""
        agent, session_id = self._agent(request), request.path_params["session_id"]
        try:
            made = await agent.afork_session(session_id, user_id=request.query_params.get("user_id"))
        except ConfigurationError as error:
            raise Problem(400, error.message) from error
        return json_response({"session_id": made, "forked_from_session_id": session_id})

    async def compact(self, request: Request) -> Response:
        """Replace a session's old history by a summary, in what is sent; or tell why not."""
        agent, session_id = self._agent(request), request.path_params["session_id"]
        scope = self._all.scope(request.query_params.get("user_id"))
        row = None if agent.db is None else await stored(agent.db.get_session(scope, session_id))
        if row is None or row.component_id not in (None, agent.agent_id):
            raise Problem(404, "Session not found")
        return json_response((await agent.acompact(session_id, scope.user_id)).to_dict())

    async def list_places(self, request: Request) -> Response:
        """The places in a run that `continue_from` may name."""
        output = records.run_output(await stored_run(self._all, request, self._agent(request)))
        places = checkpoints.listed(output)
        return json_response({"run_id": output.run_id, "session_id": output.session_id, "checkpoints": places})

    async def show_place(self, request: Request) -> Response:
        """The run as it stood after so many messages."""
        place = whole_number("path", "message_index", request.path_params["message_index"])
        output = records.run_output(await stored_run(self._all, request, self._agent(request)))
        if place is None or not 0 <= place <= len(output.messages):
            raise Problem(400, f"message_index must be between 0 and {len(output.messages)}")
        return json_response(checkpoints.snapshot(output, place))

    def _agent(self, request: Request) -> Agent:
        return self._all.registry.agent(request.path_params["agent_id"])
