"""User memories."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo.ports.store import MemoryCount, MemoryQuery, Store
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import Scope, UserMemory
from tests.storage.stories import ANN, ANYONE, BOB


def memories(store: Store, scope: Scope = ANN, limit: int | None = None) -> list[UserMemory]:
    return store.get_memories(scope, limit=limit).result()


def remember(store: Store, *texts: str, scope: Scope = ANN, at: int = 100) -> None:
    made = [UserMemory(memory=text, memory_id=text, created_at=at + n) for n, text in enumerate(texts)]
    store.save_memories(scope, made).result()


def test_memory_is_read_back_whole_with_its_owner(store: Store) -> None:
    memory = UserMemory(
        memory="likes tea",
        memory_id="m1",
        topics=["drinks"],
        input="I like tea",
        agent_id="a",
        created_at=1,
        updated_at=2,
    )
    store.save_memories(ANN, [memory]).result()
    assert memories(store) == [
        UserMemory(
            memory="likes tea", memory_id="m1", topics=["drinks"], user_id="ann", input="I like tea", agent_id="a",
            created_at=1, updated_at=2,
        )
    ]  # fmt: skip


def test_memories_come_oldest_first_and_a_limit_takes_the_newest(store: Store) -> None:
    remember(store, "c", "d", at=300)
    remember(store, "a", "b", at=100)
    assert [m.memory for m in memories(store)] == ["a", "b", "c", "d"]
    assert [m.memory for m in memories(store, limit=2)] == ["c", "d"]
    assert memories(store, limit=0) == []


def test_saving_again_replaces_and_keeps_the_age(store: Store) -> None:
    remember(store, "a", "b")
    store.save_memories(ANN, [UserMemory(memory="A", memory_id="a")]).result()
    store.save_memories(ANN, [UserMemory(memory="B", memory_id="b", created_at=50)]).result()
    assert [(m.memory, m.created_at) for m in memories(store)] == [("B", 50), ("A", 100)]


def test_memory_without_a_time_is_stamped(store: Store) -> None:
    store.save_memories(ANN, [UserMemory(memory="x", memory_id="x")]).result()
    assert (memories(store)[0].created_at or 0) > 1_700_000_000


def test_users_and_namespaces_share_no_memory_even_with_one_id(store: Store) -> None:
    elsewhere = Scope("ann", "elsewhere")
    for scope, text in ((ANN, "Ann's"), (BOB, "Bob's"), (elsewhere, "Ann's elsewhere")):
        store.save_memories(scope, [UserMemory(memory=text, memory_id="m")]).result()
    assert [m.memory for m in memories(store, ANN)] == ["Ann's"]
    assert [m.memory for m in memories(store, BOB)] == ["Bob's"]
    assert store.delete_memories(BOB, ["m"]).result() == 1
    assert [m.memory for m in memories(store, ANN)] == ["Ann's"]
    assert [m.memory for m in memories(store, elsewhere)] == ["Ann's elsewhere"]


def test_memories_without_a_user_are_the_default_users(store: Store) -> None:
    remember(store, "ann's")
    remember(store, "nobody's", scope=ANYONE)
    assert [m.memory for m in memories(store, ANYONE)] == ["nobody's"]
    assert memories(store, Scope("default")) == memories(store, ANYONE)
    assert memories(store, ANYONE)[0].user_id == "default"
    store.save_memories(ANYONE, memories(store, ANYONE)).result()


def test_memory_that_names_another_user_is_refused(store: Store) -> None:
    foreign = UserMemory(memory="x", memory_id="x", user_id="ann")
    with pytest.raises(ConfigurationError, match="memory 'x' is of user 'ann' and saved for 'bob'"):
        store.save_memories(BOB, [UserMemory(memory="y", memory_id="y"), foreign])
    with pytest.raises(ConfigurationError, match="saved for 'default'"):
        store.save_memories(ANYONE, [foreign])
    assert memories(store, BOB) == []


def test_deleting_counts_what_was_there(store: Store) -> None:
    remember(store, "a", "b", "c")
    assert store.delete_memories(ANN, ["a", "c", "c", "nope"]).result() == 2
    assert store.delete_memories(ANN, []).result() == 0
    assert [m.memory for m in memories(store)] == ["b"]


def listed(store: Store, scope: Scope = ANYONE, **query: Any) -> list[str]:
    found = store.list_memories(scope, MemoryQuery(sort_by="memory", ascending=True, **query)).result()
    return [memory.memory for memory in found.rows]


def remembered(store: Store) -> None:
    hers = [
        UserMemory(memory="Sails", memory_id="1", topics=["sea", "hobby"], agent_id="a", updated_at=30),
        UserMemory(memory="drinks tea", memory_id="2", topics=["food"], updated_at=10),
    ]
    store.save_memories(ANN, hers).result()
    store.save_memories(BOB, [UserMemory(memory="climbs", memory_id="3", created_at=20)]).result()


def test_memories_are_found_by_user_id_text_agent_and_topics(store: Store) -> None:
    remembered(store)
    assert listed(store) == ["Sails", "climbs", "drinks tea"]
    assert listed(store, ANN) == ["Sails", "drinks tea"]
    assert listed(store, memory_ids=["2", "3", "9"]) == ["climbs", "drinks tea"]
    assert listed(store, memory_ids=[]) == []
    assert listed(store, search="SAIL") == ["Sails"]
    assert listed(store, agent_id="a") == ["Sails"]
    assert listed(store, topics=["sea", "hobby"]) == ["Sails"]
    assert listed(store, topics=["sea", "food"]) == []


def test_memories_come_in_pages_with_the_count_of_all(store: Store) -> None:
    remembered(store)
    assert listed(store, limit=2, page=2) == ["drinks tea"]
    latest = store.list_memories(ANYONE, MemoryQuery(limit=1)).result()
    assert ([memory.memory for memory in latest.rows], latest.total) == (["Sails"], 3)
    with pytest.raises(ConfigurationError, match="memories can't be sorted by 'colour'"):
        store.list_memories(ANYONE, MemoryQuery(sort_by="colour"))


def test_memories_are_counted_by_user_the_latest_change_first(store: Store) -> None:
    remembered(store)
    assert store.count_memories(ANYONE).result() == [
        MemoryCount(user_id="ann", total=2, updated_at=30), MemoryCount(user_id="bob", total=1, updated_at=20),
    ]  # fmt: skip
    assert store.count_memories(Scope(user_id="cyd")).result() == []


def test_memory_without_an_id_is_given_one_and_later_changes_of_the_object_stay_outside(store: Store) -> None:
    memory = UserMemory("likes tea")
    store.save_memories(ANN, [memory]).result()
    memory.memory = "likes coffee"
    (kept,) = memories(store)
    assert kept.memory == "likes tea"
    assert kept.memory_id


def test_clearing_takes_one_users_memories_or_those_of_all(store: Store) -> None:
    elsewhere = Scope("ann", "elsewhere")
    for scope in (ANN, BOB, ANYONE, elsewhere):
        store.save_memories(scope, [UserMemory("x"), UserMemory("y")]).result()
    assert store.clear_memories(ANN).result() == 2
    assert [len(memories(store, scope)) for scope in (ANN, BOB, ANYONE, elsewhere)] == [0, 2, 2, 2]
    assert store.clear_memories(ANYONE).result() == 4
    assert [len(memories(store, scope)) for scope in (BOB, ANYONE, elsewhere)] == [0, 0, 2]
