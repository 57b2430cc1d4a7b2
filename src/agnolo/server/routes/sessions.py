"""Sessions and what was said in them."""

from __future__ import annotations

import time
from datetime import datetime

import msgspec

from agnolo.ports.store import SessionQuery, Store
from agnolo.server import shapes
from agnolo.server.forms import read_json_object, whole_number
from agnolo.server.problems import Problem, bad_field, missing
from agnolo.server.routes.runs import status_filter
from agnolo.server.services import Services, stored
from agnolo.server.web import Request, Response, Route, json_response
from agnolo.vocabulary.sessions import Scope, SessionRow

TYPES = ("agent", "team", "workflow")
SORTED_BY = ("created_at", "updated_at", "session_name")
MOST = 1000


class SessionRoutes:
    """Sessions of the user named in the query; without a name, of the unnamed user."""

    def __init__(self, services: Services) -> None:
        self._all = services

    def routes(self) -> list[Route]:
        """The routes."""
        one = "/sessions/{session_id}"
        return [
            Route("/sessions", self.list_sessions),
            Route(one, self.show, methods=["GET"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(one + "/rename", self.rename, methods=["POST"]),
            Route(one + "/runs", self.runs),
            Route(one + "/runs/{run_id}", self.run),
        ]

    async def list_sessions(self, request: Request) -> Response:
        """Sessions, newest first; by type, component, name; in pages."""
        begun = time.perf_counter()
        query = session_query(request)
        page = await stored(self._store(request).list_sessions(self._scope(request), query))
        meta = {
            "page": query.page,
            "limit": query.limit,
            "total_pages": -(-page.total // query.limit),
            "total_count": page.total,
            "search_time_ms": round((time.perf_counter() - begun) * 1000, 2),
        }
        return json_response({"data": [shapes.session_item(row) for row in page.rows], "meta": meta})

    async def show(self, request: Request) -> Response:
        """One session with its conversation."""
        kind = _kind(request) or "agent"
        session_id: str = request.path_params["session_id"]
        row = await self._row(request)
        if row is None or row.session_type != kind:
            raise Problem(404, f"{kind.title()} Session with id '{session_id}' not found")
        return await self._detail(request, row)

    async def delete(self, request: Request) -> Response:
        """Delete a session with its runs. Deleting what is not there is fine."""
        await stored(self._store(request).delete_session(self._scope(request), request.path_params["session_id"]))
        return Response(status_code=204, media_type="application/json")

    async def rename(self, request: Request) -> Response:
        """Name a session. JSON: session_name."""
        body = await read_json_object(request, self._all.settings)
        name = body.get("session_name")
        if name is None:
            raise missing("body", "session_name")
        if not isinstance(name, str):
            raise bad_field("body", "session_name", "string_type", "Input should be a valid string")
        row = await self._row(request)
        if row is None:
            raise Problem(404, f"Session with id '{request.path_params['session_id']}' not found")
        renamed = msgspec.structs.replace(row, session_data={**row.session_data, "session_name": name})
        return await self._detail(
            request, await stored(self._store(request).save_session(self._scope(request), renamed))
        )

    async def runs(self, request: Request) -> Response:
        """Runs of a session, oldest first; by status and time."""
        session_id: str = request.path_params["session_id"]
        wanted = status_filter(request.query_params.get("status"))
        after, before = _moment(request, "created_after"), _moment(request, "created_before")
        if await self._row(request) is None:
            raise Problem(404, f"Session with ID {session_id} not found")
        found = await stored(self._store(request).get_runs(self._scope(request), session_id, statuses=wanted))
        shown = [r for r in found if after <= r.run.created_at <= (before or r.run.created_at)]
        return json_response([shapes.run_view(record, nulls=False) for record in shown])

    async def run(self, request: Request) -> Response:
        """One run of a session."""
        session_id, run_id = request.path_params["session_id"], request.path_params["run_id"]
        record = await stored(self._store(request).get_run(self._scope(request), run_id))
        if record is None or record.run.session_id != session_id:
            raise Problem(404, f"Run with ID {run_id} not found in session {session_id}")
        return json_response(shapes.run_view(record, nulls=True))

    async def _detail(self, request: Request, row: SessionRow) -> Response:
        runs = await stored(self._store(request).get_runs(self._scope(request), row.session_id))
        return json_response(shapes.session_detail(row, runs))

    async def _row(self, request: Request) -> SessionRow | None:
        return await stored(self._store(request).get_session(self._scope(request), request.path_params["session_id"]))

    def _store(self, request: Request) -> Store:
        return self._all.registry.store(request.query_params.get("db_id"), request.query_params.get("component_id"))

    def _scope(self, request: Request) -> Scope:
        return self._all.scope(request.query_params.get("user_id"), request.path_params.get("run_id"))


def session_query(request: Request) -> SessionQuery:
    """The query's filters. Raises 422."""
    asked = request.query_params
    sort_by = asked.get("sort_by") or "created_at"
    if sort_by not in SORTED_BY:
        raise bad_field("query", "sort_by", "enum", f"Input should be one of {', '.join(SORTED_BY)}", given=sort_by)
    return SessionQuery(
        session_type=_kind(request),
        component_id=asked.get("component_id"),
        session_name=asked.get("session_name"),
        limit=_count(request, "limit", 20, MOST),
        page=_count(request, "page", 1, 10**9),
        sort_by=sort_by,
        ascending=(asked.get("sort_order") or "desc").lower() == "asc",
    )


def _kind(request: Request) -> str | None:
    given = request.query_params.get("type")
    if given is None or given in TYPES:
        return given
    known = "'agent', 'team' or 'workflow'"
    raise bad_field("query", "type", "enum", f"Input should be {known}", given=given, ctx={"expected": known})


def _count(request: Request, name: str, default: int, most: int) -> int:
    given = request.query_params.get(name)
    number = whole_number("query", name, given)
    if number is None:
        return default
    if not 1 <= number <= most:
        raise bad_field("query", name, "int_range", f"Input should be from 1 to {most}", given=given)
    return number


def _moment(request: Request, name: str) -> float:
    """Unix seconds, or ISO 8601; 0 when not given."""
    given = request.query_params.get(name)
    if not given:
        return 0
    try:
        return float(given) if given.replace(".", "", 1).isdigit() else datetime.fromisoformat(given).timestamp()
    except ValueError as error:
        raise bad_field("query", name, "datetime_parsing", "Input should be a valid datetime", given=given) from error
