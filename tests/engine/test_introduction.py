"""What an agent says first in a new session."""

from __future__ import annotations

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.vocabulary.runs import RunStatus


def test_a_new_session_begins_with_the_introduction_once() -> None:
    model = ScriptedModel(["one", "two"])
    agent = Agent(model=model, db=InMemoryDb(), session_id="s", introduction="Hello.", add_history_to_context=True)
    agent.run("a")
    agent.run("b")
    assert [m.content for m in model.requests[0].messages] == ["Hello.", "a"]
    assert [m.content for m in model.requests[1].messages] == ["Hello.", "a", "one", "b"]
    session = agent.get_session()
    assert session is not None
    assert [(run.content, run.status) for run in session.runs] == [
        ("Hello.", RunStatus.completed),
        ("one", RunStatus.completed),
        ("two", RunStatus.completed),
    ]
    assert [m.content for m in agent.get_chat_history()] == ["Hello.", "a", "one", "b", "two"]


def test_without_a_store_every_run_is_a_new_session() -> None:
    model = ScriptedModel(["one"])
    output = Agent(model=model, introduction="Hello.", add_history_to_context=True).run("a")
    assert [(m.content, m.from_history) for m in output.messages] == [("Hello.", True), ("a", False), ("one", False)]


def test_an_introduction_is_not_sent_unless_history_is() -> None:
    model = ScriptedModel(["one"])
    Agent(model=model, introduction="Hello.", db=InMemoryDb()).run("a")
    assert [m.content for m in model.requests[0].messages] == ["a"]
