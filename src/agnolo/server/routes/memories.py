"""What is remembered of users: made, read, changed, forgotten, counted."""

from __future__ import annotations

import msgspec

from agnolo.ports.store import MemoryQuery, Store
from agnolo.server import shapes
from agnolo.server.bodies import Body, open_body
from agnolo.server.problems import Problem
from agnolo.server.queries import Paging
from agnolo.server.services import Services, stored
from agnolo.server.web import Request, Response, Route, json_response
from agnolo.vocabulary.ids import new_id, now
from agnolo.vocabulary.sessions import Scope, UserMemory

MOST_LETTERS = 5000
ORDERS = ("updated_at", "created_at", "memory", "memory_id", "user_id")


class MemoryRoutes:
    """Memories of the user named; without a name, of all users."""

    def __init__(self, services: Services) -> None:
        self._all = services

    def routes(self) -> list[Route]:
        """The routes."""
        one = "/memories/{memory_id}"
        return [
            Route("/memories", self.list_memories, methods=["GET"]),
            Route("/memories", self.create, methods=["POST"]),
            Route("/memories", self.delete_many, methods=["DELETE"]),
            Route(one, self.show, methods=["GET"]),
            Route(one, self.update, methods=["PATCH"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route("/memory_topics", self.topics),
            Route("/user_memory_stats", self.stats),
        ]

    async def list_memories(self, request: Request) -> Response:
        """Memories, latest change first; by user, agent, text, topics; in pages."""
        paging = Paging(request, ORDERS)
        asked = request.query_params
        query = MemoryQuery(
            agent_id=asked.get("agent_id") or asked.get("team_id"),
            search=asked.get("search_content"),
            topics=asked.getlist("topics"),
            limit=paging.limit,
            page=paging.page,
            sort_by=paging.sort_by,
            ascending=paging.ascending,
        )
        page = await stored(self._store(request).list_memories(_scope(request), query))
        return paging.answer([shapes.memory_item(memory) for memory in page.rows], page.total)

    async def create(self, request: Request) -> Response:
        """Remember something of a user. JSON: memory, user_id, topics."""
        store = self._store(request)
        return await self._saved(store, new_id(), await open_body(request, self._all.settings))

    async def update(self, request: Request) -> Response:
        """Replace what is remembered under an id. JSON: memory, user_id, topics."""
        store = self._store(request)
        return await self._saved(store, request.path_params["memory_id"], await open_body(request, self._all.settings))

    async def show(self, request: Request) -> Response:
        """One memory."""
        memory_id: str = request.path_params["memory_id"]
        found = await self._found(request, _scope(request), [memory_id])
        if not found:
            raise Problem(404, f"Memory with ID {memory_id} not found")
        return json_response(shapes.memory_item(found[0]))

    async def delete(self, request: Request) -> Response:
        """Forget one memory. Forgetting what is not there is fine."""
        return await self._forget(request, _scope(request), [request.path_params["memory_id"]])

    async def delete_many(self, request: Request) -> Response:
        """Forget several memories. JSON: memory_ids, user_id."""
        body = await open_body(request, self._all.settings)
        memory_ids, user_id = body.required_texts("memory_ids"), body.text("user_id")
        body.check()
        return await self._forget(request, Scope(user_id=user_id or None), memory_ids)

    async def topics(self, request: Request) -> Response:
        """All topics, in order."""
        page = await stored(self._store(request).list_memories(_scope(request), MemoryQuery(limit=0)))
        return json_response(sorted({topic for memory in page.rows for topic in memory.topics or ()}))

    async def stats(self, request: Request) -> Response:
        """How much is remembered of each user, in pages."""
        paging = Paging(request, ORDERS)
        counts = await stored(self._store(request).count_memories(_scope(request)))
        first = paging.limit * (paging.page - 1)
        return paging.answer([shapes.memory_count(c) for c in counts[first : first + paging.limit]], len(counts))

    async def _saved(self, store: Store, memory_id: str, body: Body) -> Response:
        text, topics = body.required_text("memory", most=MOST_LETTERS), body.texts("topics")
        user_id = body.text("user_id")
        body.check()
        if not user_id:
            raise Problem(400, "Say whose memory this is: give the id of a user")
        memory = UserMemory(memory_id=memory_id, memory=text, topics=topics or [], user_id=user_id, updated_at=now())
        await stored(store.save_memories(Scope(user_id=user_id), [memory]))
        return json_response(shapes.memory_item(memory))

    async def _forget(self, request: Request, scope: Scope, memory_ids: list[str]) -> Response:
        store = self._store(request)
        for memory in await self._found(request, scope, memory_ids):
            owner = msgspec.structs.replace(scope, user_id=memory.user_id)
            await stored(store.delete_memories(owner, [memory.memory_id or ""]))
        return Response(status_code=204, media_type="application/json")

    async def _found(self, request: Request, scope: Scope, memory_ids: list[str]) -> list[UserMemory]:
        query = MemoryQuery(memory_ids=memory_ids, limit=0)
        return (await stored(self._store(request).list_memories(scope, query))).rows

    def _store(self, request: Request) -> Store:
        return self._all.registry.store(request.query_params.get("db_id"))


def _scope(request: Request) -> Scope:
    return Scope(user_id=request.query_params.get("user_id") or None)
