"""Approvals in every store: kept, listed, decided once, and whose they are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.approvals import ApprovalQuery
from agnolo.storage import migrations
from agnolo.storage.memory import InMemoryDb
from agnolo.storage.sql_store import SqlStore
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.approvals import Approval
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import Scope

ADA, BOB = Scope(user_id="ada"), Scope(user_id="bob")


@pytest.fixture
def db(store: SqlStore) -> SqlStore:
    for number, user in enumerate(("ada", "bob", "ada")):
        approval = Approval(
            id=f"a-{number}",
            run_id=f"r-{number}",
            session_id="s",
            user_id=user,
            agent_id="guard",
            approval_type="required",
            tool_args={"door": "north"},
            bound=["digest"],
            created_at=number,
        )
        store.save_approval(Scope(user_id=user), approval).result()
    return store


def ids(found: tuple[list[dict[str, Any]], int]) -> tuple[list[str], int]:
    return [one["id"] for one in found[0]], found[1]


def test_approvals_are_listed_newest_first_in_pages(db: SqlStore) -> None:
    assert ids(db.get_approvals()) == (["a-2", "a-1", "a-0"], 3)
    assert ids(db.get_approvals(limit=2, page=2)) == (["a-0"], 3)
    assert ids(db.get_approvals(user_id="ada", agent_id="guard", status="pending")) == (["a-2", "a-0"], 2)
    assert ids(db.get_approvals(run_id="r-1", approval_type="audit")) == ([], 0)
    assert (db.get_pending_approval_count(), db.get_pending_approval_count("bob")) == (3, 1)


def test_of_two_who_decide_one_does(db: SqlStore) -> None:
    first = db.update_approval("a-0", expected_status="pending", status="approved", resolved_by="eve", resolved_at=7)
    assert first is not None
    assert (first["status"], first["resolved_by"], first["resolved_at"]) == ("approved", "eve", 7)
    assert first["updated_at"] is not None
    assert db.update_approval("a-0", expected_status="pending", status="rejected") is None
    assert (db.get_approval("a-0") or {})["status"] == "approved"
    assert db.update_approval("none", status="approved") is None


def test_rows_of_other_users_do_not_exist(db: SqlStore) -> None:
    assert db.find_approval(BOB, "a-0").result() is None
    assert db.change_approval(BOB, "a-0", {"status": "approved"}).result() is None
    assert db.remove_approval(BOB, "a-0").result() is False
    assert db.mark_approvals(BOB, "r-0", "COMPLETED").result() == 0
    assert db.find_approvals(ADA, ApprovalQuery(run_id="r-1")).result().total == 0
    assert (db.get_approval("a-0") or {})["status"] == "pending"


def test_what_an_approval_is_about_stays_as_it_is(db: SqlStore) -> None:
    with pytest.raises(ConfigurationError, match="tool_args of an approval can't be changed"):
        db.update_approval("a-0", tool_args={"door": "south"})
    with pytest.raises(ConfigurationError, match="bound of an approval"):
        db.update_approval("a-0", bound=["other"])


@pytest.mark.parametrize(
    ("changes", "said"), [({"status": "maybe"}, "use one of pending"), ({"resolved_at": "x"}, "times")]
)
def test_changes_that_do_not_fit_are_refused(db: SqlStore, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        db.update_approval("a-0", **changes)


@pytest.mark.parametrize("wrong", [{"page": 0}, {"limit": 0}])
def test_pages_that_do_not_exist_are_refused(db: SqlStore, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        db.get_approvals(**wrong)


def test_approvals_are_made_marked_and_deleted_by_programs(db: SqlStore) -> None:
    made = db.create_approval({"id": "a-9", "run_id": "r-0", "session_id": "s", "user_id": "ada", "context": {"n": 1}})
    assert (made["status"], made["context"], "bound" in made) == ("pending", {"n": 1}, False)
    with pytest.raises(ConfigurationError, match="there is an approval 'a-9' already"):
        db.create_approval({"id": "a-9", "run_id": "r-1", "session_id": "s"})
    assert db.update_approval_run_status("r-0", "COMPLETED") == 2
    assert [(db.get_approval(one) or {})["run_status"] for one in ("a-0", "a-1", "a-9")] == [
        "COMPLETED",
        None,
        "COMPLETED",
    ]
    assert (db.delete_approval("a-9"), db.delete_approval("a-9"), db.get_approval("a-9")) == (True, False, None)


def test_approvals_outlive_the_process(tmp_path: Path) -> None:
    db = SqliteDb(tmp_path / "approvals.db")
    made = db.create_approval({"id": "a", "run_id": "r", "session_id": "s", "requirements": [{"id": "q"}]})
    db.close()
    again = SqliteDb(tmp_path / "approvals.db")
    assert again.get_approval("a") == made
    again.close()


def test_databases_of_earlier_releases_get_approvals(tmp_path: Path) -> None:
    path = tmp_path / "approvals.db"
    db = SqliteDb(path)
    db.ping().result()
    db.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("DROP TABLE approvals")
        old.execute(f"PRAGMA user_version = {migrations.VERSION - 1}")
    db = SqliteDb(path)
    assert db.get_approvals() == ([], 0)
    db.close()


def test_namespaces_do_not_see_each_other() -> None:
    db = InMemoryDb()
    db.save_approval(Scope(namespace="other"), Approval(id="a", run_id="r", session_id="s")).result()
    assert db.get_approvals() == ([], 0)
