"""Components in every store: versions, labels, drafts, archives, and whose they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agnolo.ports.store import Store
from agnolo.storage import migrations
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.components import Component, ComponentArchivedError, ComponentConfig
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import Scope

BEFORE = 2
"""The last version of the schema that had no components."""
OPEN, ADA, BOB = Scope(), Scope(user_id="ada"), Scope(user_id="bob")


def kept(store: Store, text: str, *, scope: Scope = OPEN, draft: bool = False, label: str | None = None) -> int:
    component = Component(component_id="scout", component_type="agent", name="Scout", metadata={"n": 1})
    config = ComponentConfig(
        component_id="scout", version=0, config={"says": text}, stage="draft" if draft else "published", label=label
    )
    return store.save_component(scope, component, config).result().version


def said(store: Store, *, scope: Scope = OPEN, version: int | None = None, label: str | None = None) -> str | None:
    found = store.get_component_config(scope, "scout", version=version, label=label).result()
    return found.config["says"] if found else None


def test_published_version_is_current_and_drafts_are_not(store: Store) -> None:
    assert (kept(store, "one", draft=True), said(store)) == (1, "one")
    assert (kept(store, "two"), kept(store, "three", draft=True), said(store)) == (2, 3, "two")
    assert (said(store, version=3), said(store, version=4)) == ("three", None)
    component = store.get_component(OPEN, "scout").result()
    assert component is not None
    assert (component.name, component.current_version, component.metadata) == ("Scout", 2, {"n": 1})


def test_label_names_one_version(store: Store) -> None:
    kept(store, "one", label="stable")
    kept(store, "two")
    with pytest.raises(ConfigurationError, match="label 'stable' is version 1 of 'scout'"):
        kept(store, "three", label="stable")
    assert (said(store, label="stable"), said(store, label="rare"), kept(store, "three")) == ("one", None, 3)


def test_archived_component_is_not_seen_and_keeps_its_id(store: Store) -> None:
    assert not store.delete_component(OPEN, "scout").result()
    kept(store, "one")
    assert store.delete_component(OPEN, "scout").result()
    assert not store.delete_component(OPEN, "scout").result()
    assert store.get_component(OPEN, "scout").result() is None
    assert (said(store), store.list_components(OPEN, "agent").result()) == (None, [])
    with pytest.raises(ComponentArchivedError, match="'scout' was deleted"):
        kept(store, "two")
    assert store.delete_component(OPEN, "scout", hard=True).result()
    assert kept(store, "anew") == 1


def test_type_of_a_component_is_fixed(store: Store) -> None:
    kept(store, "one")
    team = Component(component_id="scout", component_type="team")
    with pytest.raises(ConfigurationError, match="'scout' is of type 'agent'"):
        store.save_component(OPEN, team, ComponentConfig(component_id="scout", version=0, config={})).result()


def test_users_see_own_components_and_published_ones_and_change_only_their_own(store: Store) -> None:
    kept(store, "secret", scope=ADA, draft=True)
    assert (said(store, scope=ADA), said(store, scope=BOB)) == ("secret", None)
    with pytest.raises(ConfigurationError, match="no component 'scout' of this user"):
        kept(store, "mine", scope=BOB)
    assert not store.delete_component(BOB, "scout").result()
    kept(store, "shared", scope=ADA)
    assert (said(store, scope=BOB), [c.user_id for c in store.list_components(BOB, "agent").result()]) == (
        "shared",
        ["ada"],
    )
    assert store.delete_component(ADA, "scout").result()
    assert said(store, scope=BOB) is None


def test_namespaces_have_components_of_their_own(store: Store) -> None:
    kept(store, "here")
    assert said(store, scope=Scope(namespace="there")) is None
    assert kept(store, "there", scope=Scope(namespace="there")) == 1


def test_listing_leaves_out_what_is_named(store: Store) -> None:
    kept(store, "one")
    assert store.list_components(OPEN, "agent", without={"scout", "other"}).result() == []
    assert store.list_components(OPEN, "team").result() == []


def test_file_of_an_older_release_gets_the_tables_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path, isolation_level=None) as old:
        for step in migrations.STEPS[:BEFORE]:
            for sql in step:
                old.execute(sql)
        old.execute(
            "INSERT INTO memories (namespace, user_id, memory_id, created_at, payload)"
            " VALUES ('default', 'ada', 'm-1', 5, '{\"memory_id\": \"m-1\", \"memory\": \"Likes tea\"}')"
        )
        old.execute(f"PRAGMA application_id = {migrations.MARK}")
        old.execute(f"PRAGMA user_version = {BEFORE}")
    old.close()
    store = SqliteDb(path)
    assert [memory.memory for memory in store.get_memories(ADA).result()] == ["Likes tea"]
    assert (kept(store, "one"), said(store)) == (1, "one")
    store.close()
