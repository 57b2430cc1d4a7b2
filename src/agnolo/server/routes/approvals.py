"""Approvals on record: what waits for a decision, and the decision. The run goes on when it is continued."""

from __future__ import annotations

from typing import Any

from agnolo.ports.approvals import ApprovalQuery
from agnolo.ports.store import Store
from agnolo.server.bodies import open_body
from agnolo.server.problems import Problem
from agnolo.server.queries import Paging, choice
from agnolo.server.services import Services, stored
from agnolo.server.web import Request, Response, Route, json_response
from agnolo.vocabulary.approvals import STATUSES, Approval
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.sessions import Scope

PAGE_ROWS = 100
LONGEST_NAME = 255
NOT_FOUND = "Approval not found"
NAMED = ("source_type", "pause_type", "agent_id", "team_id", "workflow_id", "schedule_id", "run_id")
"""Fields of the query that may be any text."""


class ApprovalRoutes:
    """Approvals of the user named; without a name, of all users."""

    def __init__(self, services: Services) -> None:
        self._all = services

    def routes(self) -> list[Route]:
        """The routes."""
        one = "/approvals/{approval_id}"
        return [
            Route("/approvals", self.list_approvals, methods=["GET"]),
            Route("/approvals/count", self.count, methods=["GET"]),
            Route(one, self.show, methods=["GET"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(one + "/status", self.status, methods=["GET"]),
            Route(one + "/resolve", self.resolve, methods=["POST"]),
        ]

    async def list_approvals(self, request: Request) -> Response:
        """Approvals, newest first; by status, kind, component, user, run; in pages."""
        paging = Paging(request, ("created_at",), rows=PAGE_ROWS)
        wanted: dict[str, Any] = {name: request.query_params.get(name) or None for name in NAMED}
        query = ApprovalQuery(
            **wanted,
            status=choice(request, "status", STATUSES, kind="literal_error"),
            approval_type=choice(request, "approval_type", ("required", "audit"), kind="literal_error"),
            limit=paging.limit,
            page=paging.page,
        )
        page = await stored(self._store(request).find_approvals(_scope(request), query))
        return paging.answer([approval.to_dict() for approval in page.rows], page.total)

    async def count(self, request: Request) -> Response:
        """How many wait for a decision."""
        query = ApprovalQuery(status="pending", limit=1)
        page = await stored(self._store(request).find_approvals(_scope(request), query))
        return json_response({"count": page.total})

    async def show(self, request: Request) -> Response:
        """One approval."""
        return json_response((await self._found(request)).to_dict())

    async def status(self, request: Request) -> Response:
        """Where one approval stands: for clients that ask again and again."""
        approval = await self._found(request)
        told = {name: getattr(approval, name) for name in ("status", "run_id", "resolved_at", "resolved_by")}
        return json_response({"approval_id": approval.id, **told})

    async def resolve(self, request: Request) -> Response:
        """Approve or reject. JSON: status, resolved_by, resolution_data. Once only: 409 after that."""
        body = await open_body(request, self._all.settings)
        status = body.required_match("status", "^(approved|rejected)$")
        changes: dict[str, Any] = {"resolved_by": body.text("resolved_by", most=LONGEST_NAME), "resolved_at": now()}
        data = body.mapping("resolution_data")
        body.check()
        changes |= {"status": status, **({} if data is None else {"resolution_data": data})}
        approval_id: str = request.path_params["approval_id"]
        resolved = await stored(self._store(request).change_approval(Scope(), approval_id, changes, expected="pending"))
        if resolved is None:
            known = await self._found(request)
            raise Problem(409, f"Approval is already '{known.status}' and cannot be resolved")
        return json_response(resolved.to_dict())

    async def delete(self, request: Request) -> Response:
        """Delete one approval. A run that waits for it can't go on."""
        if not await stored(self._store(request).remove_approval(Scope(), request.path_params["approval_id"])):
            raise Problem(404, NOT_FOUND)
        return Response(status_code=204, media_type="application/json")

    async def _found(self, request: Request) -> Approval:
        approval = await stored(self._store(request).find_approval(Scope(), request.path_params["approval_id"]))
        if approval is None:
            raise Problem(404, NOT_FOUND)
        return approval

    def _store(self, request: Request) -> Store:
        return self._all.registry.store(request.query_params.get("db_id"))


def _scope(request: Request) -> Scope:
    return Scope(user_id=request.query_params.get("user_id") or None)
