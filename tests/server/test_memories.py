"""Memories over HTTP: whose they are, what is refused, and the faults of bodies and queries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agnolo.storage.memory import InMemoryDb
from agnolo.vocabulary import codec
from tests.server.client import Client, Reply, started
from tests.server.service import service

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(db: InMemoryDb) -> AsyncIterator[Client]:
    async with started(service(db=db)) as client:
        yield client


async def send(client: Client, method: str, path: str, body: Any) -> Reply:
    return await client.request(method, path, content=codec.dumps(body), headers={"content-type": "application/json"})


async def remember(client: Client, text: str, user: str, *topics: str) -> str:
    reply = await send(client, "POST", "/memories", {"memory": text, "user_id": user, "topics": list(topics)})
    assert reply.status == 200
    return reply.json["memory_id"]


async def texts(client: Client, query: str = "") -> list[str]:
    found = (await client.get(f"/memories?sort_by=memory&sort_order=asc&{query}")).json
    return [memory["memory"] for memory in found["data"]]


async def test_memories_are_listed_by_user_text_and_topics_in_pages(client: Client) -> None:
    await remember(client, "sails", "ada", "sea", "hobby")
    await remember(client, "drinks tea", "ada", "food")
    await remember(client, "climbs", "bob", "hobby")
    queries = ("", "user_id=ada", "topics=hobby", "topics=hobby&topics=sea", "search_content=TEA", "agent_id=x")
    assert [await texts(client, query) for query in queries] == [
        ["climbs", "drinks tea", "sails"], ["drinks tea", "sails"], ["climbs", "sails"], ["sails"], ["drinks tea"], [],
    ]  # fmt: skip
    page = (await client.get("/memories?limit=2&page=2&sort_by=memory&sort_order=asc")).json
    assert [memory["memory"] for memory in page["data"]] == ["sails"]
    assert {k: v for k, v in page["meta"].items() if k != "search_time_ms"} == {
        "page": 2, "limit": 2, "total_pages": 2, "total_count": 3,
    }  # fmt: skip
    assert (await client.get("/memory_topics")).json == ["food", "hobby", "sea"]
    counts = (await client.get("/user_memory_stats")).json["data"]
    assert {count["user_id"]: count["total_memories"] for count in counts} == {"ada": 2, "bob": 1}
    assert (await client.get("/user_memory_stats?limit=1&page=3")).json["meta"]["total_count"] == 2


async def test_foreign_memories_are_neither_shown_changed_nor_forgotten(client: Client) -> None:
    hers = await remember(client, "sails", "ada")
    assert (await client.get(f"/memories/{hers}?user_id=bob")).status == 404
    assert (await send(client, "PATCH", f"/memories/{hers}", {"memory": "sinks", "user_id": "bob"})).status == 200
    assert (await client.request("DELETE", f"/memories/{hers}?user_id=bob")).status == 204
    assert (await send(client, "DELETE", "/memories", {"memory_ids": [hers], "user_id": "bob"})).status == 204
    assert await texts(client) == ["sails"]


async def test_a_memory_is_replaced_and_forgotten_by_its_id(client: Client) -> None:
    hers = await remember(client, "sails", "ada", "sea")
    changed = await send(client, "PATCH", f"/memories/{hers}", {"memory": "rows", "user_id": "ada"})
    assert (changed.json["memory"], changed.json["topics"]) == ("rows", [])
    assert await texts(client) == ["rows"]
    assert (await client.request("DELETE", f"/memories/{hers}")).status == 204
    assert (await client.get(f"/memories/{hers}")).status == 404


@pytest.mark.parametrize(
    ("body", "place", "kind"),
    [
        ({"user_id": "ada"}, ["memory"], "missing"),
        ({"memory": None, "user_id": "ada"}, ["memory"], "string_type"),
        ({"memory": "", "user_id": "ada"}, ["memory"], "string_too_short"),
        ({"memory": "a" * 5001, "user_id": "ada"}, ["memory"], "string_too_long"),
        ({"memory": 7, "user_id": "ada"}, ["memory"], "string_type"),
        ({"memory": "a", "topics": "sea"}, ["topics"], "list_type"),
        ({"memory": "a", "topics": ["sea", 7]}, ["topics", 1], "string_type"),
    ],
)
async def test_a_field_at_fault_is_named(client: Client, body: Any, place: list[Any], kind: str) -> None:
    reply = await send(client, "POST", "/memories", body)
    assert reply.status == 422
    assert [(fault["loc"], fault["type"]) for fault in reply.json["detail"]] == [(["body", *place], kind)]
    assert await texts(client) == []


async def test_a_memory_of_nobody_is_refused(client: Client) -> None:
    reply = await send(client, "POST", "/memories", {"memory": "sails"})
    assert (reply.status, "whose" in reply.json["detail"]) == (400, True)


@pytest.mark.parametrize("query", ["limit=0", "limit=9999", "limit=x", "page=0", "sort_order=up"])
async def test_a_bad_page_is_refused_by_name(client: Client, query: str) -> None:
    reply = await client.get(f"/memories?{query}")
    assert (reply.status, reply.json["detail"][0]["loc"]) == (422, ["query", query.partition("=")[0]])
