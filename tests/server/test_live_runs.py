"""Runs under way: who reads them, who leaves, what a slow reader gets, what can be taken up again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.client import Client, Event, Exchange, events_of, started
from tests.server.service import RUNS, Cued, scripted, service


def text_of(events: list[Event]) -> str:
    return "".join(event.data["content"] for event in events if event.name == "RunContent")


def ids_of(events: list[Event]) -> list[int]:
    return [event.id for event in events if event.id is not None]


def names_of(events: list[Event]) -> list[str | None]:
    return [event.name for event in events]


async def begin(client: Client, model: Cued, *said: str, **form: str) -> tuple[Exchange, str]:
    """A stream that has told these words, and its run's id."""
    stream = client.begin("POST", RUNS, form={"message": "hi", "session_id": "s"} | form)
    model.say(*said)
    await stream.until(said[-1].encode())
    return stream, stream.events[0].data["run_id"]


async def resumed(client: Client, run_id: str, **form: str) -> list[Event]:
    reply = await client.post(f"{RUNS}/{run_id}/resume", {"session_id": "s"} | form)
    assert reply.status == 200
    return events_of(reply.body)


async def status_of(client: Client, run_id: str) -> str:
    return (await client.get(f"{RUNS}/{run_id}?session_id=s")).json["status"]


# ---- frames


@pytest.mark.anyio
async def test_ids_are_the_indexes_of_the_events_without_a_gap() -> None:
    words = " ".join(str(n) for n in range(1000))
    async with started(service(scripted(words))) as client:
        events = events_of((await client.post(RUNS, {"message": "hi"})).body)
    assert ids_of(events) == list(range(len(events)))
    assert text_of(events) == words
    assert names_of(events)[-1] == "RunCompleted"


@pytest.mark.anyio
async def test_words_of_one_moment_go_out_in_one_message() -> None:
    model = Cued()
    async with started(service(model)) as client:
        stream, _ = await begin(client, model, "a")
        before = len(stream.sent)
        model.say("b", "c", "d")
        await stream.until(b'"d"')
        assert len(stream.sent) == before + 1
        model.end()
        await stream.finished()


# ---- silence


@pytest.mark.anyio
async def test_silence_is_filled_with_heartbeats() -> None:
    model = Cued()
    async with started(service(model, heartbeat_seconds=0.001)) as client:
        stream, _ = await begin(client, model, "a")
        await stream.until(b"\n\n: heartbeat\n\n: heartbeat\n\n")
        model.end()
        events = events_of((await stream.finished()).body)
    assert names_of(events)[-1] == "RunCompleted"
    assert {event.comment for event in events} == {None, "heartbeat"}


@pytest.mark.anyio
async def test_client_that_never_reads_is_let_go_and_the_run_goes_on(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db, stall_seconds=0.001)) as client:
        stream, run_id = await begin(client, model, "a")
        stream.hold()
        model.say("b")
        await stream.task
        assert not stream.ended
        model.end()
        assert text_of(await resumed(client, run_id)) == "ab"
        assert await status_of(client, run_id) == "COMPLETED"


# ---- slow readers


@pytest.mark.anyio
async def test_slow_reader_gets_the_same_text_in_fewer_frames() -> None:
    model = Cued()
    async with started(service(model, reader_frames=8)) as client:
        stream, run_id = await begin(client, model, "start ")
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={})
        await other.until(b"subscribed")
        stream.hold()
        words = [f"{n} " for n in range(100)]
        for word in words:
            model.say(word)
            await other.until(f'"{word}"'.encode())
        stream.read_on()
        model.end()
        slow, fast = events_of((await stream.finished()).body), events_of((await other.finished()).body)
    assert text_of(slow) == text_of(fast) == "start " + "".join(words)
    assert len(slow) < 40 < len(fast)
    assert ids_of(slow) == sorted(set(ids_of(slow)))
    assert names_of(slow)[-1] == names_of(fast)[-1] == "RunCompleted"


@pytest.mark.anyio
async def test_reader_that_is_too_slow_is_cut_off_and_can_resume_without_a_gap(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db, reader_frames=4, reader_bytes=2000)) as client:
        stream, run_id = await begin(client, model, "a")
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"session_id": "s"})
        await other.until(b"subscribed")
        stream.hold()
        for word in ("b", "c" * 3000, "d"):
            model.say(word)
            await other.until(f'"{word}"'.encode())
        stream.read_on()
        cut = events_of((await stream.finished()).body)
        last = ids_of(cut)[-1]
        assert cut[-1].comment == f"reader is too slow; resume with last_event_index={last}"
        model.end()
        await other.finished()
        rest = await resumed(client, run_id, last_event_index=str(last))
    assert ids_of(cut) + ids_of(rest) == list(range(ids_of(rest)[-1] + 1))
    assert text_of(cut) + text_of(rest) == "ab" + "c" * 3000 + "d"
    assert names_of(rest)[-1] == "RunCompleted"


# ---- leaving


@pytest.mark.anyio
async def test_client_that_leaves_cancels_its_run_which_keeps_what_it_had(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "one ", "two ")
        stream.leave()
        await stream.task
        assert names_of(await resumed(client, run_id))[-1] == "RunCancelled"
        run = (await client.get(f"{RUNS}/{run_id}?session_id=s")).json
    assert (run["status"], run["content"]) == ("CANCELLED", "one two ")


@pytest.mark.anyio
async def test_client_that_leaves_a_run_others_read_does_not_end_it(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "a")
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"session_id": "s"})
        await other.until(b"subscribed")
        stream.leave()
        await stream.task
        model.say("b")
        model.end()
        assert names_of(events_of((await other.finished()).body))[-1] == "RunCompleted"


@pytest.mark.anyio
async def test_last_reader_to_leave_ends_a_run(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "a")
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"session_id": "s"})
        await other.until(b"subscribed")
        for each in (stream, other):
            each.leave()
            await each.task
        assert names_of(await resumed(client, run_id))[-1] == "RunCancelled"


@pytest.mark.anyio
async def test_background_run_survives_its_client(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "a", background="true")
        stream.leave()
        await stream.task
        model.say("b")
        model.end()
        events = await resumed(client, run_id)
        assert await status_of(client, run_id) == "COMPLETED"
    assert (text_of(events), names_of(events)[-1]) == ("ab", "RunCompleted")


@pytest.mark.anyio
async def test_client_that_leaves_a_run_it_waits_for_cancels_it(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        waiting = client.begin("POST", RUNS, form={"message": "hi", "session_id": "s", "stream": "false"})
        await model.asked.wait()
        (run,) = (await client.get("/sessions/s/runs")).json
        assert run["status"] == "RUNNING"
        other = client.begin("POST", f"{RUNS}/{run['run_id']}/resume", form={"session_id": "s"})
        await other.until(b"subscribed")
        waiting.leave()
        await waiting.task
        assert (waiting.status, waiting.sent) == (0, [])
        told = events_of((await other.finished()).body)
        assert told[-1].comment == "this run was not streamed; read its result"
        assert await status_of(client, run["run_id"]) == "CANCELLED"


# ---- taking up again


@pytest.mark.anyio
async def test_resume_by_header_or_form_tells_what_was_missed(db: Any) -> None:
    async with started(service(db=db)) as client:
        first = events_of((await client.post(RUNS, {"message": "hi", "session_id": "s"})).body)
        run_id = first[0].data["run_id"]
        by_form = await resumed(client, run_id, last_event_index="4")
        reply = await client.post(f"{RUNS}/{run_id}/resume", {"session_id": "s"}, headers={"last-event-id": "4"})
    assert events_of(reply.body) == by_form
    assert by_form[0] == Event(None, None, retry=1000)
    total = len(first)
    assert by_form[1].data == {
        "event": "replay",
        "run_id": run_id,
        "status": "COMPLETED",
        "total_events": total - 5,
        "total_buffered": total,
        "last_event_index_requested": 4,
        "message": f"Run COMPLETED. Replaying {total - 5} missed events (of {total} total).",
    }
    told = [(e.name, e.id, {k: v for k, v in e.data.items() if k != "event_index"}) for e in by_form[2:]]
    assert told == [(e.name, e.id, e.data) for e in first[5:]]
    assert all(e.data["event_index"] == e.id for e in by_form[2:])


@pytest.mark.anyio
async def test_resume_joins_a_run_under_way_without_gap_or_repetition(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "a", "b")
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"session_id": "s", "last_event_index": "1"})
        await other.until(b"subscribed")
        model.say("c")
        model.end()
        first, second = events_of((await stream.finished()).body), events_of((await other.finished()).body)
    assert ids_of(second) == ids_of(first)[2:]
    assert [e.name for e in second if e.id is None] == [None, "catch_up", "subscribed"]
    catch_up = second[1].data
    assert (catch_up["status"], catch_up["missed_events"], catch_up["current_event_count"]) == ("running", 2, 4)


@pytest.mark.anyio
async def test_resume_with_nothing_missed_only_subscribes() -> None:
    model = Cued()
    async with started(service(model)) as client:
        stream, run_id = await begin(client, model, "a")
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"last_event_index": "2"})
        await other.until(b"subscribed")
        model.end()
        await stream.finished()
        told = events_of((await other.finished()).body)
    assert names_of(told)[:3] == [None, "subscribed", "ModelRequestCompleted"]


@pytest.mark.anyio
async def test_run_without_a_database_can_be_resumed_from_memory() -> None:
    async with started(service()) as client:
        first = events_of((await client.post(RUNS, {"message": "hi", "session_id": "s"})).body)
        told = await resumed(client, first[0].data["run_id"], last_event_index="0")
    assert ids_of(told) == ids_of(first)[1:]
    assert told[1].data["status"] == "COMPLETED"


@pytest.mark.anyio
async def test_failed_run_without_a_database_is_resumed_as_failed() -> None:
    model = Cued()
    async with started(service(model)) as client:
        stream, run_id = await begin(client, model, "a")
        model.say(RuntimeError("boom"))
        await stream.finished()
        told = await resumed(client, run_id)
    assert (told[1].data["status"], told[-1].name) == ("ERROR", "RunError")


@pytest.mark.parametrize("form", [{"session_id": "other"}, {"user_id": "bob"}])
@pytest.mark.anyio
async def test_run_of_another_session_or_user_is_not_resumed(db: Any, form: dict[str, str]) -> None:
    model = Cued()
    unknown = "Run {} not found in buffer or database"
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "a", user_id="alice")
        assert [e.data for e in await resumed(client, run_id, **form)] == [
            {"event": "error", "error": unknown.format(run_id)}
        ]
        model.end()
        await stream.finished()
        assert [e.data["error"] for e in await resumed(client, run_id, **form)] == [unknown.format(run_id)]


@pytest.mark.anyio
async def test_events_dropped_from_memory_come_from_the_journal(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agnolo.server.run_log.KEPT_FRAMES", 600)
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, *[f"{n} " for n in range(2000)], "end")
        other = client.begin("POST", f"{RUNS}/{run_id}/resume", form={"session_id": "s"})
        await other.until(b"subscribed")
        model.end()
        await stream.finished()
        told = events_of((await other.finished()).body)
    assert ids_of(told) == list(range(len(ids_of(told))))
    assert text_of(told) == "".join(f"{n} " for n in range(2000)) + "end"


@pytest.mark.anyio
async def test_events_dropped_from_memory_without_a_journal_are_told_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agnolo.server.run_log.KEPT_FRAMES", 100)
    model = Cued()
    async with started(service(model)) as client:
        stream, run_id = await begin(client, model, *[f"{n} " for n in range(300)], "end")
        (told,) = await resumed(client, run_id)
        assert (told.name, told.data["status"]) == ("error", 410)
        model.end()
        await stream.finished()


# ---- continuing


@pytest.mark.anyio
async def test_cancelled_run_goes_on_under_its_id(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "one ")
        await client.post(f"{RUNS}/{run_id}/cancel")
        await stream.finished()
        model.say("two")
        model.end()
        reply = await client.post(f"{RUNS}/{run_id}/continue", {"session_id": "s"})
        events = events_of(reply.body)
        assert await status_of(client, run_id) == "COMPLETED"
        everything = await resumed(client, run_id)
    assert (names_of(events)[0], names_of(events)[-1]) == ("RunContinued", "RunCompleted")
    assert {event.data["run_id"] for event in events} == {run_id}
    assert ids_of(everything) == sorted(set(ids_of(everything)))


@pytest.mark.anyio
async def test_continuation_as_json(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "one ")
        await client.post(f"{RUNS}/{run_id}/cancel")
        await stream.finished()
        model.say("two")
        model.end()
        reply = await client.post(f"{RUNS}/{run_id}/continue", {"session_id": "s", "stream": "false"})
    assert (reply.status, reply.json["status"], reply.json["run_id"]) == (200, "COMPLETED", run_id)


@pytest.mark.anyio
async def test_run_under_way_is_not_continued(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "a")
        reply = await client.post(f"{RUNS}/{run_id}/continue", {"session_id": "s"})
        assert (reply.status, "still running" in reply.json["detail"]) == (409, True)
        model.end()
        assert names_of(events_of((await stream.finished()).body))[-1] == "RunCompleted"


@pytest.mark.anyio
async def test_a_run_that_has_ended_goes_on_as_a_run_of_its_own_that_can_be_polled_and_taken_up(db: Any) -> None:
    async with started(service(db=db)) as client:
        run = (await client.post(RUNS, {"message": "hi", "session_id": "s", "stream": "false"})).json
        place = f"{RUNS}/{run['run_id']}/continue"
        reply = await client.post(place, {"session_id": "s", "stream": "false", "background": "true"})
        fork = reply.json["run_id"]
        told = await resumed(client, fork)
        known = [(await client.get(f"{RUNS}/{run_id}?session_id=s")).json for run_id in (run["run_id"], fork)]
    assert (reply.status, reply.json["status"], fork != run["run_id"]) == (202, "PENDING", True)
    assert {event.data["run_id"] for event in told if event.data} == {fork}
    assert [(one["status"], one.get("forked_from_run_id")) for one in known] == [
        ("COMPLETED", None),
        ("COMPLETED", run["run_id"]),
    ]


@pytest.mark.anyio
async def test_cancelling_a_run_that_has_ended_does_not_cancel_its_continuation(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream, run_id = await begin(client, model, "one ")
        await client.post(f"{RUNS}/{run_id}/cancel")
        await stream.finished()
        assert (await client.post(f"{RUNS}/{run_id}/cancel")).json == {}
        model.end()
        events = events_of((await client.post(f"{RUNS}/{run_id}/continue", {"session_id": "s"})).body)
    assert names_of(events)[-1] == "RunCompleted"
