"""What is remembered of a user."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.agent import background
from tests.engine import ways


def facts(*texts: str) -> str:
    return json.dumps({"memories": [{"memory": t, "topics": ["self"]} for t in texts]})


def agent_with(replies: list[Any], memory: list[Any], **options: Any) -> Agent:
    return Agent(
        model=ScriptedModel(replies),
        memory_model=ScriptedModel(memory, id="memory"),
        db=InMemoryDb(),
        update_memory_on_run=True,
        **options,
    )


def test_facts_are_kept_for_the_user_and_read_into_the_next_run_of_any_session() -> None:
    agent = agent_with(["hi", "Ada", "who?"], [facts("Is called Ada."), facts(), facts()])
    agent.run("My name is Ada", user_id="u", session_id="one")
    agent.run("Who am I?", user_id="u", session_id="two")
    agent.run("Who am I?", user_id="v", session_id="three")
    asked = [[(m.role, m.content) for m in r.messages] for r in agent.model.requests]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert asked[0] == [("user", "My name is Ada")]
    assert asked[1][0][0] == "system"
    assert "- Is called Ada." in asked[1][0][1]
    assert asked[2] == [("user", "Who am I?")]
    (kept,) = agent.get_user_memories("u")
    assert (kept.memory, kept.topics, kept.input, kept.user_id) == ("Is called Ada.", ["self"], "My name is Ada", "u")
    assert agent.get_user_memories("v") == []


def test_a_fact_is_not_kept_twice() -> None:
    agent = agent_with(["a", "b"], [facts("Likes tea.", "likes  TEA"), facts("Likes tea.", " ")])
    agent.run("I like tea")
    agent.run("I like tea")
    assert [m.memory for m in agent.get_user_memories()] == ["Likes tea."]


def test_only_the_users_own_words_are_read() -> None:
    agent = agent_with(["a", "b"], [facts(), facts()], description="You are a pirate.", add_history_to_context=True)
    agent.run("one", session_id="s")
    agent.run("two", session_id="s")
    background.join_all()
    said = [r.messages[-1].content for r in agent.memory_model.requests]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert [text.split("\n")[1:] for text in said] == [["one"], ["two"]]


def test_waiting_for_memory_tells_of_it_inside_the_run() -> None:
    agent = agent_with(["hi"], [facts("Likes tea.")], wait_for_memory=True)
    events, _ = ways.run_stream(agent, "I like tea")
    assert ways.names(events)[-4:] == [
        "RunContentCompleted",
        "MemoryUpdateStarted",
        "MemoryUpdateCompleted",
        "RunCompleted",
    ]
    assert events[-2].memories == [{"memory": "Likes tea."}]  # pyright: ignore[reportAttributeAccessIssue] - by name


def test_extraction_that_fails_is_logged_and_costs_no_reply(caplog: pytest.LogCaptureFixture) -> None:
    agent = agent_with(["hi", "ho"], ["not JSON", RuntimeError("model down")])
    with caplog.at_level(logging.WARNING, "agnolo"):
        assert agent.run("one").content == "hi"
        assert agent.get_user_memories() == []
        assert agent.run("two").content == "ho"
        assert agent.get_user_memories() == []
    assert [r.getMessage().split(" failed: ")[1][:12] for r in caplog.records] == ["'memory' did", "model down"]


def test_runs_that_did_not_complete_are_not_read_for_facts() -> None:
    agent = agent_with([RuntimeError("cut")], [])
    agent.run("I like tea")
    background.join_all()
    assert agent.memory_model.requests == []  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


def test_memories_may_be_read_without_being_kept_and_kept_without_being_read() -> None:
    db = InMemoryDb()
    writer = Agent(
        model=ScriptedModel(["a", "b"]), memory_model=ScriptedModel([facts("Likes tea."), facts()]), db=db,
        update_memory_on_run=True, add_memories_to_context=False,
    )  # fmt: skip
    writer.run("one")
    writer.run("two")
    reader = Agent(model=ScriptedModel(["c"]), db=db, add_memories_to_context=True)
    background.join_all()
    reader.run("three")
    assert all(m.role == "user" for m in writer.model.requests[1].messages)  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert "Likes tea." in reader.model.requests[0].messages[0].text()  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


@pytest.mark.anyio
async def test_memories_drawn_in_an_async_run_are_joined_by_an_async_read() -> None:
    agent = agent_with(["hi"], [facts("Likes tea.")])
    await agent.arun("I like tea")
    assert [m.memory for m in await agent.aget_user_memories()] == ["Likes tea."]
