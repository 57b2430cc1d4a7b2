"""Events and steps in the journal: what is read back is what was told."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunStatus, ScriptedModel, SqliteDb
from agnolo.engine.event_log import FLUSH_EVENTS, FLUSH_SECONDS, LOOK
from agnolo.ports.journal import Acceptance, Accepted, Finish, Step
from agnolo.ports.model import ModelRequest
from agnolo.ports.store import Store
from agnolo.providers.scripted import Say
from agnolo.runtime.clock import virtual_time
from agnolo.vocabulary import frames
from agnolo.vocabulary.errors import StorageError, StoreFullError
from agnolo.vocabulary.events import RunContentEvent
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.sessions import Scope


def look() -> str:
    """Look."""
    return "found"


def read_back(db: Store, run_id: str, told: list[Any], *, after: int = -1) -> list[Any]:
    rows = db.read_frames(Scope(), run_id, after).result()
    return frames.unpack((row.payload for row in rows), told[0].origin, after=after)


@pytest.mark.parametrize("after", [-1, 0, 5, 10_000])
def test_the_journal_holds_every_event_as_it_was_told(tmp_path: Path, after: int) -> None:
    for db in (InMemoryDb(), SqliteDb(tmp_path / f"{after}.db")):
        model = ScriptedModel([Say(text="Let me look. ", calls=[("look", {})], reasoning="Hm."), "Found it."])
        agent = Agent(model=model, tools=[look], db=db)
        told: list[Any] = list(agent.run("go", stream=True, stream_events=True, run_id="r"))
        expected = [e.to_dict() for e in told if e.index > after]
        assert [e.to_dict() for e in read_back(db, "r", told, after=after)] == expected
        db.close()


def test_what_a_provider_says_of_each_piece_is_packed_once_and_read_back() -> None:
    origin = Origin(id="a", run_id="r", session_id="s")
    data = [None, {"id": "1"}, {"id": "1"}, {"id": "2"}]
    told = [
        RunContentEvent(origin=origin, index=i, created_at=7, content=f"piece {i}", model_provider_data=said)
        for i, said in enumerate(data)
    ]
    packed = frames.pack(told)
    assert packed.count(b"id") == 2
    assert frames.unpack([packed], origin) == told
    assert frames.unpack([packed], origin, after=1) == told[2:]


def test_a_long_answer_is_written_while_it_goes_on() -> None:
    db = InMemoryDb()
    agent = Agent(model=ScriptedModel([Say(chunks=["x"] * (FLUSH_EVENTS + 10))]), db=db)
    stream = agent.run("go", stream=True, stream_events=True, run_id="r")
    told = [next(stream) for _ in range(FLUSH_EVENTS + 5)]
    assert len(read_back(db, "r", told)) == FLUSH_EVENTS
    stream.close()


def test_a_slow_answer_is_written_by_time() -> None:
    with virtual_time() as clock:
        db = InMemoryDb()

        def slowly(request: ModelRequest) -> Say:
            clock.advance(FLUSH_SECONDS)
            return Say(chunks=["x"] * LOOK)

        agent = Agent(model=ScriptedModel([slowly]), db=db)
        stream = agent.run("go", stream=True, stream_events=True, run_id="r")
        told = [next(stream) for _ in range(LOOK)]
        expected = ["RunStarted", "ModelRequestStarted", *["RunContent"] * (LOOK - 2)]
        assert [e.event for e in read_back(db, "r", told)] == expected
        stream.close()


def test_events_nobody_can_see_are_not_journaled() -> None:
    db = InMemoryDb()
    Agent(model=ScriptedModel(["x"]), db=db).run("go", run_id="r")
    assert db.read_frames(Scope(), "r", -1).result() == []


def test_store_events_keeps_all_but_deltas_with_the_run() -> None:
    agent = Agent(model=ScriptedModel(["x y"]), db=InMemoryDb(), store_events=True)
    output = agent.run("go")
    assert [e.event for e in output.events or ()] == [
        "RunStarted", "ModelRequestStarted", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted",
    ]  # fmt: skip


class FailingDb(InMemoryDb):
    """A store whose disk is full from the n-th write on."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.left = writes

    def _spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreFullError("no space left on /disk: free some")

    def accept(self, scope: Scope, acceptance: Acceptance) -> Future[Accepted]:
        self._spend()
        return super().accept(scope, acceptance)

    def put(self, run_id: str, attempt: int, steps: Sequence[Step]) -> Future[None]:
        self._spend()
        return super().put(run_id, attempt, steps)

    def finish(self, scope: Scope, finish: Finish) -> Future[None]:
        self._spend()
        return super().finish(scope, finish)


def test_a_run_that_can_not_be_accepted_raises_before_anything_happens() -> None:
    model = ScriptedModel(["never"])
    with pytest.raises(StorageError, match="no space left"):
        Agent(model=model, db=FailingDb(0)).run("go")
    assert model.requests == []


@pytest.mark.parametrize("writes", [1, 2, 3])
def test_a_store_that_fails_later_fails_the_run_and_says_so(writes: int, caplog: pytest.LogCaptureFixture) -> None:
    model = ScriptedModel([Say(text="Looking. ", calls=[("look", {})]), "Found."])
    agent = Agent(model=model, tools=[look], db=FailingDb(writes), store_events=True)
    output = agent.run("go")
    assert (output.status, output.content) == (RunStatus.error, "no space left on /disk: free some")
    terminal = [e.event for e in output.events or () if e.event in ("RunCompleted", "RunError")]
    assert terminal in (["RunError"], [])
    assert "could not be stored as failed" in caplog.text
