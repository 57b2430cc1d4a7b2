"""`agnolo sessions`."""

import json
from pathlib import Path

import pytest

from agnolo.agent.agent import Agent
from agnolo.providers.scripted import Say, ScriptedModel
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import ModelOverloadedError
from tests.cli.conftest import Agnolo
from tests.cli.targets import add


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A database with a session of two runs by ada and one of one run by bob."""
    file = tmp_path / "data" / "agnolo.db"
    db = SqliteDb(file)
    replies = [Say(calls=[("add", {"a": 2, "b": 3})]), "It is [bold]5[/bold].", ModelOverloadedError("busy"), "Hi Bob."]
    agent = Agent(name="Adder", model=ScriptedModel(replies), tools=[add], db=db)
    agent.run("2 and 3?", session_id="s-ada", user_id="ada")
    agent.run("And now?", session_id="s-ada", user_id="ada")
    agent.run("hello", session_id="s-bob", user_id="bob")
    agent.set_session_name("s-bob", session_name="Greeting", user_id="bob")
    db.close()
    return file


def listed(text: str) -> list[list[str]]:
    return [line.split()[:4] for line in text.splitlines()]


def test_sessions_are_listed_newest_first(agnolo: Agnolo, stored: Path) -> None:
    ran = agnolo("sessions", "ls")
    assert (ran.code, ran.err) == (0, "")
    rows = listed(ran.out)
    assert rows[0] == ["session", "agent", "user", "name"]
    assert sorted(rows[1:]) == [["s-ada", "adder", "ada", "2"], ["s-bob", "adder", "bob", "Greeting"]]


def test_list_is_limited_and_says_so(agnolo: Agnolo, stored: Path) -> None:
    ran = agnolo("sessions", "ls", "--limit", "1")
    assert len(ran.out.splitlines()) == 3
    assert ran.out.endswith("1 of 2: more with --limit\n")


def test_list_can_be_one_users(agnolo: Agnolo, stored: Path) -> None:
    rows = listed(agnolo("sessions", "ls", "--user", "ada", "--db", str(stored)).out)
    assert rows[1:] == [["s-ada", "adder", "ada", "2"]]


def test_empty_database_has_no_sessions(agnolo: Agnolo) -> None:
    assert agnolo("sessions", "ls") == (0, "no sessions\n", "")


def test_session_is_shown_as_it_was_said(agnolo: Agnolo, stored: Path) -> None:
    ran = agnolo("sessions", "show", "s-ada")
    assert (ran.code, ran.err) == (0, "")
    lines = [line for line in ran.out.splitlines() if line]
    assert lines[0] == "session s-ada, agent adder, user ada"
    assert "COMPLETED" in lines[1]
    assert lines[2:5] == ["> 2 and 3?", "· add(a=2, b=3) → 5", "It is [bold]5[/bold]."]
    assert "ERROR" in lines[5]
    assert lines[6:] == ["> And now?", "busy"]


def test_session_as_json_is_its_runs(agnolo: Agnolo, stored: Path) -> None:
    ran = agnolo("sessions", "show", "s-ada", "--json")
    runs = json.loads(ran.out)
    assert [(run["status"], run["input"]["input_content"]) for run in runs] == [
        ("COMPLETED", "2 and 3?"),
        ("ERROR", "And now?"),
    ]


def test_session_is_removed_with_its_runs(agnolo: Agnolo, stored: Path) -> None:
    assert agnolo("sessions", "rm", "s-ada", "s-bob") == (0, "removed s-ada\nremoved s-bob\n", "")
    assert agnolo("sessions", "ls").out == "no sessions\n"


@pytest.mark.parametrize("action", ["show", "rm"])
@pytest.mark.parametrize("words", [["nobody"], ["s-ada", "--user", "bob"]])
def test_unknown_or_foreign_session_is_an_error(agnolo: Agnolo, stored: Path, action: str, words: list[str]) -> None:
    ran = agnolo("sessions", action, *words)
    assert ran == (1, "", f"agnolo: no session {words[0]!r} here: see agnolo sessions ls\n")


def test_file_that_is_no_database_is_a_clear_error(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("these are notes, not a database, and long enough to be read", encoding="utf-8")
    ran = agnolo("sessions", "ls", "--db", "notes.db")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "notes.db" in ran.err


def test_run_leaves_a_session_that_the_list_shows(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from agnolo import Agent, ScriptedModel, SqliteDb\n"
        "agent = Agent(name='Mine', model=ScriptedModel(['one', 'two'], loop=True), db=SqliteDb())\n",
        encoding="utf-8",
    )
    assert agnolo("run", "hello", "mine.py:agent", "--session", "s1").code == 0
    assert agnolo("run", "again", "mine.py:agent", "--session", "s1").code == 0
    assert listed(agnolo("sessions", "ls").out)[1:] == [["s1", "mine", "-", "hello"]]
