"""The window of the session that the model sees again."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.providers.scripted import Say


def count(n: int) -> int:
    """Count."""
    return n


def agent_with(replies: list[Any], **options: Any) -> Agent:
    return Agent(model=ScriptedModel(replies), db=InMemoryDb(), session_id="s", tools=[count], **options)


def last_request(agent: Agent) -> list[tuple[str, Any]]:
    return [(m.role, m.content) for m in agent.model.requests[-1].messages]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


def test_history_is_off_unless_asked_for() -> None:
    agent = agent_with(["a", "b"])
    agent.run("one")
    agent.run("two")
    assert last_request(agent) == [("user", "two")]
    assert agent.run("three", add_history_to_context=True).content is not None


def test_the_last_three_runs_unless_said_otherwise() -> None:
    agent = agent_with(list("abcdef"), add_history_to_context=True)
    for n in range(5):
        agent.run(str(n))
    assert [text for _, text in last_request(agent)] == ["1", "b", "2", "c", "3", "d", "4"]
    agent.num_history_runs = 1
    agent.run("5")
    assert [text for _, text in last_request(agent)] == ["4", "e", "5"]


@pytest.mark.parametrize(
    ("limit", "shown"), [(1, ["done"]), (2, ["done"]), (3, ["", "1", "done"]), (9, ["one", "", "1", "done"])]
)
def test_a_message_window_never_starts_with_an_orphaned_tool_result(limit: int, shown: list[str]) -> None:
    agent = agent_with(
        [Say(calls=[("count", {"n": 1})]), "done", "end"], add_history_to_context=True, num_history_messages=limit
    )
    agent.run("one")
    agent.run("two")
    assert [text or "" for _, text in last_request(agent)] == [*shown, "two"]


def test_failed_and_cancelled_runs_are_not_history() -> None:
    agent = agent_with(["a", RuntimeError("cut"), "c", "d"], add_history_to_context=True)
    agent.run("one")
    agent.run("two")
    Agent.cancel_run("never")
    agent.run("three", run_id="never")
    agent.run("four")
    assert [text for _, text in last_request(agent)] == ["one", "a", "four"]


def test_history_is_marked_and_not_stored_again() -> None:
    agent = agent_with(["a", "b"], add_history_to_context=True)
    agent.run("one")
    output = agent.run("two")
    assert [(m.content, m.from_history) for m in output.messages] == [
        ("one", True),
        ("a", True),
        ("two", False),
        ("b", False),
    ]
    assert [m.content for m in agent.get_session_messages()] == ["one", "a", "two", "b"]
    assert [m.content for m in agent.get_session_messages(last_n_runs=1)] == ["two", "b"]


def test_the_system_message_of_earlier_runs_is_not_repeated() -> None:
    agent = agent_with(["a", "b"], add_history_to_context=True, description="Be terse.")
    agent.run("one")
    agent.run("two")
    assert [role for role, _ in last_request(agent)] == ["system", "user", "assistant", "user"]
