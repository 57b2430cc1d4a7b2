"""The server's parts where a client can't reach: races, bursts, failures between two messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from agnolo.agent.agent import Agent
from agnolo.server.admission import Admission, Place, Ticket
from agnolo.server.edge import Edge
from agnolo.server.frames import Frame, frame, merged
from agnolo.server.run_log import RunLog
from agnolo.server.settings import Settings
from agnolo.storage.memory import InMemoryDb
from agnolo.vocabulary.errors import ConfigurationError, StorageError
from agnolo.vocabulary.events import RunContentCompletedEvent, RunContentEvent
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.origin import Origin
from tests.server.client import Client, events_of, started
from tests.server.service import RUNS, Cued, agent, scripted, service, system

pytestmark = pytest.mark.anyio

ORIGIN = Origin(id="a", run_id="r", session_id="s")
OTHER = Origin(id="b", run_id="r2", session_id="s")


def delta(index: int, text: str, *, origin: Origin = ORIGIN, **fields: Any) -> Frame:
    return frame(RunContentEvent(origin=origin, index=index, content=text, created_at=1, **fields))


def told(frames: list[Frame]) -> list[tuple[int | None, str | None, Any]]:
    return [(e.id, e.name, e.data.get("content")) for f in frames for e in events_of(f.sse)]


# ---- merging


async def test_deltas_are_merged_up_to_what_stands_between_them() -> None:
    frames = [
        delta(0, "a", reasoning_content="why"),
        delta(1, "b"),
        frame(RunContentCompletedEvent(origin=ORIGIN, index=2)),
        delta(3, "c"),
        delta(0, "x", origin=OTHER),
        delta(1, "y", origin=OTHER),
        delta(4, "d", content_type="Movie"),
    ]
    result = merged(frames)
    assert told(result) == [
        (1, "RunContent", "ab"),
        (2, "RunContentCompleted", None),
        (3, "RunContent", "c"),
        (1, "RunContent", "xy"),
        (4, "RunContent", "d"),
    ]
    assert events_of(result[0].sse)[0].data["reasoning_content"] == "why"
    assert merged(result) == result


async def test_log_keeps_its_newest_frames_and_its_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agnolo.server.run_log.KEPT_BYTES", 50_000)
    monkeypatch.setattr("agnolo.server.run_log.KEPT_AT_LEAST", 3)
    log = RunLog()
    for index in range(30):
        log.append(delta(index, "x" * 20_000))
        log.trim()
    assert (log.end, log.last and log.last.index) == (30, 29)
    assert [f.index for f in log.since(27)] == [27, 28, 29]
    assert log.after(28) == 29
    assert log.first_index >= 24


# ---- admission


async def test_place_given_up_after_its_turn_is_free_again() -> None:
    admission = Admission(Settings(max_concurrent_runs=1))
    first, second = admission.enter("u"), admission.enter("u")
    assert isinstance(first, Ticket)
    assert isinstance(second, Place)
    first.hand_back()
    first.hand_back()
    assert not second.is_open
    assert isinstance(admission.enter("u"), Place)
    second.give_up()
    third = admission.enter("u")
    assert isinstance(third, Place), "the place in the queue goes first"
    third.give_up()


async def test_place_turned_away_frees_nothing() -> None:
    admission = Admission(Settings(max_concurrent_runs=1))
    running, place = admission.enter(None), admission.enter(None)
    assert isinstance(running, Ticket)
    assert isinstance(place, Place)
    admission.close()
    with pytest.raises(Exception, match="shutting down"):
        await place.ticket()
    place.give_up()
    running.hand_back()


# ---- failures between two messages


async def test_failure_in_a_half_sent_answer_closes_the_connection() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    exchange = Client(Edge(app, Settings(), None)).begin("GET", "/")
    with pytest.raises(ZeroDivisionError):
        await exchange.finished()
    assert (exchange.status, exchange.sent) == (200, [])


class Breaking(Agent):
    """Its events break off without an end."""

    failure: Exception

    def arun(self, *args: Any, **options: Any) -> Any:
        inner: Any = super().arun(*args, **options)

        async def events() -> AsyncGenerator[Any, None]:
            async for event in inner:
                yield event
                if isinstance(event, RunContentEvent):
                    raise self.failure

        return events()


@pytest.mark.parametrize(
    ("failure", "content", "kind"),
    [
        (StorageError("disk gone"), "disk gone", "storage_error"),
        (KeyError("secret"), "Internal server error (KeyError)", "KeyError"),
    ],
)
async def test_stream_that_breaks_ends_with_an_error_all_the_same(failure: Exception, content: str, kind: str) -> None:
    broken = Breaking(id="main-agent", model=scripted(), failure=failure)
    async with started(system(broken).get_app()) as client:
        reply = await client.post(RUNS, {"message": "hi"})
    events = events_of(reply.body)
    assert [e.id for e in events] == list(range(len(events)))
    assert (events[-1].name, events[-1].data["content"], events[-1].data["error_type"]) == ("RunError", content, kind)
    assert b"secret" not in reply.body


async def test_request_that_is_cancelled_leaves_its_run_to_itself(db: InMemoryDb) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream = client.begin("POST", RUNS, form={"message": "hi", "session_id": "s"})
        model.say("a")
        await stream.until(b'"a"')
        run_id = stream.events[0].data["run_id"]
        stream.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stream.task
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"session_id": "s"})
        await other.until(b"subscribed")
        model.end()
        assert [e.name for e in events_of((await other.finished()).body)][-1] == "RunCompleted"


async def test_journal_that_fails_while_a_stream_is_taken_up_is_told(
    db: InMemoryDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise StorageError("disk gone")

    monkeypatch.setattr("agnolo.server.run_log.KEPT_FRAMES", 100)
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream = client.begin("POST", RUNS, form={"message": "hi", "session_id": "s"})
        model.say(*[f"{n} " for n in range(300)], "end")
        await stream.until(b'"end"')
        monkeypatch.setattr(db, "read_frames", fail)
        reply = await client.post(f"{RUNS}/{stream.events[0].data['run_id']}/resume", {"session_id": "s"})
        assert (reply.status, reply.json["detail"]) == (503, "disk gone")
        model.end()
        assert [e.name for e in events_of((await stream.finished()).body)][-1] == "RunCompleted"


# ---- shapes and registry


async def test_runs_show_what_was_asked_in_any_form(db: InMemoryDb) -> None:
    served = agent(scripted(), db=db, num_history_runs=2, update_memory_on_run=False)
    for asked in ("text", Message(role="user", content="a message"), {"a": 1}):
        await served.arun(asked, session_id="s")
    async with started(system(served).get_app()) as client:
        runs = (await client.get("/sessions/s/runs")).json
        (listed,) = (await client.get("/agents")).json
    assert [run["run_input"] for run in runs] == ["text", "a message", '{"a":1}']
    assert listed["sessions"] == {
        "session_table": "agno_sessions",
        "add_history_to_context": True,
        "num_history_runs": 2,
    }


async def test_runs_of_a_session_are_filtered_by_status_and_time(db: InMemoryDb) -> None:
    async with started(service(db=db)) as client:
        run = (await client.post(RUNS, {"message": "hi", "stream": "false", "session_id": "s"})).json
        at = run["created_at"]

        async def found(query: str) -> int:
            return len((await client.get(f"/sessions/s/runs?{query}")).json)

        assert [await found(q) for q in ("status=completed", "status=ERROR")] == [1, 0]
        assert [await found(f"created_after={at + n}") for n in (0, 1)] == [1, 0]
        assert [await found(f"created_before={at + n}") for n in (0, -1)] == [1, 0]
        assert await found("created_after=2020-01-01T00:00:00Z") == 1
        missing = await client.get(f"/sessions/other/runs/{run['run_id']}")
    assert (missing.status, missing.json["detail"]) == (404, "Session with ID other not found")


async def test_deleted_session_is_gone_with_its_runs(db: InMemoryDb) -> None:
    async with started(service(db=db)) as client:
        run = (await client.post(RUNS, {"message": "hi", "stream": "false", "session_id": "s"})).json
        assert (await client.request("DELETE", "/sessions/s")).status == 204
        assert (await client.get("/sessions/s")).status == 404
        assert (await client.get(f"{RUNS}/{run['run_id']}?session_id=s")).status == 404


async def test_databases_with_one_id_are_refused() -> None:
    second = agent(db=InMemoryDb(id="same"))
    second.id = "second"
    with pytest.raises(ConfigurationError, match="two databases have the id 'same'"):
        system(agent(db=InMemoryDb(id="same")), second)


async def test_details_of_health_are_for_those_who_have_the_key(db: InMemoryDb) -> None:
    async with started(service(db=db, security_key="s3cret")) as client:
        public = (await client.get("/health")).json
        full = (await client.get("/health", headers={"authorization": "Bearer s3cret"})).json
    assert public.keys() == {"status", "instantiated_at"}
    assert full.keys() == {"status", "instantiated_at", "providers", "breakers", "store"}
    assert len(full["providers"]) >= 9
    assert {"provider", "status", "capabilities", "missing"} <= full["providers"][0].keys()


async def test_teams_and_workflows_are_empty_lists_and_docs_lists_the_routes() -> None:
    async with started(service()) as client:
        assert [(await client.get(path)).json for path in ("/teams", "/workflows")] == [[], []]
        page = (await client.get("/docs")).body.decode()
    assert "/agents/{agent_id}/runs/{run_id}/resume" in page
    assert "Run the agent on a message" in page
