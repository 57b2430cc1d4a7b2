"""Whose rows a method touches: every method, for the owner, another user, another namespace, and the open mode."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agnolo.ports.journal import Frames
from agnolo.ports.store import SessionQuery, Store
from agnolo.vocabulary.errors import ConfigurationError, RunNotFoundError, SessionNotFoundError
from agnolo.vocabulary.sessions import Scope, SessionRow
from tests.storage.stories import ANN, ANYONE, BOB, accept, finish, opening, read, session

FRAME = Frames(first=0, last=0, payload=b"x")
STRANGERS = [BOB, Scope("default"), Scope(""), Scope("ann", "elsewhere"), Scope(None, "elsewhere")]

CALLS: dict[str, tuple[Callable[[Store, Scope], object], object]] = {
    "accept": (lambda store, scope: store.accept(scope, opening("r2")).result().run_index, 1),
    "begin": (lambda store, scope: store.begin(scope, "r1").result().run.attempt, 1),
    "finish": (lambda store, scope: finish(store, "r1", scope=scope), None),
    "read_frames": (lambda store, scope: store.read_frames(scope, "r1", -1).result(), [FRAME]),
    "get_session": (lambda store, scope: _id(store.get_session(scope, "s").result()), "s"),
    "save_session": (
        lambda store, scope: store.save_session(scope, SessionRow(session_id="s")).result().user_id,
        "ann",
    ),
    "list_sessions": (lambda store, scope: store.list_sessions(scope, SessionQuery()).result().total, 1),
    "delete_session": (lambda store, scope: store.delete_session(scope, "s").result(), True),
    "get_run": (lambda store, scope: store.get_run(scope, "r1").result() is not None, True),
    "get_runs": (lambda store, scope: len(store.get_runs(scope, "s").result()), 1),
}
REFUSED: dict[str, object] = {
    "accept": SessionNotFoundError,
    "begin": RunNotFoundError,
    "finish": RunNotFoundError,
    "read_frames": [],
    "get_session": None,
    "save_session": SessionNotFoundError,
    "list_sessions": 0,
    "delete_session": False,
    "get_run": False,
    "get_runs": 0,
}


def _id(row: SessionRow | None) -> str | None:
    return row.session_id if row else None


@pytest.fixture
def annotated(store: Store) -> Store:
    """A store with one session of Ann's: a run with an event."""
    accept(store, "r1", scope=ANN)
    store.emit("r1", 0, [FRAME]).result()
    return store


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("scope", [ANN, ANYONE], ids=["owner", "open mode"])
def test_owner_and_open_mode_reach_a_session(annotated: Store, method: str, scope: Scope) -> None:
    call, expected = CALLS[method]
    assert call(annotated, scope) == expected


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("stranger", STRANGERS, ids=repr)
def test_for_strangers_a_session_does_not_exist(annotated: Store, method: str, stranger: Scope) -> None:
    call, refusal = CALLS[method][0], REFUSED[method]
    before = session(annotated), read(annotated, "r1")
    if stranger.namespace != ANN.namespace and method in ("accept", "save_session"):
        call(annotated, stranger)  # a session of the same name in a namespace of its own
    elif isinstance(refusal, type) and issubclass(refusal, Exception):
        with pytest.raises(refusal):
            call(annotated, stranger)
    else:
        assert call(annotated, stranger) == refusal
    assert (session(annotated), read(annotated, "r1")) == before


def test_session_without_a_user_is_reached_in_open_mode_only(store: Store) -> None:
    accept(store, "r1")
    assert session(store).user_id is None
    assert store.get_session(ANN, "s").result() is None
    with pytest.raises(SessionNotFoundError):
        accept(store, "r2", scope=ANN)
    assert accept(store, "r2").run_index == 1


def test_run_of_the_open_mode_belongs_to_the_sessions_owner(store: Store) -> None:
    accept(store, "r1", scope=ANN)
    accept(store, "r2")
    assert [record.run.user_id for record in store.get_runs(ANN, "s").result()] == ["ann", None]


def test_new_session_belongs_to_the_scopes_user_or_in_open_mode_to_whom_it_names(store: Store) -> None:
    store.save_session(ANN, SessionRow(session_id="a")).result()
    store.save_session(ANYONE, SessionRow(session_id="b", user_id="bob")).result()
    assert session(store, "a").user_id == "ann"
    assert session(store, "b", BOB).user_id == "bob"


def test_session_that_names_another_user_than_the_scope_is_refused(store: Store) -> None:
    wrong = opening("r1")
    wrong = type(wrong)(run=wrong.run, session=SessionRow(session_id="s", user_id="ann"), steps=wrong.steps)
    with pytest.raises(ConfigurationError, match="session 's' is of user 'ann' and saved for 'bob'"):
        store.accept(BOB, wrong)
    assert store.get_session(ANYONE, "s").result() is None


def test_namespaces_hold_sessions_of_the_same_name_apart(store: Store) -> None:
    red, blue = Scope(None, "red"), Scope(None, "blue")
    accept(store, "r1", scope=red)
    accept(store, "r2", scope=blue)
    finish(store, "r1", scope=red, session_name="red one")
    assert [record.run.run_id for record in store.get_runs(blue, "s").result()] == ["r2"]
    assert session(store, "s", blue).session_data == {}
    store.delete_session(red, "s").result()
    assert session(store, "s", blue).session_id == "s"
