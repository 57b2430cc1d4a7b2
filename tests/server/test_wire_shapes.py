"""Answers have the keys and kinds of the reference's, taken from its recorded traffic (reference_shapes.json)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agnolo.vocabulary.errors import ModelProviderError
from tests.server.client import Client, Reply, events_of, started
from tests.server.forms_of import differences, form_of
from tests.server.service import HELLO, RUNS, WEATHER, Cued, agent, scripted, service, system

pytestmark = pytest.mark.anyio

REFERENCE: dict[str, Any] = json.loads((Path(__file__).parent / "reference_shapes.json").read_text())

OF_ITS_MODEL = frozenset({"model_provider_data", "provider_data", "reasoning_content", "details", "metrics"})
"""What the recorded provider says of itself, and how its tokens are counted."""

NOT_YET = frozenset({"knowledge", "requires_confirmation", "external_execution", "knowledge_instances"})


def assert_same(name: str, reply: Reply, *, ignore: frozenset[str] = OF_ITS_MODEL) -> None:
    known = REFERENCE[name]
    assert reply.status == known["status"], reply.body
    if "body" in known:
        assert reply.json == known["body"]
    else:
        assert differences(form_of(reply.json), known["form"], ignore=ignore) == []


def assert_same_events(name: str, reply: Reply, *, ignore: frozenset[str] = OF_ITS_MODEL) -> None:
    known = REFERENCE[name]
    assert (reply.status, reply.headers["content-type"]) == (known["status"], known["content_type"])
    told = {event.name: form_of(event.data) for event in events_of(reply.body) if event.name}
    assert told.keys() <= known["events"].keys() | {"ToolCallError"}
    for event, form in told.items():
        assert differences(form, known["events"][event], at=event, ignore=ignore) == []


@pytest.fixture
async def client(db: Any) -> AsyncIterator[Client]:
    async with started(service(db=db)) as client:
        yield client


async def first_run(client: Client, **more: str) -> Any:
    form = {"message": "hi", "stream": "false", "session_id": "sess-0001", "user_id": "u1"} | more
    reply = await client.post(RUNS, form)
    assert reply.status == 200
    return reply.json


async def test_server_facts(client: Client) -> None:
    assert_same("get_root", await client.get("/"))
    assert_same("get_info", await client.get("/info"), ignore=frozenset({"tool_run_endpoint"}))
    assert_same("get_config", await client.get("/config"), ignore=NOT_YET | {"dbs"})
    health = (await client.get("/health")).json
    assert {"status", "instantiated_at"} <= health.keys()
    assert form_of(health["instantiated_at"]) == REFERENCE["get_health"]["form"]["instantiated_at"]


async def test_databases_of_the_configuration(client: Client) -> None:
    config, known = (await client.get("/config")).json, REFERENCE["get_config"]["form"]
    for domain in ("session", "memory"):
        assert form_of(config[domain]) == known[domain]
    assert config["databases"] == ["main-db"]


async def test_agents(client: Client) -> None:
    assert_same("get_agents", await client.get("/agents"), ignore=NOT_YET)
    one = await client.get("/agents/main-agent")
    assert one.json == (await client.get("/agents")).json[0]
    assert_same("get_agent_404", await client.get("/agents/nope"))


async def test_trailing_slash_is_the_same_place(client: Client) -> None:
    assert (await client.get("/agents/")).json == (await client.get("/agents")).json


async def test_run_as_json(client: Client) -> None:
    assert_same("agent_run_nonstream", await client.post(RUNS, {"message": "hi", "stream": "false", "user_id": "u1"}))


async def test_run_as_json_with_a_tool(db: Any) -> None:
    async with started(service(scripted(*WEATHER), db=db)) as client:
        reply = await client.post(RUNS, {"message": "weather", "stream": "false", "user_id": "u1"})
    known = REFERENCE["agent_run_nonstream_tool"]["form"]
    assert differences(form_of(reply.json), known, ignore=OF_ITS_MODEL | {"messages", "tools"}) == []
    assert {message["role"] for message in reply.json["messages"]} == {"system", "user", "assistant", "tool"}
    assert reply.json["tools"][0]["result"] == "Sunny in Paris"


async def test_failed_run_as_json(db: Any) -> None:
    async with started(service(scripted(ModelProviderError("fake upstream failure")), db=db)) as client:
        reply = await client.post(RUNS, {"message": "fail", "stream": "false"})
    assert_same("agent_run_model_error_nonstream", reply)
    assert reply.json["content"] == "fake upstream failure"


async def test_run_as_stream(client: Client) -> None:
    assert_same_events("agent_run_stream", await client.post(RUNS, {"message": "hi", "user_id": "u1"}))


async def test_run_as_stream_with_a_tool(db: Any) -> None:
    async with started(service(scripted(*WEATHER), db=db)) as client:
        reply = await client.post(RUNS, {"message": "weather"})
    assert_same_events("agent_run_stream_tool", reply)


async def test_failed_run_as_stream(db: Any) -> None:
    async with started(service(scripted(ModelProviderError("fake upstream failure")), db=db)) as client:
        reply = await client.post(RUNS, {"message": "fail"})
    assert_same_events("agent_run_model_error_stream", reply)
    assert events_of(reply.body)[-1].data["error_type"] == "model_provider_error"


async def test_cancelled_run_as_stream(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream = client.begin("POST", RUNS, form={"message": "slow"})
        model.say("one ")
        await stream.until(b"one ")
        run_id = stream.events[0].data["run_id"]
        assert_same("agent_cancel_unknown", await client.post(f"{RUNS}/{run_id}/cancel"))
        reply = await stream.finished()
    assert_same_events("agent_run_stream_cancelled", reply)
    assert [event.name for event in events_of(reply.body)][-2:] == ["RunContent", "RunCancelled"]
    assert events_of(reply.body)[-1].data["reason"] == f"Run {run_id} was cancelled"


async def test_stream_without_events_is_content_only(client: Client) -> None:
    reply = await client.post(RUNS, {"message": "hi", "stream_events": "false"})
    assert_same_events("agent_run_stream_events_off", reply)
    assert {event.name for event in events_of(reply.body)} == {"RunContent"}
    assert "".join(event.data["content"] for event in events_of(reply.body)) == HELLO


async def test_background_run_and_polling(client: Client) -> None:
    form = {"message": "hi", "stream": "false", "background": "true", "session_id": "sess-bg", "user_id": "u1"}
    accepted = await client.post(RUNS, form)
    assert_same("agent_run_background_nonstream", accepted)
    assert accepted.json["status"] == "PENDING"
    run_id = accepted.json["run_id"]
    await client.post(f"{RUNS}/{run_id}/resume", {"session_id": "sess-bg"})
    assert_same("agent_run_poll_done", await client.get(f"{RUNS}/{run_id}?session_id=sess-bg"))
    assert_same("agent_run_poll_no_session", await client.get(f"{RUNS}/{run_id}"))
    assert_same("agent_run_poll_404", await client.get(f"{RUNS}/nope?session_id=sess-bg"))


async def test_background_stream_carries_its_indexes(client: Client) -> None:
    form = {"message": "hi", "background": "true", "session_id": "sess-bg2", "user_id": "u1"}
    reply = await client.post(RUNS, form)
    assert_same_events("agent_run_background_stream", reply)
    assert all(event.data["event_index"] == event.id for event in events_of(reply.body))


async def test_resuming_a_finished_run(client: Client) -> None:
    run = await client.post(RUNS, {"message": "hi", "session_id": "s", "background": "true"})
    run_id = events_of(run.body)[0].data["run_id"]
    reply = await client.post(f"{RUNS}/{run_id}/resume", {"session_id": "s", "last_event_index": "5"})
    assert_same_events("agent_resume_completed", reply)
    assert_same_events("agent_resume_unknown", await client.post(f"{RUNS}/nope/resume", {"session_id": "s"}))


async def test_resuming_a_run_under_way(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        first = client.begin("POST", RUNS, form={"message": "slow", "background": "true", "session_id": "s"})
        model.say("one ", "two ")
        await first.until(b"two ")
        run_id = first.events[0].data["run_id"]
        second = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"session_id": "s", "last_event_index": "2"})
        await second.until(b"subscribed")
        model.end()
        assert_same_events("agent_resume_live", await second.finished())
        await first.finished()


@pytest.mark.parametrize(
    ("name", "form"),
    [("agent_run_no_message", {"stream": "false"}), ("agent_run_no_message", {"stream": "false", "message": ""})],
)
async def test_message_is_required(client: Client, name: str, form: dict[str, str]) -> None:
    assert_same(name, await client.post(RUNS, form))


async def test_run_errors(client: Client) -> None:
    hi = {"message": "hi", "stream": "false"}
    assert_same("agent_run_404", await client.post("/agents/nope/runs", hi))
    json_body = json.dumps({"message": "hi", "stream": False}).encode()
    reply = await client.post(RUNS, content=json_body, headers={"content-type": "application/json"})
    assert_same("agent_run_json_body", reply)
    weird = [("files", "a.bin", "application/x-weird", b"x")]
    assert_same("agent_run_bad_file", await client.post(RUNS, hi, files=weird))
    assert_same("agent_run_bad_metadata", await client.post(RUNS, hi | {"metadata": "[1]"}))


async def test_continue_errors(client: Client) -> None:
    session = {"session_id": "s", "stream": "false"}
    assert_same("agent_continue_404run", await client.post(f"{RUNS}/nope/continue", session))
    assert_same("agent_continue_bad_json", await client.post(f"{RUNS}/nope/continue", session | {"tools": "{bad"}))
    assert_same("agent_continue_no_session", await client.post(f"{RUNS}/nope/continue", {"stream": "false"}))


async def test_sessions(client: Client) -> None:
    await first_run(client)
    listed = await client.get("/sessions?type=agent&component_id=main-agent&db_id=main-db&limit=3&page=1&user_id=u1")
    assert_same("sessions_list", listed)
    assert listed.json["meta"]["total_count"] == 1
    assert_same("session_get", await client.get("/sessions/sess-0001?type=agent&db_id=main-db&user_id=u1"))
    assert_same("session_runs", await client.get("/sessions/sess-0001/runs?type=agent&db_id=main-db&user_id=u1"))


async def test_session_errors(client: Client) -> None:
    assert_same("sessions_list_bad_db", await client.get("/sessions?type=agent&db_id=nope"))
    assert_same("sessions_list_bad_type", await client.get("/sessions?type=zzz"))
    assert_same("session_get_404", await client.get("/sessions/nope?type=agent"))
    assert_same("session_runs_404", await client.get("/sessions/nope/runs?type=agent&db_id=main-db"))
    deleted = await client.request("DELETE", "/sessions/nope?db_id=main-db")
    assert (deleted.status, deleted.body) == (REFERENCE["session_delete_404"]["status"], b"")


async def test_runs_of_a_session(client: Client) -> None:
    run_id = (await first_run(client))["run_id"]
    assert_same("session_run_get", await client.get(f"/sessions/sess-0001/runs/{run_id}?type=agent"))
    assert_same("agent_runs_list", await client.get(f"{RUNS}?session_id=sess-0001&user_id=u1"))


async def test_renaming_a_session(client: Client) -> None:
    await first_run(client, session_state='{"k": 1}')
    body = json.dumps({"session_name": "Renamed"}).encode()
    reply = await client.request("POST", "/sessions/sess-0001/rename?type=agent&user_id=u1", content=body)
    assert_same(
        "session_rename", reply, ignore=OF_ITS_MODEL | {"agent_data", "total_tokens", "metadata", "session_summary"}
    )
    assert reply.json["session_name"] == "Renamed"
    assert_same("session_rename_noname", await client.request("POST", "/sessions/sess-0001/rename", content=b"{}"))


async def test_unknown_places_and_methods(client: Client) -> None:
    assert_same("not_found", await client.get("/zzz"))
    wrong = await client.request("PUT", "/agents")
    assert_same("method_not_allowed", wrong)
    assert sorted(wrong.headers["allow"].split(", ")) == ["GET", "HEAD"]


async def test_session_of_another_user_is_not_found(client: Client) -> None:
    await first_run(client)
    reply = await client.post(RUNS, {"message": "hi", "stream": "false", "session_id": "sess-0001", "user_id": "bob"})
    assert_same("iso_bob_run_in_alice_session", reply)
    streamed = await client.post(RUNS, {"message": "hi", "session_id": "sess-0001", "user_id": "bob"})
    assert_same("iso_bob_run_in_alice_session", streamed)


async def test_cors() -> None:
    async with started(service()) as client:
        page = {"origin": "http://localhost:3000"}
        asked = page | {
            "access-control-request-method": "GET",
            "access-control-request-headers": "authorization,content-type",
        }
        for name, method, path, headers in (
            ("cors_get", "GET", "/health", page),
            ("cors_get_other", "GET", "/health", {"origin": "http://evil.example"}),
            ("cors_preflight", "OPTIONS", "/agents", asked),
        ):
            reply = await client.request(method, path, headers=headers)
            assert reply.status == REFERENCE[name]["status"]
            known = REFERENCE[name]["headers"] | {"access-control-allow-methods": "", "vary": ""}
            ours = reply.headers | {"access-control-allow-methods": "", "vary": ""}
            assert known.items() <= ours.items()
            assert "access-control-allow-origin" in known or "access-control-allow-origin" not in ours


async def test_security_key_errors() -> None:
    async with started(system(agent(), security_key="s3cret").get_app()) as client:
        assert_same("auth_key_missing", await client.get("/agents"))
        assert_same("auth_key_bad", await client.get("/agents", headers={"authorization": "Bearer nope"}))
        assert (await client.get("/agents", headers={"authorization": "Bearer s3cret"})).status == 200
