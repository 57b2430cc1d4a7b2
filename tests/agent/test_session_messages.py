"""What an agent reads of the messages of a session: which runs, which roles, how many."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.providers.scripted import Say
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.sessions import AgentSession


def look(at: str) -> str:
    """Look somewhere."""
    return f"seen {at}"


def texts(messages: Sequence[Message]) -> list[str]:
    return [str(message.content or "calls") for message in messages]


@pytest.fixture
def agent() -> Agent:
    """Of two runs of four messages each, after the system's."""
    replies = [Say(calls=[("look", {"at": "sea"})]), "water", Say(calls=[("look", {"at": "sky"})]), "clouds"]
    agent = Agent(
        model=ScriptedModel(replies), tools=[look], db=InMemoryDb(), session_id="s", description="Look well.",
    )  # fmt: skip
    agent.run("sea?")
    agent.run("sky?")
    return agent


def test_the_first_system_message_stands_before_the_messages_of_all_runs(agent: Agent) -> None:
    assert texts(agent.get_session_messages()) == [
        "Look well.", "sea?", "calls", "seen sea", "water", "sky?", "calls", "seen sky", "clouds",
    ]  # fmt: skip


def test_the_last_runs_have_a_system_message_of_their_own(agent: Agent) -> None:
    assert texts(agent.get_session_messages("s", 1)) == ["Look well.", "sky?", "calls", "seen sky", "clouds"]
    assert agent.get_session_messages("s", 0) == []


def test_roles_are_skipped(agent: Agent) -> None:
    assert texts(agent.get_session_messages(skip_roles=["system", "tool"], last_n_runs=1)) == [
        "sky?", "calls", "clouds",
    ]  # fmt: skip


def test_messages_of_history_are_told_when_asked_for() -> None:
    asked = [Message(role="user", content="one", from_history=True), Message(role="user", content="two")]
    run = RunOutput(run_id="r", session_id="s", messages=asked, status=RunStatus.completed)
    session = AgentSession(session_id="s", runs=[run])
    assert texts(session.get_messages()) == ["two"]
    assert texts(session.get_messages(skip_history_messages=False)) == ["one", "two"]


def test_a_limit_counts_the_system_message_and_leaves_no_answer_without_its_call(agent: Agent) -> None:
    limited = {n: texts(agent.get_session_messages(limit=n)) for n in (0, 1, 2, 3, 4)}
    assert limited == {
        0: ["Look well."],
        1: ["Look well."],
        2: ["Look well.", "clouds"],
        3: ["Look well.", "clouds"],
        4: ["Look well.", "calls", "seen sky", "clouds"],
    }
    assert texts(agent.get_session_messages(limit=2, skip_roles=["system"])) == ["clouds"]


def test_failed_runs_are_in_the_chat_and_in_the_messages_when_asked_for() -> None:
    agent = Agent(model=ScriptedModel(["a", RuntimeError("cut")]), db=InMemoryDb(), session_id="s")
    agent.run("one")
    agent.run("two")
    assert texts(agent.get_session_messages()) == ["one", "a"]
    assert texts(agent.get_session_messages(skip_statuses=[RunStatus.paused])) == ["one", "a", "two"]
    assert texts(agent.get_chat_history()) == ["one", "a", "two"]
