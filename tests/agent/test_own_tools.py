"""Tools that an agent's options give the model: for session state and for past sessions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ConfigurationError
from tests.engine import ways

ANY_WAY = [*ways.STREAMED.values(), *ways.WHOLE.values()]


def results(output: Any) -> list[str]:
    return [tool.result for tool in output.tools]


@pytest.mark.parametrize("way", ANY_WAY)
def test_the_model_changes_the_state_of_the_session_by_a_tool(way: ways.Way) -> None:
    change = Say(calls=[("update_session_state", {"session_state_updates": {"pages": 2, "new": [1]}})])
    agent = Agent(
        model=ScriptedModel([change, "Done"]), db=InMemoryDb(), session_id="s", enable_agentic_state=True,
        session_state={"pages": 1, "a": 0},
    )  # fmt: skip
    _, output = way(agent, "Turn the page", user_id="ada")
    assert output.session_state == {"pages": 2, "a": 0, "new": [1]}
    assert agent.get_session_state("s", "ada") == {"pages": 2, "a": 0, "new": [1]}
    assert results(output)[0].startswith("Updated session state: {'pages': 2")


def searching(db: InMemoryDb, *calls: tuple[str, dict[str, Any]], **options: Any) -> Agent:
    return Agent(model=ScriptedModel([Say(calls=calls), "Found"]), db=db, search_past_sessions=True, **options)


def told(db: InMemoryDb, session: str, *turns: str, user: str | None = "ada") -> None:
    agent = Agent(model=ScriptedModel([f"about {turn}" for turn in turns]), db=db, description="A clerk")
    for turn in turns:
        agent.run(turn, session_id=session, user_id=user)


@pytest.mark.parametrize("way", ANY_WAY)
def test_earlier_sessions_of_the_user_are_listed_and_read(way: ways.Way) -> None:
    db = InMemoryDb()
    told(db, "boats", "sails", "oars")
    told(db, "bobs", "secret", user="bob")
    agent = searching(
        db, ("search_past_sessions", {}), ("read_past_session", {"session_id": "boats"}),
        ("read_past_session", {"session_id": "boats", "num_runs": 1}), ("read_past_session", {"session_id": "bobs"}),
        num_past_session_runs_in_search=1,
    )  # fmt: skip
    _, output = way(agent, "What did we say?", session_id="now", user_id="ada")
    listed, whole, begun, foreign = results(output)
    (boats,) = json.loads(listed)
    assert (boats["session_id"], boats["runs"]) == ("boats", [{"user": "sails", "assistant": "about sails"}])
    lines = whole.split("\n")
    assert lines[0] == "Session: boats"
    said = ["User: sails", "Assistant: about sails", "User: oars", "Assistant: about oars"]
    assert lines[2:] == ["", *(line for each in said for line in (each, ""))]
    assert "oars" not in begun
    assert foreign == "Session not found."


def test_sessions_of_others_are_not_shown_to_a_run_without_a_user() -> None:
    db = InMemoryDb()
    told(db, "adas", "secret")
    told(db, "nobodys", "open", user=None)
    agent = searching(db, ("search_past_sessions", {}), ("read_past_session", {"session_id": "adas"}))
    listed, read = results(agent.run("What was said?", session_id="now"))
    assert [entry["session_id"] for entry in json.loads(listed)] == ["nobodys"]
    assert read == "Session not found."


def test_long_beginnings_are_cut_and_the_number_of_sessions_is_kept() -> None:
    db = InMemoryDb()
    told(db, "old", "x")
    told(db, "new", "y" * 300)
    agent = searching(db, ("search_past_sessions", {}), num_past_sessions_to_search=2)
    (entry,) = json.loads(results(agent.run("What was said?", session_id="now", user_id="ada"))[0])
    assert (entry["session_id"], entry["runs"][0]["user"]) == ("new", "y" * 200 + "...")
    none = searching(db, ("search_past_sessions", {}), num_past_sessions_to_search=0)
    assert results(none.run("What was said?", session_id="later", user_id="ada")) == ["[]"]


def test_searching_past_sessions_needs_a_store() -> None:
    agent = Agent(model=ScriptedModel([]), search_past_sessions=True)
    with pytest.raises(ConfigurationError, match="search_past_sessions needs a store"):
        agent.run("Hello")
