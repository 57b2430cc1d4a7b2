"""The journal: acceptance, steps, events, attempts, the end."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from agnolo.ports.journal import Acceptance, Finish, Frames, RunRecord, RunRow, Step
from agnolo.ports.store import Store
from agnolo.storage import migrations
from agnolo.vocabulary.errors import (
    ConfigurationError,
    InputError,
    RunNotFoundError,
    SessionNotFoundError,
    StaleAttemptError,
    StorageError,
)
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall
from agnolo.vocabulary.metrics import MessageMetrics
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import SessionRow
from tests.storage.stories import ANN, ANYONE, BOB, accept, finish, opening, read, said, session


def test_store_fulfils_the_port(store: Store) -> None:
    assert isinstance(store, Store)


def test_accepted_run_is_read_back_whole(store: Store) -> None:
    run = RunRow(
        run_id="r1",
        session_id="s",
        run_type="team",
        component_id="helper",
        user_id="ann",
        parent_run_id="r0",
        status=RunStatus.pending,
        attempt=3,
        run_data={"model": "m", "nested": {"deep": [1, None, "ü"]}},
        created_at=11,
        updated_at=12,
    )
    steps = [said(0, "system", "be kind"), said(1, "user", "hello")]
    new = SessionRow(
        session_id="s", session_type="team", session_data={"session_state": {"a": 1}}, created_at=5, updated_at=6
    )

    accepted = store.accept(ANN, Acceptance(run=run, session=new, steps=steps)).result()

    assert accepted.session == replace(new, user_id="ann")
    assert (accepted.run_index, accepted.attempt) == (0, 3)
    assert read(store, "r1") == RunRecord(run=run, steps=steps)
    assert session(store) == replace(new, user_id="ann")


def test_acceptance_without_times_is_stamped(store: Store) -> None:
    accept(store, "r1")
    run, stored = read(store, "r1").run, session(store)
    assert run.created_at == run.updated_at > 1_700_000_000
    assert stored.created_at == stored.updated_at == run.created_at


def test_message_survives_with_all_its_parts(store: Store) -> None:
    message = Message(
        role="assistant",
        content=[{"type": "text", "text": "zwölf 🎈 \u0000 , ] }"}],
        tool_calls=[ToolCall.of("c1", "add", '{"a": 1}')],
        images=[Image(content=bytes(range(256)))],
        metrics=MessageMetrics(input_tokens=3, cost=0.5),
        provider_data={"signature": "x"},
    )
    accept(store, "r1", steps=0)
    store.put("r1", 0, [Step(seq=0, key="turn:0/model", message=message)]).result()
    assert read(store, "r1").steps == [Step(seq=0, key="turn:0/model", message=message)]


def test_later_runs_of_a_session_are_numbered_on_and_see_the_stored_session(store: Store) -> None:
    accept(store, "r1")
    finish(store, "r1", state_set={"colour": "red"})
    second = accept(store, "r2")
    assert second.run_index == 1
    assert second.session == session(store)
    assert second.session.session_data == {"session_state": {"colour": "red"}}
    assert accept(store, "other", "s2").run_index == 0


def test_known_run_id_is_refused_and_nothing_is_half_accepted(store: Store) -> None:
    accept(store, "r1")
    before = read(store, "r1")
    with pytest.raises(StorageError, match="run 'r1' exists already") as refused:
        accept(store, "r1", "fresh")
    assert refused.value.status_code == 409
    assert read(store, "r1") == before
    assert store.get_session(ANYONE, "fresh").result() is None


def test_run_of_another_users_session_is_refused(store: Store) -> None:
    accept(store, "r1", scope=ANN)
    with pytest.raises(SessionNotFoundError, match="session 's' not found"):
        accept(store, "r2", scope=BOB)
    assert store.get_run(ANYONE, "r2").result() is None


def test_run_of_a_different_session_than_its_own_is_refused(store: Store) -> None:
    wrong = Acceptance(run=RunRow(run_id="r", session_id="a"), session=SessionRow(session_id="b"))
    with pytest.raises(ConfigurationError, match="run 'r' is of session 'a', not of 'b'"):
        store.accept(ANYONE, wrong)


def test_what_the_caller_changes_after_accepting_is_not_stored(store: Store) -> None:
    told: dict[str, object] = {"a": 1}
    run = RunRow(run_id="r", session_id="s", run_data=told)
    pending = store.accept(ANYONE, Acceptance(run=run, session=SessionRow(session_id="s", session_data=told)))
    told["b"] = 2
    pending.result()
    assert read(store, "r").run.run_data == {"a": 1}
    assert session(store).session_data == {"a": 1}


def test_steps_come_back_in_their_order_however_they_were_put(store: Store) -> None:
    accept(store, "r1", steps=0)
    steps = [Step(seq=seq, key=f"turn:{seq}/tool", result={"n": seq}) for seq in range(40)]
    store.put("r1", 0, steps[20:]).result()
    store.put("r1", 0, steps[:20]).result()
    assert read(store, "r1").steps == steps


def test_putting_nothing_is_allowed(store: Store) -> None:
    accept(store, "r1")
    store.put("r1", 0, []).result()
    store.emit("r1", 0, []).result()
    assert len(read(store, "r1").steps) == 1


def test_step_in_a_taken_place_is_refused_with_all_of_its_call(store: Store) -> None:
    accept(store, "r1", steps=2)
    before = read(store, "r1")
    with pytest.raises(StorageError, match="run 'r1' has 1 of these 2 journal rows already"):
        store.put("r1", 0, [Step(seq=2, key="new"), Step(seq=1, key="taken")]).result()
    assert read(store, "r1") == before


@pytest.mark.parametrize("seq", [-1, 1 << 20])
def test_step_out_of_range_is_refused(store: Store, seq: int) -> None:
    accept(store, "r1")
    with pytest.raises(StorageError, match=f"step 'k' has seq {seq}"):
        store.put("r1", 0, [Step(seq=seq, key="k")])


def test_last_step_of_a_run_is_not_taken_for_one_of_the_next(store: Store) -> None:
    accept(store, "r1", steps=0)
    accept(store, "r2", steps=0)
    last, first = Step(seq=(1 << 20) - 1, key="last"), Step(seq=0, key="first")
    store.put("r1", 0, [last]).result()
    store.put("r2", 0, [first]).result()
    assert read(store, "r1").steps == [last]
    assert read(store, "r2").steps == [first]


def test_events_are_read_from_any_index(store: Store) -> None:
    accept(store, "r1")
    frames = [Frames(first=n * 10, last=n * 10 + 9, payload=b"frames \x00\xff %d" % n) for n in range(40)]
    store.emit("r1", 0, frames[:1]).result()
    store.emit("r1", 0, frames[1:]).result()
    assert store.read_frames(ANYONE, "r1", -1).result() == frames
    assert store.read_frames(ANYONE, "r1", 8).result() == frames
    assert store.read_frames(ANYONE, "r1", 9).result() == frames[1:]
    assert store.read_frames(ANYONE, "r1", 14).result() == frames[1:]
    assert store.read_frames(ANYONE, "r1", 399).result() == []
    assert store.read_frames(ANYONE, "unknown", -1).result() == []


def test_events_of_two_runs_keep_apart(store: Store) -> None:
    accept(store, "r1")
    accept(store, "r2")
    one, two = Frames(first=0, last=0, payload=b"1"), Frames(first=0, last=0, payload=b"2")
    store.emit("r1", 0, [one])
    store.emit("r2", 0, [two]).result()
    finish(store, "r1")
    assert store.read_frames(ANYONE, "r1", -1).result() == [one]
    assert store.read_frames(ANYONE, "r2", -1).result() == [two]


def test_events_in_a_taken_place_or_of_no_range_are_refused(store: Store) -> None:
    accept(store, "r1")
    frame = Frames(first=0, last=4, payload=b"x")
    store.emit("r1", 0, [frame]).result()
    with pytest.raises(StorageError, match="1 of these 1 journal rows already"):
        store.emit("r1", 0, [frame]).result()
    with pytest.raises(StorageError, match=r"events 5\.\.4 of run 'r1' are no range"):
        store.emit("r1", 0, [Frames(first=5, last=4, payload=b"")])
    assert store.read_frames(ANYONE, "r1", -1).result() == [frame]


def test_finished_run_holds_its_end_and_its_last_steps(store: Store) -> None:
    accept(store, "r1")
    store.emit("r1", 0, [Frames(first=0, last=0, payload=b"e")])
    answer = said(1, "assistant", "hi", "turn:0/model")
    ended = Finish(run_id="r1", attempt=0, status=RunStatus.error, run_data={"content": None}, steps=[answer])
    store.finish(ANYONE, ended).result()

    record = read(store, "r1")
    assert (record.run.status, record.run.run_data) == (RunStatus.error, {"content": None})
    assert record.steps == [said(0, "user", "r1 asks 0"), answer]
    assert len(store.read_frames(ANYONE, "r1", -1).result()) == 1


def test_finish_is_all_or_nothing(store: Store) -> None:
    accept(store, "r1")
    before = read(store, "r1")
    with pytest.raises(StorageError, match="already"):
        finish(store, "r1", steps=[said(0, "user", "again")], state_set={"a": 1})
    assert read(store, "r1") == before
    assert session(store).session_data == {}


def test_taking_a_run_over_raises_its_attempt_and_reads_it(store: Store) -> None:
    accept(store, "r1")
    finish(store, "r1", status=RunStatus.paused)
    taken = store.begin(ANYONE, "r1").result()
    assert (taken.run.attempt, taken.run.status) == (1, RunStatus.running)
    assert taken == read(store, "r1")
    assert store.begin(ANYONE, "r1").result().run.attempt == 2


def test_superseded_attempt_can_write_nothing(store: Store) -> None:
    accept(store, "r1")
    store.begin(ANYONE, "r1").result()
    before = read(store, "r1")
    stale = "run 'r1' is in attempt 1: attempt 0 was superseded"
    with pytest.raises(StaleAttemptError, match=stale):
        store.put("r1", 0, [Step(seq=7, key="k")]).result()
    with pytest.raises(StaleAttemptError, match=stale):
        store.emit("r1", 0, [Frames(first=0, last=0, payload=b"x")]).result()
    with pytest.raises(StaleAttemptError, match=stale):
        finish(store, "r1", steps=[Step(seq=7, key="k")], state_set={"a": 1})
    assert read(store, "r1") == before
    assert store.read_frames(ANYONE, "r1", -1).result() == []
    assert session(store).session_data == {}
    store.put("r1", 1, [Step(seq=7, key="k")]).result()
    finish(store, "r1", attempt=1)


def test_unknown_run_can_not_be_written(store: Store) -> None:
    with pytest.raises(RunNotFoundError, match="'nope'"):
        store.begin(ANYONE, "nope").result()
    with pytest.raises(RunNotFoundError, match="'nope'"):
        store.put("nope", 0, [Step(seq=0, key="k")]).result()
    with pytest.raises(RunNotFoundError, match="'nope'"):
        store.emit("nope", 0, [Frames(first=0, last=0, payload=b"")]).result()
    with pytest.raises(RunNotFoundError, match="'nope'"):
        finish(store, "nope")


def test_text_that_is_no_unicode_is_refused_without_harm(store: Store) -> None:
    with pytest.raises(InputError, match="can't be stored"):
        accept(store, "r1", "\ud800")
    accept(store, "r1")


def test_pings_tell_where_the_data_lies(store: Store) -> None:
    told = store.ping().result()
    assert told["id"] == store.id
    assert told["schema_version"] == migrations.VERSION
    assert told["kind"] in ("sqlite", "memory")


def test_store_can_be_closed_twice_and_before_use(store: Store) -> None:
    store.close()
    store.close()


@pytest.mark.parametrize("status", list(RunStatus))
def test_every_status_is_stored(store: Store, status: RunStatus) -> None:
    store.accept(ANYONE, opening("r1", status=status)).result()
    assert read(store, "r1").run.status is status


def test_run_of_a_living_process_is_not_left_behind(store: Store) -> None:
    accept(store, "r1")
    assert store.unfinished_runs().result() == []
