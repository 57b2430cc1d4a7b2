"""Sessions that begin as another stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunStatus, ScriptedModel, SqliteDb
from agnolo.ports.journal import Acceptance, RunRow
from agnolo.runtime import bridge
from agnolo.runtime.inline import InlineRuntime
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import AgentSession, Scope, SessionRow

Stores = list[Callable[[Any], Any]]
STORES: Stores = [lambda path: InMemoryDb(), lambda path: SqliteDb(db_file=str(path / "forks.db"))]


def _session(agent: Agent, session_id: str) -> AgentSession:
    found = agent.get_session(session_id)
    assert found is not None
    return found


@pytest.mark.parametrize("store", STORES, ids=["memory", "sqlite"])
def test_a_fork_has_copies_of_all_runs_and_goes_on_apart(store: Callable[[Any], Any], tmp_path: Any) -> None:
    db = store(tmp_path)
    model = ScriptedModel(["It is four.", "It is five.", "It is six."])
    agent = Agent(id="clock", model=model, db=db, add_history_to_context=True)
    first = agent.run("What time is it?", session_id="day")
    second = agent.continue_run(run_id=first.run_id, session_id="day", regenerate=True)
    made = agent.fork_session("day")
    agent.run("And now?", session_id=made)
    copies = (_session(agent, made).runs or [])[:2]
    assert [run.content for run in copies] == ["It is four.", "It is five."]
    assert [run.forked_from_session_id for run in copies] == ["day", "day"]
    assert copies[1].regenerated_from == copies[0].run_id
    assert {run.run_id for run in copies}.isdisjoint({first.run_id, second.run_id})
    assert [message.content for message in model.requests[-1].messages if message.role != "system"] == [
        "What time is it?",
        "It is five.",
        "And now?",
    ]
    assert [run.run_id for run in _session(agent, "day").runs or []] == [first.run_id, second.run_id]


@pytest.mark.anyio
async def test_a_session_without_ended_runs_and_that_of_someone_else_are_not_forked() -> None:
    db = InMemoryDb()
    agent = Agent(id="clock", model=ScriptedModel(["It is four."]), db=db)
    await agent.arun("What time is it?", session_id="day", user_id="ada")
    row = RunRow(run_id="live", session_id="night", component_id="clock", status=RunStatus.running)
    session = SessionRow(session_id="night", component_id="clock")
    bridge.drive(InlineRuntime().wait(db.accept(Scope(), Acceptance(run=row, session=session))))
    for session_id, user_id in (("night", None), ("none", None), ("day", "bob")):
        with pytest.raises(ConfigurationError, match=f"session '{session_id}' has no runs to fork"):
            await agent.afork_session(session_id, user_id=user_id)
    with pytest.raises(ConfigurationError, match="has no runs to fork"):
        await Agent(id="other", model=ScriptedModel([]), db=db).afork_session("day", user_id="ada")
    assert await agent.afork_session("day", user_id="ada") != "day"
