"""What is remembered of a user."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.agent import background
from agnolo.agent.memories import MemoryManager
from agnolo.providers.scripted import Say
from agnolo.vocabulary.sessions import Scope, UserMemory
from tests.engine import ways


def noting(*texts: str) -> list[Any]:
    """A memory model's replies: it notes these, and says so."""
    calls = [("add_memory", {"memory": t, "topics": ["self"]}) for t in texts]
    return [Say(calls=calls), "Kept"] if texts else ["Nothing new"]


def agent_with(replies: list[Any], memory: list[Any], **options: Any) -> Agent:
    return Agent(
        model=ScriptedModel(replies),
        memory_model=ScriptedModel(memory, id="memory"),
        db=InMemoryDb(),
        update_memory_on_run=True,
        **options,
    )


def test_facts_are_kept_for_the_user_and_read_into_the_next_run_of_any_session() -> None:
    agent = agent_with(["hi", "Ada", "who?"], [*noting("Is called Ada."), *noting(), *noting()])
    agent.run("My name is Ada", user_id="u", session_id="one")
    agent.run("Who am I?", user_id="u", session_id="two")
    agent.run("Who am I?", user_id="v", session_id="three")
    first, second, third = (r.messages[0].text() for r in agent.model.requests)  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert first == third == "You remember users from one conversation to the next. Of this one you know nothing yet."
    assert "<memories_from_previous_interactions>\n- Is called Ada.\n</memories" in second
    (kept,) = agent.get_user_memories("u")
    assert (kept.memory, kept.topics, kept.input, kept.user_id) == ("Is called Ada.", ["self"], "My name is Ada", "u")
    assert (kept.agent_id, bool(kept.updated_at)) == (agent.agent_id, True)
    assert agent.get_user_memories("v") == []


def test_the_model_sees_what_is_noted_and_may_change_or_delete_but_never_clear() -> None:
    db = InMemoryDb()

    def changing(_: object) -> Say:
        tea, dog = db.get_memories(Scope("u")).result()
        return Say(calls=[("update_memory", {"memory_id": tea.memory_id, "memory": "Likes coffee.", "topics": []}),
                          ("delete_memory", {"memory_id": dog.memory_id})])  # fmt: skip

    memory = ScriptedModel([*noting("Likes tea.", "Has a dog."), changing, "Done"])
    agent = Agent(model=ScriptedModel(["a", "b"]), memory_model=memory, db=db, update_memory_on_run=True)
    agent.run("I like tea and have a dog", user_id="u")
    born = agent.get_user_memories("u")[0].created_at
    agent.run("Coffee now, and the dog is gone", user_id="u")
    (left,) = agent.get_user_memories("u")
    assert (left.memory, left.created_at, left.input) == ("Likes coffee.", born, "Coffee now, and the dog is gone")
    asked = memory.requests[2]
    assert [t.name for t in asked.tools] == ["add_memory", "delete_memory", "update_memory"]
    assert "<existing_memories>\nID: " in asked.messages[0].text()
    assert "Memory: Likes tea." in asked.messages[0].text()
    results = [m.content for m in memory.requests[3].messages if m.role == "tool"]
    assert results == ["Memory updated successfully", "Memory deleted successfully"]


def test_only_the_users_own_words_are_read() -> None:
    agent = agent_with(["a", "b"], ["no", "no"], description="You are a pirate.", add_history_to_context=True)
    agent.run("one", session_id="s")
    agent.run("two", session_id="s")
    background.join_all()
    said = [[m.content for m in r.messages[1:]] for r in agent.memory_model.requests]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert said == [["one"], ["two"]]


def test_waiting_for_memory_tells_of_it_inside_the_run_and_counts_it() -> None:
    agent = agent_with(["hi"], noting("Likes tea."), wait_for_memory=True)
    events, output = ways.run_stream(agent, "I like tea")
    assert ways.names(events)[-4:] == [
        "RunContentCompleted",
        "MemoryUpdateStarted",
        "MemoryUpdateCompleted",
        "RunCompleted",
    ]
    (told,) = events[-2].memories  # pyright: ignore[reportAttributeAccessIssue] - by name
    assert {k: told[k] for k in ("memory", "topics", "user_id", "input")} == {
        "memory": "Likes tea.", "topics": ["self"], "user_id": "default", "input": "I like tea",
    }  # fmt: skip
    metrics: Any = output.metrics
    details = metrics.details
    assert sorted(details) == ["memory_model", "model"]
    assert metrics.total_tokens == sum(m.total_tokens for models in details.values() for m in models)


def test_extraction_that_fails_is_logged_and_costs_no_reply(caplog: pytest.LogCaptureFixture) -> None:
    agent = agent_with(["hi", "ho"], [RuntimeError("model down"), RuntimeError("still down")])
    with caplog.at_level(logging.WARNING, "agnolo"):
        assert agent.run("one").content == "hi"
        assert agent.get_user_memories() == []
        assert agent.run("two").content == "ho"
        assert agent.get_user_memories() == []
    assert [r.getMessage().split(" failed: ")[1] for r in caplog.records] == ["model down", "still down"]


def test_awaited_extraction_that_fails_leaves_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    endless = ScriptedModel([Say(calls=[("delete_memory", {"memory_id": "x"})])], loop=True)
    agent = Agent(
        model=ScriptedModel(["hi"]), memory_model=endless, db=InMemoryDb(), update_memory_on_run=True,
        wait_for_memory=True,
    )  # fmt: skip
    with caplog.at_level(logging.WARNING, "agnolo"):
        output = agent.run("one")
    assert (output.status, output.content) == ("COMPLETED", "hi")
    assert "max_model_requests=24" in caplog.records[0].getMessage()
    assert len(endless.requests) == 24


def test_runs_that_did_not_complete_are_not_read_for_facts() -> None:
    agent = agent_with([RuntimeError("cut")], [])
    agent.run("I like tea")
    background.join_all()
    assert agent.memory_model.requests == []  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


def test_memories_may_be_read_without_being_kept_and_kept_without_being_read() -> None:
    db = InMemoryDb()
    writer = Agent(
        model=ScriptedModel(["a", "b"]), memory_model=ScriptedModel([*noting("Likes tea."), "no"]), db=db,
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
    agent = agent_with(["hi"], noting("Likes tea."))
    await agent.arun("I like tea")
    assert [m.memory for m in await agent.aget_user_memories()] == ["Likes tea."]


@pytest.mark.parametrize("way", [*ways.STREAMED.values(), *ways.WHOLE.values()])
def test_the_model_itself_remembers_by_a_tool(way: ways.Way) -> None:
    manager = MemoryManager(model=ScriptedModel([*noting("Sails."), *noting("Sails.")]), db=InMemoryDb())
    talk = ScriptedModel([Say(calls=[("update_user_memory", {"task": "They sail"})]), "Noted"])
    agent = Agent(model=talk, memory_manager=manager, enable_agentic_memory=True, update_memory_on_run=True)
    _, output = way(agent, "I love to sail", user_id="ada")
    assert (output.content, [t.result for t in output.tools or ()]) == ("Noted", ["Kept"])
    assert "<updating_user_memories>" in talk.requests[0].messages[0].text()
    assert [(m.memory, m.input) for m in agent.get_user_memories("ada")] == [("Sails.", "They sail")]
    assert len(manager.model.requests) == 2  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - no extraction beside it


def test_agentic_memory_without_a_store_says_so_to_the_model() -> None:
    agent = Agent(
        model=ScriptedModel([Say(calls=[("update_user_memory", {"task": "They sail"})]), "Sorry"]),
        enable_agentic_memory=True,
    )
    assert [t.result for t in agent.run("I sail").tools or []] == ["Nothing can be remembered: there is no db."]


def test_a_thousand_users_of_one_agent_are_never_mixed() -> None:
    def note(request: Any) -> Any:
        last = request.messages[-1]
        return Say(calls=[("add_memory", {"memory": last.text(), "topics": []})]) if last.role == "user" else "Kept"

    agent = Agent(
        model=ScriptedModel([lambda r: r.messages[-1].text()], loop=True),
        memory_model=ScriptedModel([note], loop=True),
        db=InMemoryDb(), update_memory_on_run=True, session_state={"of": None}, add_history_to_context=True,
    )  # fmt: skip
    users = [f"user-{n}" for n in range(1000)]
    for turn, who in (("first", users), ("second", users[::4])):
        for user in who:
            output = agent.run(f"{turn} of {user}", user_id=user, session_state={"of": user})
            assert (output.content, output.session_state) == (f"{turn} of {user}", {"of": user})
    for n, user in enumerate(users):
        said = {f"first of {user}"} if n % 4 else {f"first of {user}", f"second of {user}"}
        assert {m.memory for m in agent.get_user_memories(user)} == said
    shown = [(r.messages[-1].text().split(" of ")[1], str(r.messages)) for r in agent.model.requests]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert all(set(re.findall(r"user-\d+", text)) == {user} for user, text in shown)


def test_memory_is_a_dict_and_back() -> None:
    memory = UserMemory("likes tea", memory_id="m", topics=["food"], created_at=1_700_000_000)
    shown = memory.to_dict()
    assert shown["created_at"] == shown["updated_at"]
    assert UserMemory.from_dict(shown).created_at == 1_700_000_000
    assert UserMemory.from_dict({"memory": "x", "updated_at": 5}).updated_at == 5
