"""The window of the session that the model sees again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ConfigurationError


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


CALLED = [Say(text="I count. ", calls=[("count", {"n": 1}), ("count", {"n": 2})]), "done"]


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        (0, [("user", "one", 0), ("assistant", "I count. ", 0), ("assistant", "done", 0)]),
        (1, [("user", "one", 0), ("assistant", "I count. ", 1), ("tool", "2", 0), ("assistant", "done", 0)]),
        (
            2,
            [
                ("user", "one", 0),
                ("assistant", "I count. ", 2),
                ("tool", "1", 0),
                ("tool", "2", 0),
                ("assistant", "done", 0),
            ],
        ),
    ],
)
def test_only_the_last_tool_calls_of_history_are_told(kept: int, shown: list[Any]) -> None:
    agent = agent_with([*CALLED, "end"], add_history_to_context=True, max_tool_calls_from_history=kept)
    agent.run("one")
    output = agent.run("two")
    told = [(m.role, m.content, len(m.tool_calls or ())) for m in output.messages if m.from_history]
    assert told == shown


def test_an_answer_that_was_only_calls_goes_with_them() -> None:
    replies = [Say(calls=[("count", {"n": 1})]), "done", "end"]
    agent = agent_with(replies, add_history_to_context=True, max_tool_calls_from_history=0)
    agent.run("one")
    assert [m.content for m in agent.run("two").messages] == ["one", "done", "two", "end"]


def results(agent: Agent) -> list[Any]:
    tools = agent.run("look back").tools
    return [json.loads(tool.result or "") for tool in tools or ()]


@pytest.mark.parametrize(
    ("arguments", "roles"),
    [
        ({}, ["user", "assistant", "tool", "tool", "assistant"]),
        ({"num_chats": None}, ["user", "assistant", "tool", "tool", "assistant"]),
        ({"num_chats": 2}, ["tool", "assistant"]),
        ({"num_chats": 0}, []),
    ],
)
def test_the_model_reads_earlier_messages(arguments: dict[str, Any], roles: list[str]) -> None:
    agent = agent_with([*CALLED, Say(calls=[("get_chat_history", arguments)]), "end"], read_chat_history=True)
    agent.run("one")
    assert [[m["role"] for m in told] for told in results(agent)] == [roles]


@pytest.mark.parametrize(("arguments", "numbers"), [({}, [9, 8, 7]), ({"num_calls": 12}, [*range(9, -1, -1)])])
def test_the_model_reads_earlier_tool_calls_the_latest_turn_first(arguments: Any, numbers: list[int]) -> None:
    replies = [reply for n in range(10) for reply in (Say(calls=[("count", {"n": n})]), "done")]
    agent = agent_with(
        [*replies, Say(calls=[("get_tool_call_history", arguments)]), "end"], read_tool_call_history=True
    )
    for _ in range(10):
        agent.run("count")
    (calls,) = results(agent)
    assert [json.loads(call["function"]["arguments"])["n"] for call in calls] == numbers


def test_all_tool_calls_are_read_when_no_number_is_given() -> None:
    agent = agent_with(
        [*CALLED, Say(calls=[("get_tool_call_history", {"num_calls": None})]), "end"], read_tool_call_history=True
    )
    agent.run("one")
    assert [len(calls) for calls in results(agent)] == [2]


def test_tools_that_read_history_need_a_store() -> None:
    with pytest.raises(ConfigurationError, match="need a store: db=SqliteDb"):
        Agent(model=ScriptedModel([]), read_chat_history=True).run("x")
