"""Runs: start, continue, cancel, take up again, look at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from agnolo.agent import records
from agnolo.agent.agent import Agent
from agnolo.engine import cancel
from agnolo.ports.journal import RunRecord
from agnolo.server import continuing, shapes
from agnolo.server.admission import Ticket
from agnolo.server.asking import Ask, call_options, new_ask
from agnolo.server.forms import open_form, whole_number
from agnolo.server.live import CLIENT_LEFT, LiveKey, LiveRun
from agnolo.server.problems import Problem, missing
from agnolo.server.reader import Taste
from agnolo.server.resumption import Wanted, resume
from agnolo.server.services import Services, stored
from agnolo.server.streaming import SseResponse
from agnolo.server.told import with_events
from agnolo.server.web import (
    ClientDisconnect,
    HttpScope,
    Receive,
    Request,
    Response,
    Route,
    Send,
    disconnected,
    json_response,
)
from agnolo.vocabulary.runs import RunStatus

T = TypeVar("T")
Work = Callable[[LiveRun], Coroutine[Any, Any, None]]


class Raw:
    """An endpoint that sends for itself: no layer of the framework stands between it and the socket."""

    def __init__(self, endpoint: Callable[[Request, Send], Awaitable[None]]) -> None:
        self._endpoint = endpoint
        self.__doc__ = endpoint.__doc__

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._endpoint(Request(scope, receive), send)


class RunRoutes:
    """Runs of agents."""

    def __init__(self, services: Services) -> None:
        self._all = services

    def routes(self) -> list[Route]:
        """The routes."""
        runs = "/agents/{agent_id}/runs"
        return [
            Route(runs, Raw(self.create), methods=["POST"]),
            Route(runs, self.list_runs, methods=["GET"]),
            Route(runs + "/{run_id}", self.show, methods=["GET"]),
            Route(runs + "/{run_id}/cancel", self.cancel, methods=["POST"]),
            Route(runs + "/{run_id}/continue", Raw(self.go_on), methods=["POST"]),
            Route(runs + "/{run_id}/resume", Raw(self.resume), methods=["POST"]),
        ]

    async def create(self, request: Request, send: Send) -> None:
        """Run the agent on a message. Form; the answer is a stream of events unless stream=false."""
        agent = self._agent(request)
        self._all.admission.check()
        async with open_form(request, self._all.settings) as form:
            ask = new_ask(form, agent)
            message, options = form.required("message"), await call_options(form, ask)

        def work(live: LiveRun) -> Coroutine[Any, Any, None]:
            if ask.told:
                return live.tell(agent.arun(message, stream=True, **options))
            return live.carry(agent.arun(message, stream=False, **options))

        await self._answer(request, send, agent, ask, work)

    async def go_on(self, request: Request, send: Send) -> None:
        """Continue a run: decided, with more input, from a message, as a fork, anew. Form; session_id is required."""
        agent = self._agent(request)
        self._all.admission.check()
        run_id: str = request.path_params["run_id"]
        async with open_form(request, self._all.settings) as form:
            scope = self._all.scope(form.text("user_id"), run_id)
            wish = continuing.read_wish(form, run_id, scope.user_id)
        record = await stored(agent.db.get_run(scope, run_id)) if agent.db is not None else None
        if record is None or not _is_of(record, agent, wish.ask.session_id):
            raise Problem(404, f"No runs found for run ID {run_id}")
        ask, _, options = continuing.on(wish, record)

        def work(live: LiveRun) -> Coroutine[Any, Any, None]:
            if ask.told:
                return live.tell(agent.acontinue_run(run_id, stream=True, **options))
            return live.carry(agent.acontinue_run(run_id, stream=False, **options))

        await self._answer(request, send, agent, ask, work, indexed=True)

    async def cancel(self, request: Request) -> Response:
        """Ask a run to stop. The answer is the same whether it is running or not."""
        self._agent(request)
        run_id: str = request.path_params["run_id"]
        if self._all.live.is_live(run_id) or cancel.is_live(run_id):
            cancel.cancel(run_id, f"Run {run_id} was cancelled")
        return json_response({})

    async def resume(self, request: Request, send: Send) -> None:
        """Take a stream up again after last_event_index (form) or Last-Event-ID (header)."""
        agent = self._agent(request)
        async with open_form(request, self._all.settings) as form:
            last = form.integer("last_event_index")
            if last is None:
                last = whole_number("header", "Last-Event-ID", request.headers.get("last-event-id"))
            wanted = Wanted(
                agent_id=agent.agent_id,
                run_id=request.path_params["run_id"],
                session_id=form.text("session_id"),
                user_id=form.text("user_id"),
                last_index=-1 if last is None else last,
            )
        found = await resume(self._all, agent.db, wanted)
        live = found.live

        def left() -> None:
            if live is not None:
                live.part(found.reader)

        stream = SseResponse(found.reader, self._all.settings, prelude=found.prelude, left=left)
        try:
            await stream(request.receive, send)
        finally:
            if live is not None:
                live.release(found.reader)

    async def list_runs(self, request: Request) -> Response:
        """Runs of a session, oldest first."""
        agent = self._agent(request)
        session_id = _session_id(request)
        if agent.db is None:
            return json_response([])
        wanted = request.query_params.get("status")
        scope = self._all.scope(request.query_params.get("user_id"))
        session = await stored(agent.db.get_session(scope, session_id))
        if session is None or session.component_id != agent.agent_id:
            raise Problem(404, "Session not found")
        found = await stored(agent.db.get_runs(scope, session_id, statuses=status_filter(wanted)))
        own = [record for record in found if record.run.component_id == agent.agent_id]
        return json_response([shapes.run_view(record, nulls=True) for record in own])

    async def show(self, request: Request) -> Response:
        """A run, whatever its status."""
        agent = self._agent(request)
        record = await stored_run(self._all, request, agent)
        return json_response(shapes.run_state(records.run_output(record)))

    def _agent(self, request: Request) -> Agent:
        return self._all.registry.agent(request.path_params["agent_id"])

    async def _answer(
        self, request: Request, send: Send, agent: Agent, ask: Ask, work: Work, *, indexed: bool = False
    ) -> None:
        live = await self._begin(request, agent, ask, work)
        if ask.stream:
            await self._stream(request, send, live, Taste(indexed or ask.background, ask.plain))
            return
        if ask.background:
            await live.begun()
            pending = {"run_id": ask.run_id, "session_id": ask.session_id, "status": RunStatus.pending.value}
            reply = json_response(pending, 202)
        else:
            output = await _unless_gone(request, live.finished(), lambda: live.cancel(CLIENT_LEFT))
            reply = json_response(shapes.run_reply(output))
        await reply(request.scope, request.receive, send)

    async def _begin(self, request: Request, agent: Agent, ask: Ask, work: Work) -> LiveRun:
        if ask.background and agent.db is None:
            raise Problem(400, "Background execution requires a database: give the agent db=SqliteDb(...)")
        ticket = await self._admitted(request, ask.user_id)
        if self._all.live.is_live(ask.run_id):
            ticket.hand_back()
            raise Problem(409, f"Run {ask.run_id} is still running: wait for its end, or cancel it first")
        key = LiveKey(
            run_id=ask.run_id,
            session_id=ask.session_id,
            agent_id=agent.agent_id,
            scope=self._all.scope(ask.user_id),
            durable=agent.db is not None,
        )
        return self._all.live.start(key, ticket, work, background=ask.background)

    async def _admitted(self, request: Request, user_id: str | None) -> Ticket:
        place = self._all.admission.enter(user_id)
        if isinstance(place, Ticket):
            return place
        try:
            return await _unless_gone(request, place.ticket())
        except BaseException:
            place.give_up()
            raise

    async def _stream(self, request: Request, send: Send, live: LiveRun, taste: Taste) -> None:
        reader = live.read(position=0, taste=taste)
        try:
            await live.begun()
            stream = SseResponse(reader, self._all.settings, left=lambda: live.part(reader))
            await stream(request.receive, send)
        finally:
            live.release(reader)


def _is_of(record: RunRecord, agent: Agent, session_id: str) -> bool:
    return record.run.component_id == agent.agent_id and record.run.session_id == session_id


async def stored_run(services: Services, request: Request, agent: Agent) -> RunRecord:
    """The agent's run that the path and the query's session_id name, with its events. Raises 404 and 422."""
    session_id = _session_id(request)
    run_id: str = request.path_params["run_id"]
    scope = services.scope(request.query_params.get("user_id"), run_id)
    record = await stored(agent.db.get_run(scope, run_id)) if agent.db is not None else None
    if agent.db is None or record is None or not _is_of(record, agent, session_id):
        raise Problem(404, "Run not found")
    return await with_events(agent.db, scope, record)


def _session_id(request: Request) -> str:
    session_id = request.query_params.get("session_id")
    if not session_id:
        raise missing("query", "session_id")
    return session_id


def status_filter(given: str | None) -> list[str] | None:
    """The statuses to show; None for all. Raises 400."""
    if given is None:
        return None
    if given.upper() not in RunStatus.__members__.values():
        known = ", ".join(status.value for status in RunStatus)
        raise Problem(400, f"There is no status {given!r}: use one of {known}")
    return [given.upper()]


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T], left: Callable[[], None] | None = None) -> T:
    """The work's result. If the client goes first, `left` is called, and ClientDisconnect raised."""
    waiting = asyncio.create_task(work)
    watch = asyncio.create_task(disconnected(request.receive))
    try:
        await asyncio.wait({waiting, watch}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        if left is not None:
            left()
        raise ClientDisconnect
    finally:
        waiting.cancel()
        watch.cancel()
