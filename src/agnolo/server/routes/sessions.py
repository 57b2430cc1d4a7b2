"""Sessions and what was said in them."""

from __future__ import annotations

from msgspec.structs import replace

from agnolo.agent import background
from agnolo.agent.execution import session_key
from agnolo.ports.journal import RunRecord
from agnolo.ports.store import SessionQuery, Store
from agnolo.runtime.loop import LoopRuntime
from agnolo.server import shapes
from agnolo.server.bodies import Body, open_body
from agnolo.server.problems import Problem, missing
from agnolo.server.queries import Paging, choice, moment
from agnolo.server.routes.runs import status_filter
from agnolo.server.services import Services, stored
from agnolo.server.told import with_events
from agnolo.server.web import Request, Response, Route, json_response
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.sessions import SUMMARY, Scope, SessionRow

TYPES = ("agent", "team", "workflow")
SORTED_BY = ("created_at", "updated_at", "session_name")


class SessionRoutes:
    """Sessions of the user named in the query; without a name, of the unnamed user."""

    def __init__(self, services: Services) -> None:
        self._all = services

    def routes(self) -> list[Route]:
        """The routes."""
        one = "/sessions/{session_id}"
        return [
            Route("/sessions", self.list_sessions, methods=["GET"]),
            Route("/sessions", self.create, methods=["POST"]),
            Route("/sessions", self.delete_many, methods=["DELETE"]),
            Route(one, self.show, methods=["GET"]),
            Route(one, self.update, methods=["PATCH"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(one + "/rename", self.rename, methods=["POST"]),
            Route(one + "/runs", self.runs),
            Route(one + "/run-previews", self.previews),
            Route(one + "/runs/{run_id}", self.run),
        ]

    async def list_sessions(self, request: Request) -> Response:
        """Sessions, newest first; by type, component, name; in pages."""
        paging = Paging(request, SORTED_BY)
        query = SessionQuery(
            session_type=choice(request, "type", TYPES),
            component_id=request.query_params.get("component_id"),
            session_name=request.query_params.get("session_name"),
            limit=paging.limit,
            page=paging.page,
            sort_by=paging.sort_by,
            ascending=paging.ascending,
        )
        page = await stored(self._store(request).list_sessions(self._scope(request), query))
        return paging.answer([shapes.session_item(row) for row in page.rows], page.total)

    async def create(self, request: Request) -> Response:
        """Make a session before its first run. JSON: session_id, names, state, metadata, whose and of what it is."""
        kind = choice(request, "type", TYPES) or "agent"
        store = self._store(request)
        row = new_session(await open_body(request, self._all.settings), kind)
        if await stored(store.get_session(Scope(), row.session_id)) is not None:
            text = (
                f"Session with id '{row.session_id}' already exists. Use PATCH /sessions/{row.session_id} to update it."
            )
            raise Problem(409, text)
        made = await stored(store.save_session(Scope(user_id=row.user_id), row))
        return json_response(shapes.session_made(made), 201)

    async def show(self, request: Request) -> Response:
        """One session with its conversation."""
        kind = choice(request, "type", TYPES) or "agent"
        session_id: str = request.path_params["session_id"]
        row = await self._row(request)
        if row is None or row.session_type != kind:
            raise Problem(404, f"{kind.title()} Session with id '{session_id}' not found")
        return await self._detail(request, row, nulls=False)

    async def delete(self, request: Request) -> Response:
        """Delete a session with its runs. Deleting what is not there is fine."""
        await stored(self._store(request).delete_session(self._scope(request), request.path_params["session_id"]))
        return Response(status_code=204, media_type="application/json")

    async def delete_many(self, request: Request) -> Response:
        """Delete several sessions. JSON: session_ids and, for each, its type in session_types."""
        body = await open_body(request, self._all.settings)
        session_ids, kinds = body.required_texts("session_ids"), body.required_choices("session_types", TYPES)
        body.check()
        if len(session_ids) != len(kinds):
            raise Problem(400, "Session IDs and session types must have the same length")
        for session_id in session_ids:
            await stored(self._store(request).delete_session(self._scope(request), session_id))
        return Response(status_code=204, media_type="application/json")

    async def rename(self, request: Request) -> Response:
        """Name a session. JSON: session_name."""
        body = await open_body(request, self._all.settings)
        if not body.has("session_name"):
            raise missing("body", "session_name")
        name = body.required_text("session_name")
        body.check()
        row = await self._known(request)
        return await self._changed(request, replace(row, session_data={**row.session_data, "session_name": name}))

    async def update(self, request: Request) -> Response:
        """Change a session. JSON: session_name, session_state, metadata, summary; what is left out stays."""
        choice(request, "type", TYPES)
        body = await open_body(request, self._all.settings)
        metadata = body.mapping("metadata")
        told = {
            "session_name": body.text("session_name"),
            "session_state": body.mapping("session_state"),
            SUMMARY: body.summary(SUMMARY),
        }
        body.check()
        row = await self._known(request)
        changed = row.session_data | {key: value for key, value in told.items() if value is not None}
        kept = row.metadata if metadata is None else metadata
        return await self._changed(request, replace(row, session_data=changed, metadata=kept))

    async def runs(self, request: Request) -> Response:
        """Runs of a session, oldest first; by status and time."""
        return json_response([shapes.run_view(record, nulls=False) for record in await self._runs(request)])

    async def previews(self, request: Request) -> Response:
        """The same in a few words each."""
        return json_response([shapes.run_preview(record) for record in await self._runs(request)])

    async def run(self, request: Request) -> Response:
        """One run of a session."""
        session_id, run_id = request.path_params["session_id"], request.path_params["run_id"]
        await self._demand(request)
        record = await stored(self._store(request).get_run(self._scope(request), run_id))
        if record is None or record.run.session_id != session_id:
            raise Problem(404, f"Run with ID {run_id} not found in session {session_id}")
        record = await with_events(self._store(request), self._scope(request), record)
        return json_response(shapes.run_view(record, nulls=True))

    async def _runs(self, request: Request) -> list[RunRecord]:
        session_id: str = request.path_params["session_id"]
        wanted = status_filter(request.query_params.get("status"))
        after, before = moment(request, "created_after"), moment(request, "created_before")
        await self._demand(request)
        found = await stored(self._store(request).get_runs(self._scope(request), session_id, statuses=wanted))
        return [record for record in found if after <= record.run.created_at <= (before or record.run.created_at)]

    async def _demand(self, request: Request) -> None:
        kind, row = choice(request, "type", TYPES), await self._row(request)
        if row is None or kind not in (None, row.session_type):
            raise Problem(404, f"Session with ID {request.path_params['session_id']} not found")

    async def _changed(self, request: Request, row: SessionRow) -> Response:
        saved = await stored(self._store(request).save_session(self._scope(request), row))
        return await self._detail(request, saved, nulls=True)

    async def _known(self, request: Request) -> SessionRow:
        row = await self._row(request)
        if row is None:
            raise Problem(404, f"Session with id '{request.path_params['session_id']}' not found")
        return row

    async def _detail(self, request: Request, row: SessionRow, *, nulls: bool) -> Response:
        runs = await stored(self._store(request).get_runs(self._scope(request), row.session_id))
        return json_response(shapes.session_detail(row, runs, nulls=nulls))

    async def _row(self, request: Request) -> SessionRow | None:
        store, session_id = self._store(request), request.path_params["session_id"]
        await background.join(session_key(store, session_id), LoopRuntime())
        return await stored(store.get_session(self._scope(request), session_id))

    def _store(self, request: Request) -> Store:
        return self._all.registry.store(request.query_params.get("db_id"), request.query_params.get("component_id"))

    def _scope(self, request: Request) -> Scope:
        return self._all.scope(request.query_params.get("user_id"), request.path_params.get("run_id"))


def new_session(body: Body, kind: str) -> SessionRow:
    """The session that the body describes. Raises 422."""
    session_id = body.text("session_id") or new_id()
    told = {"session_name": body.text("session_name"), "session_state": body.mapping("session_state")}
    metadata, user_id = body.mapping("metadata"), body.text("user_id")
    owners = {name: body.text(f"{name}_id") for name in TYPES}
    body.check()
    return SessionRow(
        session_id=session_id,
        session_type=kind,
        component_id=owners[kind],
        user_id=user_id,
        session_data={key: value for key, value in told.items() if value is not None},
        metadata=metadata,
    )
