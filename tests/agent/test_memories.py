"""MemoryManager by itself."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from agnolo import InMemoryDb, ScriptedModel
from agnolo.agent.memories import MemoryManager, MemoryOptimizationStrategy, SummarizeStrategy
from agnolo.ports.model import Model
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import UserMemory


def manager(*replies: Any, **options: Any) -> MemoryManager:
    return MemoryManager(model=ScriptedModel(replies), db=InMemoryDb(), **options)


def texts(keeper: MemoryManager, user_id: str | None = "ada") -> list[str]:
    return [m.memory for m in keeper.get_user_memories(user_id)]


def asked(keeper: MemoryManager) -> list[Any]:
    model: Any = keeper.model
    return model.requests


def test_memories_are_added_read_replaced_and_deleted() -> None:
    keeper = manager()
    name = keeper.add_user_memory(UserMemory("The user sails", topics=["hobby"]), user_id="ada")
    assert name
    (kept,) = keeper.get_user_memories("ada")
    assert (kept.memory_id, kept.user_id, kept.topics, bool(kept.updated_at)) == (name, "ada", ["hobby"], True)
    assert keeper.get_user_memory(name, "ada") == kept
    assert keeper.get_user_memory(name, "bob") is None
    assert keeper.replace_user_memory(name, UserMemory("The user rows", updated_at=7), "ada") == name
    (kept,) = keeper.get_user_memories("ada")
    assert (kept.memory, kept.updated_at) == ("The user rows", 7)
    keeper.delete_user_memory(name, "bob")
    assert texts(keeper) == ["The user rows"]
    keeper.delete_user_memory(name, "ada")
    assert texts(keeper) == []


def test_users_are_cleared_one_by_one_or_all_at_once() -> None:
    keeper = manager()
    for user in ("ada", "bob", None):
        keeper.add_user_memory(UserMemory("x"), user)
    keeper.clear_user_memories()
    assert [texts(keeper, user) for user in ("ada", "bob", None)] == [["x"], ["x"], []]
    keeper.clear()
    assert [texts(keeper, user) for user in ("ada", "bob")] == [[], []]


def test_the_model_keeps_what_a_message_or_messages_say() -> None:
    note = Say(calls=[("add_memory", {"memory": "Sails", "topics": ["hobby"]})])
    keeper = manager(note, "Kept", note, "")
    assert keeper.create_user_memories("I sail", user_id="ada", agent_id="a", team_id="t") == "Kept"
    (kept,) = keeper.get_user_memories("ada")
    assert (kept.memory, kept.input, kept.agent_id, kept.team_id) == ("Sails", "I sail", "a", "t")
    talk = [Message(role="user", content="I sail"), Message(role="assistant", content="Nice"),
            Message(role="user", content="Every day")]  # fmt: skip
    assert keeper.create_user_memories(messages=talk, user_id="bob") == "No response from model"
    assert [m.input for m in keeper.get_user_memories("bob")] == ["I sail, Every day"]
    assert [m.content for m in asked(keeper)[2].messages[1:]] == ["I sail", "Nice", "Every day"]
    with pytest.raises(ValueError, match="either a message or a list of messages"):
        keeper.create_user_memories(messages=[])


@pytest.mark.anyio
async def test_what_works_plain_works_awaited() -> None:
    note = Say(calls=[("add_memory", {"memory": "Sails", "topics": []})])
    keeper = manager(note, "Kept", "Nothing to do", "All in one")
    assert await keeper.acreate_user_memories("I sail", user_id="ada") == "Kept"
    assert await keeper.aupdate_memory_task("Check", user_id="ada") == "Nothing to do"
    assert [m.memory for m in await keeper.aoptimize_memories("ada")] == ["All in one"]
    assert [m.memory for m in await keeper.aget_user_memories("ada")] == ["All in one"]
    await keeper.aclear_user_memories("ada")
    assert await keeper.aget_user_memories("ada") == []


def test_a_task_is_carried_out_with_the_tools_that_are_allowed() -> None:
    clear = Say(calls=[("clear_memory", {})])
    keeper = manager(clear, "Gone", delete_memories=True, clear_memories=True, add_memories=False)
    for user in ("ada", "bob"):
        keeper.add_user_memory(UserMemory("x"), user)
    assert keeper.update_memory_task("Forget me", "ada") == "Gone"
    assert (texts(keeper, "ada"), texts(keeper, "bob")) == ([], ["x"])
    assert [t.name for t in asked(keeper)[0].tools] == ["clear_memory", "delete_memory", "update_memory"]
    assert all(t.strict for t in asked(keeper)[0].tools)
    assert "clear_memory" in asked(keeper)[0].messages[0].text()


def test_a_note_is_not_emptied() -> None:
    keeper = manager(Say(calls=[("update_memory", {"memory_id": "m", "memory": "", "topics": []})]), "Sorry")
    keeper.add_user_memory(UserMemory("x", memory_id="m"), "ada")
    assert keeper.update_memory_task("Empty it", "ada") == "Sorry"
    assert texts(keeper) == ["x"]


def test_the_rules_are_the_users_to_write() -> None:
    keeper = manager("ok", memory_capture_instructions="Only boats.", additional_instructions="Be brief.")
    keeper.create_user_memories("I sail")
    system = asked(keeper)[0].messages[0].text()
    assert "<memories_to_capture>\nOnly boats.\n</memories_to_capture>" in system
    assert system.endswith("Be brief.")
    keeper = manager("ok", system_message="Just do it.")
    keeper.create_user_memories("I sail")
    assert asked(keeper)[0].messages[0].text() == "Just do it."


def test_memories_are_searched_by_age_or_by_the_model() -> None:
    keeper = manager('{"memory_ids": ["c", "a", "gone", "c"]}', '{"memory_ids": ["c", "a"]}')
    for n, name in enumerate("abc"):
        keeper.add_user_memory(UserMemory(f"fact {name}", memory_id=name, topics=[name], updated_at=9 - n), "ada")
    ids = [[m.memory_id for m in found] for found in (
        keeper.search_user_memories(user_id="ada"),
        keeper.search_user_memories(user_id="ada", limit=2),
        keeper.search_user_memories(user_id="ada", retrieval_method="first_n", limit=2),
        keeper.search_user_memories(user_id="ada", retrieval_method="first_n"),
        keeper.search_user_memories("boats", user_id="ada", retrieval_method="agentic"),
        keeper.search_user_memories("boats", user_id="ada", retrieval_method="agentic", limit=1),
        keeper.search_user_memories("boats", user_id="bob", retrieval_method="agentic"),
    )]  # fmt: skip
    assert ids == [list("cba"), list("ba"), list("cb"), list("cba"), ["c", "a"], ["c"], []]
    assert "ID: a\nMemory: fact a\nTopics: a" in asked(keeper)[0].messages[0].text()
    with pytest.raises(ValueError, match="Query is required for agentic search"):
        keeper.search_user_memories(retrieval_method="agentic")


def test_memories_are_merged_into_one_that_takes_their_place_when_applied() -> None:
    keeper = manager("Sails and rows", "", "unused")
    assert keeper.optimize_memories("ada") == []
    for text, topic, agent in (("Sails", "sea", "a"), ("Rows", "lake", "a")):
        keeper.add_user_memory(UserMemory(text, topics=[topic], agent_id=agent), "ada")
    (shown,) = keeper.optimize_memories("ada", apply=False)
    assert (shown.memory, shown.topics, shown.agent_id, shown.user_id) == (
        "Sails and rows",
        ["sea", "lake"],
        "a",
        "ada",
    )
    assert texts(keeper) == ["Sails", "Rows"]
    keeper.optimize_memories("ada", "summarize")
    assert texts(keeper) == ["Sails Rows"]
    with pytest.raises(ConfigurationError, match="strategy='squeeze' is unknown"):
        keeper.optimize_memories("ada", "squeeze")  # pyright: ignore[reportArgumentType] - as a user may


def test_a_strategy_of_ones_own_may_keep_some_of_the_memories() -> None:
    class Newest(MemoryOptimizationStrategy):
        def optimize(self, memories: list[UserMemory], model: Model) -> list[UserMemory]:
            return [memories[-1], UserMemory("made")]

    keeper = manager()
    for name in "ab":
        keeper.add_user_memory(UserMemory(name, memory_id=name), "ada")
    keeper.optimize_memories("ada", Newest())
    assert sorted(texts(keeper)) == ["b", "made"]
    assert SummarizeStrategy().count_tokens(keeper.get_user_memories("ada")) == 2


@pytest.mark.anyio
async def test_a_strategy_without_a_body_says_so() -> None:
    with pytest.raises(NotImplementedError):
        MemoryOptimizationStrategy().optimize([], ScriptedModel([]))
    with pytest.raises(NotImplementedError):
        await MemoryOptimizationStrategy().aoptimize([], ScriptedModel([]))


@pytest.mark.anyio
async def test_without_a_store_nothing_is_known_and_a_warning_says_why(caplog: pytest.LogCaptureFixture) -> None:
    keeper = MemoryManager(model=ScriptedModel([]))
    with caplog.at_level(logging.WARNING, "agnolo"):
        assert keeper.get_user_memories() == []
        assert keeper.add_user_memory(UserMemory("x")) is None
        assert keeper.create_user_memories("x") == "Please provide a db to store memories"
        assert await keeper.acreate_user_memories("x") == "Please provide a db to store memories"
        assert keeper.update_memory_task("x") == "Please provide a db to store memories"
        assert await keeper.aupdate_memory_task("x") == "Please provide a db to store memories"
        assert keeper.search_user_memories("x", retrieval_method="agentic") == []
        keeper.delete_user_memory("x")
        keeper.clear_user_memories()
        keeper.clear()
    assert {r.getMessage() for r in caplog.records} == {
        "a MemoryManager without db= keeps nothing: give it db=SqliteDb(...) or db=InMemoryDb()"
    }


def test_a_manager_has_an_id_and_resolves_its_model_by_name() -> None:
    keeper = MemoryManager(model="openai-chat:gpt-5.4-mini")
    assert keeper.get_model().id == "gpt-5.4-mini"
    assert (keeper.id or "").startswith("memory_manager_")
    assert MemoryManager(id="mine").id == "mine"
