"""Sessions of an agent: state, names, reading, deleting; sync and async alike."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunContext, ScriptedModel
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ConfigurationError, SessionNotFoundError


def remember(run_context: RunContext, key: str, value: int) -> str:
    """Keep a value."""
    run_context.session_state[key] = value
    return "kept"


def forget(run_context: RunContext, key: str) -> str:
    """Drop a value."""
    del run_context.session_state[key]
    return "dropped"


def agent_with(*replies: Any, **options: Any) -> Agent:
    return Agent(
        name="S", model=ScriptedModel(replies), tools=[remember, forget], db=InMemoryDb(), session_id="s", **options
    )


def test_what_tools_change_in_the_state_is_saved_and_seen_by_the_next_run() -> None:
    agent = agent_with(
        Say(calls=[("remember", {"key": "a", "value": 1}), ("remember", {"key": "b", "value": 2})]), "ok",
        Say(calls=[("forget", {"key": "a"})]), "ok",
        session_state={"start": {"deep": []}},
    )  # fmt: skip
    assert agent.run("x").session_state == {"start": {"deep": []}, "a": 1, "b": 2}
    agent.run("y")
    assert agent.get_session_state() == {"start": {"deep": []}, "b": 2}
    assert agent.session_state == {"start": {"deep": []}}


def test_state_given_with_the_call_is_laid_over_the_stored_one() -> None:
    agent = agent_with("a", "b", "c", session_state={"x": 1, "y": 1})
    agent.run("1", session_state={"y": 2})
    agent.run("2", session_state={"z": 3})
    assert agent.get_session_state() == {"x": 1, "y": 2, "z": 3}
    agent.overwrite_db_session_state = True
    agent.run("3", session_state={"z": 4})
    assert agent.get_session_state() == {"x": 1, "y": 1, "z": 4}


def test_state_is_never_shared_between_sessions() -> None:
    shared: dict[str, Any] = {"list": []}

    def push(run_context: RunContext) -> str:
        """Push."""
        run_context.session_state["list"].append(run_context.session_id)
        return "pushed"

    model = ScriptedModel([Say(calls=[("push", {})]), "ok"], loop=True)
    agent = Agent(model=model, tools=[push], db=InMemoryDb(), session_state=shared)
    for session in ("one", "two", "one"):
        agent.run("go", session_id=session)
    assert shared == {"list": []}
    assert agent.get_session_state("one") == {"list": ["one", "one"]}
    assert agent.get_session_state("two") == {"list": ["two"]}


def test_a_session_can_be_named_changed_read_and_deleted() -> None:
    agent = agent_with("hello", "again")
    output = agent.run("hi")
    agent.run("ho")
    agent.set_session_name(session_name="Greetings")
    assert agent.get_session_name() == "Greetings"
    assert agent.update_session_state({"k": 1}) == {"k": 1}
    session = agent.get_session()
    assert session is not None
    assert session.session_data["session_name"] == "Greetings"
    assert session.agent_data == {
        "agent_id": "s", "name": "S", "model": {"provider": "Scripted", "id": "scripted", "name": "ScriptedModel"},
    }  # fmt: skip
    assert [run.content for run in session.runs] == ["hello", "again"]
    assert [m.content for m in agent.get_chat_history()] == ["hi", "hello", "ho", "again"]
    assert [m.content for m in agent.get_chat_history(last_n_runs=0)] == []
    stored = agent.get_run_output(output.run_id)
    assert stored is not None
    assert (stored.content, stored.input and stored.input.input_content, stored.model) == ("hello", "hi", "scripted")
    last = agent.get_last_run_output()
    assert last is not None
    assert last.content == "again"
    assert agent.delete_session("s") is True
    assert agent.delete_session("s") is False
    assert agent.get_session() is None
    assert (agent.get_session_messages(), agent.get_chat_history(), agent.get_session_state()) == ([], [], {})
    assert (agent.get_session_name(), agent.get_last_run_output(), agent.get_run_output("x")) == (None, None, None)


@pytest.mark.anyio
async def test_the_same_from_async_code() -> None:
    agent = agent_with("hello")
    output = await agent.arun("hi", session_state={"k": 1})
    session = await agent.aget_session()
    assert session is not None
    assert [run.content for run in session.runs] == ["hello"]
    assert await agent.aget_session_state() == {"k": 1}
    stored = await agent.aget_run_output(output.run_id)
    assert stored is not None
    assert stored.content == "hello"
    assert await agent.acancel_run("not-there") is False
    assert await agent.adelete_session("s") is True
    assert await agent.aget_session() is None
    assert await agent.aget_session_state() == {}


def test_another_users_session_does_not_exist() -> None:
    agent = agent_with("hello", "never")
    agent.run("hi", user_id="alice")
    assert agent.get_session("s", user_id="bob") is None
    assert agent.delete_session("s", user_id="bob") is False
    with pytest.raises(SessionNotFoundError):
        agent.run("hi", user_id="bob")
    with pytest.raises(SessionNotFoundError):
        agent.set_session_name("s", session_name="stolen", user_id="bob")


def test_an_agent_that_keeps_nothing_says_so() -> None:
    agent = Agent(name="S", model=ScriptedModel(["x"]))
    assert agent.run("hi").content == "x"
    with pytest.raises(ConfigurationError, match=r"Agent\(name='S'\) keeps nothing: give it db=SqliteDb"):
        agent.get_session()


def test_a_run_is_found_by_its_session_and_carries_its_agents_metadata_into_it() -> None:
    agent = Agent(model=ScriptedModel(["hello"]), db=InMemoryDb(), metadata={"log": 1})
    output = agent.run("hi", session_id="s")
    found = agent.get_run_output(output.run_id, "s")
    assert found is not None
    assert found.content == "hello"
    assert agent.get_run_output(output.run_id, session_id="another") is None
    session = agent.get_session("s")
    assert session is not None
    assert session.metadata == {"log": 1}
