"""Sessions: what runs change in them, what is saved, listed and deleted."""

from __future__ import annotations

import threading

import pytest
from msgspec.structs import replace

from agnolo.ports.journal import Frames, SessionChange
from agnolo.ports.store import SessionQuery, Store
from agnolo.vocabulary.errors import ConfigurationError, RunNotFoundError, SessionNotFoundError
from agnolo.vocabulary.sessions import Scope, SessionRow
from tests.storage.stories import ANN, ANYONE, BOB, accept, finish, read, session, turn


def test_finish_changes_only_the_keys_it_names(store: Store) -> None:
    turn(store, "r1", state_set={"a": 1, "b": {"deep": 1}}, session_name="First")
    turn(store, "r2", state_set={"b": {"other": 2}}, state_removed=["a", "missing"])
    turn(store, "r3")
    assert session(store).session_data == {"session_state": {"b": {"other": 2}}, "session_name": "First"}


def test_a_change_outside_a_run_is_merged_as_one_of_a_run(store: Store) -> None:
    turn(store, "r1", scope=ANN, state_set={"a": 1}, session_metrics={"input_tokens": 1})
    change = SessionChange(state_set={"b": 2}, session_metrics={"input_tokens": 2}, summary={"summary": "short"})
    assert store.change_session(ANN, "s", change).result() is True
    assert session(store).session_data == {
        "session_state": {"a": 1, "b": 2}, "session_metrics": {"input_tokens": 3}, "summary": {"summary": "short"},
    }  # fmt: skip
    assert store.change_session(BOB, "s", SessionChange(state_set={"a": 9})).result() is False
    assert session(store).session_data["session_state"] == {"a": 1, "b": 2}


def test_metrics_add_up_by_role_and_model(store: Store) -> None:
    def counts(model: str, tokens: int) -> dict[str, object]:
        return {"id": model, "provider": "P", "input_tokens": tokens, "cost": None}

    first = {"input_tokens": 3, "cost": None, "details": {"model": [counts("a", 3)]}, "unit": "x", "flag": True}
    second = {
        "input_tokens": 4,
        "output_tokens": 2,
        "cost": 0.5,
        "details": {"model": [counts("a", 1), counts("b", 2), counts("b", 3)], "memory_model": [counts("c", 1)]},
        "unit": "y",
        "flag": True,
    }
    turn(store, "r1", session_metrics=first)
    turn(store, "r2", session_metrics=second)
    turn(store, "r3", session_metrics={"cost": None})
    assert session(store).session_data["session_metrics"] == {
        "input_tokens": 7,
        "output_tokens": 2,
        "cost": 0.5,
        "details": {"model": [counts("a", 4), counts("b", 5)], "memory_model": [counts("c", 1)]},
        "unit": "y",
        "flag": True,
    }


def test_concurrent_runs_lose_no_change(store: Store) -> None:
    users, turns = 8, 20

    def user(number: int) -> None:
        for index in range(turns):
            run_id = f"r{number}-{index}"
            turn(
                store,
                run_id,
                state_set={run_id: index},
                session_metrics={"input_tokens": 1, "details": {"model": [model]}},
            )

    model = {"id": "m", "provider": "P", "input_tokens": 1}
    threads = [threading.Thread(target=user, args=(number,)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    data = session(store).session_data
    total = users * turns
    assert data["session_metrics"] == {"input_tokens": total, "details": {"model": [model | {"input_tokens": total}]}}
    assert data["session_state"] == {f"r{n}-{i}": i for n in range(users) for i in range(turns)}
    runs = store.get_runs(ANYONE, "s").result()
    assert [record.run.run_index for record in runs] == list(range(total))
    assert {record.run.run_id for record in runs} == set(data["session_state"])


def test_saved_session_is_read_back_whole(store: Store) -> None:
    row = SessionRow(
        session_id="s",
        session_type="team",
        component_id="helper",
        user_id="ann",
        session_data={
            "session_state": {"ü": [1, {"x": None}]},
            "session_name": "N",
            "session_metrics": {"input_tokens": 1},
        },
        agent_data={"agent_id": "helper"},
        metadata={"k": "v"},
        created_at=1,
        updated_at=2,
    )
    saved = store.save_session(ANYONE, row).result()
    assert saved == replace(row, updated_at=saved.updated_at)
    assert session(store) == saved
    assert store.get_session(ANYONE, "t").result() is None


def test_saving_again_replaces_name_state_and_metadata_and_keeps_the_rest(store: Store) -> None:
    turn(store, "r1", state_set={"a": 1}, session_metrics={"input_tokens": 5})
    before = session(store)
    stale = {"session_state": {"b": 2}, "session_name": "New", "session_metrics": {"input_tokens": 0}}
    saved = store.save_session(ANYONE, SessionRow(session_id="s", session_data=stale, metadata={"k": 1})).result()
    assert saved == replace(
        before,
        session_data={"session_state": {"b": 2}, "session_name": "New", "session_metrics": {"input_tokens": 5}},
        metadata={"k": 1},
        updated_at=saved.updated_at,
    )
    assert session(store) == saved
    renamed = replace(saved, session_data={"session_state": {}, "session_metrics": {}}, agent_data={"agent_id": "a"})
    assert store.save_session(ANYONE, renamed).result().session_data == {
        "session_state": {},
        "session_metrics": {"input_tokens": 5},
    }
    assert session(store).agent_data == {"agent_id": "a"}


def test_saving_another_users_session_is_refused(store: Store) -> None:
    turn(store, "r1", scope=ANN, state_set={"a": 1})
    before = session(store)
    with pytest.raises(SessionNotFoundError, match="session 's' not found"):
        store.save_session(BOB, SessionRow(session_id="s", session_data={"session_state": {"b": 1}})).result()
    with pytest.raises(ConfigurationError, match="session 's' is of user 'ann' and saved for 'bob'"):
        store.save_session(BOB, before)
    assert session(store) == before


def listed(store: Store, scope: Scope = ANYONE, **query: object) -> list[str]:
    page = store.list_sessions(scope, SessionQuery(**query)).result()  # pyright: ignore[reportArgumentType] - as written in tests
    return [row.session_id for row in page.rows]


@pytest.fixture
def library(store: Store) -> Store:
    """Twelve sessions, of three components and two types, the even ones Ann's, the others Bob's."""
    for number in range(12):
        row = SessionRow(
            session_id=f"s{number:02}",
            session_type="agent" if number < 8 else "team",
            component_id=f"c{number % 3}",
            session_data={"session_name": f"Trip {number % 4} to Rome"} if number != 5 else {},
            created_at=1000 + number,
            updated_at=5000 - number,
        )
        store.save_session(BOB if number % 2 else ANN, row).result()
    return store


def test_sessions_are_listed_newest_first_by_pages(library: Store) -> None:
    names = [f"s{number:02}" for number in range(12)]
    assert listed(library) == names[::-1]
    assert listed(library, limit=5) == names[:6:-1]
    assert listed(library, limit=5, page=3) == ["s01", "s00"]
    assert listed(library, limit=5, page=4) == []
    assert listed(library, limit=0, ascending=True) == names
    assert library.list_sessions(ANYONE, SessionQuery(limit=5, page=4)).result().total == 12


def test_sessions_are_found_by_user_type_component_and_name(library: Store) -> None:
    assert listed(library, ANN) == ["s10", "s08", "s06", "s04", "s02", "s00"]
    assert listed(library, ANN, session_type="team") == ["s10", "s08"]
    assert listed(library, component_id="c1") == ["s10", "s07", "s04", "s01"]
    assert listed(library, session_name="trip 1") == ["s09", "s01"]
    assert listed(library, session_name="%") == []
    assert listed(library, BOB, session_name="ROME", component_id="c0") == ["s09", "s03"]
    assert library.list_sessions(BOB, SessionQuery(limit=1, session_type="agent")).result().total == 4
    assert listed(library, Scope("nobody")) == []


def test_sessions_are_sorted_by_other_columns(library: Store) -> None:
    assert listed(library, sort_by="session_id", limit=2) == ["s11", "s10"]
    assert listed(library, sort_by="session_name", limit=3, ascending=True) == ["s05", "s00", "s04"]
    turn(library, "r1", "s03", scope=BOB)
    assert listed(library, sort_by="updated_at", limit=1) == ["s03"]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        (SessionQuery(sort_by="user_id; DROP TABLE runs"), "can't be sorted by 'user_id; DROP TABLE runs'"),
        (SessionQuery(page=0), "page 0 does not exist"),
        (SessionQuery(limit=-1), "can't have -1 sessions"),
    ],
)
def test_impossible_list_is_refused(store: Store, query: SessionQuery, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=fault):
        store.list_sessions(ANYONE, query)


def test_deleted_session_takes_its_runs_steps_and_events_and_no_others(store: Store) -> None:
    for name in ("s", "kept"):
        for number in range(3):
            turn(store, f"{name}-{number}", name)
            store.emit(f"{name}-{number}", 0, [Frames(first=0, last=0, payload=name.encode())]).result()
    kept = store.get_runs(ANYONE, "kept").result()

    assert store.delete_session(ANYONE, "s").result() is True
    assert store.delete_session(ANYONE, "s").result() is False

    assert store.get_session(ANYONE, "s").result() is None
    assert store.get_runs(ANYONE, "s").result() == []
    assert store.get_run(ANYONE, "s-1").result() is None
    assert store.read_frames(ANYONE, "s-1", -1).result() == []
    assert store.get_runs(ANYONE, "kept").result() == kept
    assert store.read_frames(ANYONE, "kept-2", -1).result() == [Frames(first=0, last=0, payload=b"kept")]

    # The numbers of deleted rows are used again: nothing of the old session may come with them.
    assert accept(store, "new", "s", steps=0).run_index == 0
    assert read(store, "new").steps == []
    assert store.read_frames(ANYONE, "new", -1).result() == []


def test_run_whose_session_was_deleted_meanwhile_can_write_nothing(store: Store) -> None:
    accept(store, "r1")
    store.delete_session(ANYONE, "s").result()
    with pytest.raises(RunNotFoundError, match="'r1'"):
        finish(store, "r1")
    assert store.get_session(ANYONE, "s").result() is None
