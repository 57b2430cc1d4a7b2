"""Sessions made, changed and deleted over HTTP, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agnolo import Agent, AgentOS, ScriptedModel
from agnolo.storage.memory import InMemoryDb
from tests.server.client import Client, started
from tests.server.service import HELLO, RUNS, service
from tests.server.test_memories import send

pytestmark = pytest.mark.anyio

LOG = {"session_id": "s", "session_name": "Log", "session_state": {"n": 1}, "user_id": "ada", "agent_id": "main-agent"}


@pytest.fixture
async def client(db: InMemoryDb) -> AsyncIterator[Client]:
    async with started(service(db=db)) as client:
        yield client


async def test_a_session_is_made_before_its_first_run_and_then_used_by_it(client: Client) -> None:
    made = await send(client, "POST", "/sessions?type=agent", LOG | {"metadata": {"shelf": 1}})
    assert (made.status, made.json["session_state"], made.json["chat_history"]) == (201, {"n": 1}, [])
    run = {"message": "hi", "stream": "false", "session_id": "s", "user_id": "ada"}
    assert (await client.post(RUNS, run)).json["session_state"] == {"n": 1}
    assert (await client.post(RUNS, run | {"user_id": "bob"})).status == 404
    again = await send(client, "POST", "/sessions?type=agent", LOG)
    assert (again.status, "already exists" in again.json["detail"]) == (409, True)


async def test_a_summary_that_is_none_is_refused(client: Client) -> None:
    await send(client, "POST", "/sessions?type=agent", LOG)
    for given in ({"topics": ["a"]}, {"summary": 3}, {"summary": "a", "updated_at": "soon"}):
        refused = await send(client, "PATCH", "/sessions/s", {"summary": given})
        assert (refused.status, refused.json["detail"][0]["loc"]) == (422, ["body", "summary"])
    dated = {"summary": "a", "updated_at": "2026-01-02T03:04:05"}
    assert (await send(client, "PATCH", "/sessions/s", {"summary": dated})).json["session_summary"] == dated


async def test_a_session_is_shown_with_the_summary_of_the_run_just_answered(db: InMemoryDb) -> None:
    model = ScriptedModel(["hi", '{"summary": "They met.", "topics": ["greeting"]}'])
    agent = Agent(model=model, id="main-agent", db=db, enable_session_summaries=True)
    async with started(AgentOS(agents=[agent], telemetry=False).get_app()) as client:
        await client.post(RUNS, {"message": "hello", "stream": "false", "session_id": "s"})
        shown = (await client.get("/sessions/s?type=agent")).json
        sessions = (await client.get("/agents/main-agent")).json["sessions"]
    assert (shown["session_summary"]["summary"], sessions["enable_session_summaries"]) == ("They met.", True)
    assert shown["metrics"]["details"].keys() == {"model", "session_summary_model"}


async def test_an_empty_session_has_neither_state_nor_metrics(client: Client) -> None:
    made = await send(client, "POST", "/sessions", {"session_id": "s"})
    listed = (await client.get("/sessions")).json["data"]
    assert not {"session_state", "metrics"} & {*made.json, *listed[0]}
    assert (made.json["session_id"], len(listed)) == ("s", 1)


async def test_an_update_changes_what_it_names_and_leaves_the_rest(client: Client) -> None:
    await send(client, "POST", "/sessions", LOG)
    await send(client, "PATCH", "/sessions/s", {"metadata": {"shelf": 2}})
    told = (await send(client, "PATCH", "/sessions/s", {"session_state": {"n": 2}, "summary": {"summary": "x"}})).json
    assert (told["session_name"], told["session_state"], told["metadata"]) == ("Log", {"n": 2}, {"shelf": 2})
    assert told["session_summary"] == {"summary": "x"}
    assert (await send(client, "PATCH", "/sessions/s?user_id=bob", {"session_name": "x"})).status == 404
    assert (await send(client, "PATCH", "/sessions/none", {"session_name": "x"})).status == 404


async def test_several_sessions_are_deleted_at_once_but_not_foreign_ones(client: Client) -> None:
    for name in ("a", "b", "c"):
        await send(client, "POST", "/sessions", {"session_id": name, "user_id": "ada"})
    both = {"session_ids": ["a", "b"], "session_types": ["agent", "agent"]}
    assert (await send(client, "DELETE", "/sessions?user_id=bob", both)).status == 204
    assert (await client.get("/sessions")).json["meta"]["total_count"] == 3
    assert (await send(client, "DELETE", "/sessions", both)).status == 204
    assert [row["session_id"] for row in (await client.get("/sessions")).json["data"]] == ["c"]
    assert (await send(client, "DELETE", "/sessions", both | {"session_types": ["agent"]})).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "places"),
    [
        ("POST", "/sessions", {"session_id": 1, "metadata": []}, [["session_id"], ["metadata"]]),
        ("PATCH", "/sessions/s", {"session_state": "x"}, [["session_state"]]),
        ("DELETE", "/sessions", {"session_ids": []}, [["session_ids"], ["session_types"]]),
        ("DELETE", "/sessions", {"session_ids": ["s"], "session_types": ["x"]}, [["session_types", 0]]),
    ],
)
async def test_all_fields_at_fault_are_named_at_once(
    client: Client, method: str, path: str, body: Any, places: list[Any]
) -> None:
    reply = await send(client, method, path, body)
    assert reply.status == 422
    assert [fault["loc"] for fault in reply.json["detail"]] == [["body", *place] for place in places]


async def test_a_body_of_another_form_and_one_that_is_too_long_are_refused(db: InMemoryDb) -> None:
    async with started(service(db=db, max_body_bytes=100)) as client:
        assert (await send(client, "POST", "/sessions", [1])).status == 422
        assert (await send(client, "POST", "/sessions", {"session_name": "a" * 200})).status == 413


async def test_previews_tell_a_run_in_a_few_words(client: Client) -> None:
    run = (await client.post(RUNS, {"message": "hi", "stream": "false", "session_id": "s"})).json
    told = (await client.get("/sessions/s/run-previews")).json
    assert [(one["run_id"], one["run_input"], one["content_preview"]) for one in told] == [(run["run_id"], "hi", HELLO)]
    assert "messages" not in told[0]
    assert (await client.get("/sessions/none/run-previews")).status == 404
