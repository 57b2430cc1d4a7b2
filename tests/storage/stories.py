"""Short ways to say what the tests of stores are about."""

from __future__ import annotations

from typing import Any

from agnolo.ports.journal import Acceptance, Accepted, Finish, RunRecord, RunRow, SessionChange, Step
from agnolo.ports.store import Store
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import Scope, SessionRow

ANYONE = Scope()
ANN = Scope("ann")
BOB = Scope("bob")


def said(seq: int, role: Any, content: str, key: str = "input") -> Step:
    """A message step with a fixed id and time, so that what is read back can be compared."""
    return Step(seq=seq, key=key, message=Message(role=role, content=content, id=f"m{seq}", created_at=1_700_000_000))


def opening(
    run_id: str, session_id: str = "s", *, user_id: str | None = None, steps: int = 1, **run: Any
) -> Acceptance:
    """A run's acceptance, with `steps` user messages."""
    return Acceptance(
        run=RunRow(run_id=run_id, session_id=session_id, user_id=user_id, **run),
        session=SessionRow(session_id=session_id, component_id="helper"),
        steps=[said(seq, "user", f"{run_id} asks {seq}") for seq in range(steps)],
    )


def accept(store: Store, run_id: str, session_id: str = "s", *, scope: Scope = ANYONE, **given: Any) -> Accepted:
    """Accept a run."""
    return store.accept(scope, opening(run_id, session_id, user_id=scope.user_id, **given)).result()


def finish(
    store: Store,
    run_id: str,
    *,
    scope: Scope = ANYONE,
    attempt: int = 0,
    status: RunStatus = RunStatus.completed,
    steps: list[Step] | None = None,
    **change: Any,
) -> None:
    """End a run."""
    ended = Finish(
        run_id=run_id,
        attempt=attempt,
        status=status,
        run_data={"content": f"{run_id} done"},
        steps=steps or (),
        session=SessionChange(**change),
    )
    store.finish(scope, ended).result()


def turn(store: Store, run_id: str, session_id: str = "s", *, scope: Scope = ANYONE, **change: Any) -> None:
    """A run from start to end: one question, one answer."""
    accept(store, run_id, session_id, scope=scope)
    answer = said(1, "assistant", f"{run_id} says", "turn:0/model")
    finish(store, run_id, scope=scope, steps=[answer], **change)


def read(store: Store, run_id: str, scope: Scope = ANYONE) -> RunRecord:
    """A run that must be there."""
    found = store.get_run(scope, run_id).result()
    assert found is not None, f"run {run_id!r} is not stored"
    return found


def session(store: Store, session_id: str = "s", scope: Scope = ANYONE) -> SessionRow:
    """A session that must be there."""
    found = store.get_session(scope, session_id).result()
    assert found is not None, f"session {session_id!r} is not stored"
    return found
