"""Stored runs played again: `agnolo test add`, `test update`, `replay` and `fork`, on agents in files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agnolo.cli import kept_runs
from agnolo.cli.main import main
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import Scope

AGENT = '''
from pathlib import Path

from agnolo import Agent, ScriptedModel, SqliteDb
from agnolo.providers.scripted import Say

HERE = Path(__file__).parent


def weigh(item: str) -> str:
    """Weigh an item."""
    with (HERE / "calls.txt").open("a") as calls:
        calls.write(item + "\\n")
    if item == "feather":
        raise ValueError("too light")
    return f"{item}: 3 kg"


REPLIES = [
    Say(text="Let me see. ", calls=[("weigh", {"item": "lamp"}), ("weigh", {"item": "feather"})], reasoning="Hm."),
    "The lamp weighs 3 kg.",
    "As I said, 3 kg.",
]

agent = Agent(
    name="Scales",
    model=ScriptedModel(REPLIES),
    tools=[weigh],
    instructions="Weigh things.",
    add_history_to_context=True,
    add_datetime_to_context=True,
    db=SqliteDb(str(HERE / "runs.db")),
)
'''


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an agent that has run twice in session s."""
    (tmp_path / "scales.py").write_text(AGENT)
    monkeypatch.chdir(tmp_path)
    for asked in ("How heavy is the lamp?", "Say again?"):
        code = f"from scales import agent, REPLIES\nfor r in {[asked]!r}: agent.run(r, session_id='s')"
        if asked == "Say again?":
            code = "import scales; scales.agent.model = scales.ScriptedModel(scales.REPLIES[2:])\n" + code
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    (tmp_path / "calls.txt").unlink()
    return tmp_path


def runs(place: Path) -> list[str]:
    store = SqliteDb(str(place / "runs.db"))
    try:
        return [record.run.run_id for record in store.get_runs(Scope(), "s").result()]
    finally:
        store.close()


def called(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def kept(place: Path, run: int) -> Path:
    assert called("test", "add", runs(place)[run], "scales.py:agent", "--name", f"run {run}") == 0
    return place / "tests/runs" / f"test_run_{run}.json"


def change(place: Path, before: str, after: str) -> None:
    source = (place / "scales.py").read_text()
    assert before in source
    (place / "scales.py").write_text(source.replace(before, after))


def test_a_run_becomes_a_test_that_passes_without_the_world(place: Path) -> None:
    kept(place, 0)
    kept(place, 1)
    (place / "runs.db").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/runs"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert not (place / "calls.txt").exists()


def test_a_recording_holds_what_was_asked_and_told(place: Path) -> None:
    expected = json.loads(kept(place, 0).read_text())["expected"]
    assert [m["role"] for m in expected["requests"][1]["messages"]] == ["system", "user", "assistant", "tool", "tool"]
    assert [m.get("content") for m in expected["messages"] if m["role"] == "tool"] == [
        "lamp: 3 kg",
        "ValueError: too light",
    ]
    assert (expected["status"], expected["content"]) == ("COMPLETED", "Let me see. The lamp weighs 3 kg.")
    assert expected["events"][:3] == ["RunStarted", "ModelRequestStarted", "RunContent"]


def test_history_before_the_run_is_part_of_it(place: Path) -> None:
    (request,) = json.loads(kept(place, 1).read_text())["expected"]["requests"]
    assert [m["role"] for m in request["messages"]] == [
        "system", "user", "assistant", "tool", "tool", "assistant", "user",
    ]  # fmt: skip


def test_a_changed_prompt_fails_the_test_and_shows_the_difference(place: Path) -> None:
    file = kept(place, 0)
    change(place, "Weigh things.", "Weigh all things.")
    with pytest.raises(AssertionError, match="no longer as kept") as failed:
        kept_runs.check(file)
    assert "-" in str(failed.value) and "Weigh all things." in str(failed.value)


def test_update_takes_what_the_agent_does_now(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = kept(place, 0)
    change(place, "Weigh things.", "Weigh all things.")
    assert called("test", "update", str(file)) == 0
    assert "Weigh all things." in capsys.readouterr().out
    kept_runs.check(file)


def test_an_agent_that_no_longer_calls_what_was_recorded_fails(place: Path) -> None:
    file = kept(place, 0)
    change(place, "tools=[weigh],", "tools=[],")
    with pytest.raises(AssertionError, match="There is no tool 'weigh'"):
        kept_runs.check(file)


def test_replay_says_whether_something_differs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("replay", runs(place)[0], "scales.py:agent") == 0
    assert "COMPLETED: the same messages" in capsys.readouterr().out
    change(place, "Weigh things.", "Weigh all things.")
    assert called("replay", runs(place)[0], "scales.py:agent") == 1
    assert not (place / "calls.txt").exists()


@pytest.mark.parametrize("factory", ["def given(session_state):", "async def given(session_state):"])
def test_tools_that_a_function_gives_are_played_too(
    place: Path, capsys: pytest.CaptureFixture[str], factory: str
) -> None:
    change(place, "agent = Agent(", f"{factory}\n    return [weigh]\n\n\nagent = Agent(")
    change(place, "tools=[weigh]", "tools=given")
    assert called("replay", runs(place)[0], "scales.py:agent") == 0
    assert "COMPLETED: the same messages" in capsys.readouterr().out
    assert not (place / "calls.txt").exists()


def test_fork_runs_only_the_rest_and_stores_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(place, "model=ScriptedModel(REPLIES),", 'model=ScriptedModel(["It is heavy."]),')
    assert called("fork", runs(place)[0], "scales.py:agent", "--at", "turn:1/model") == 1
    told = capsys.readouterr().out
    assert '+  "content": "It is heavy."' in told and '-  "content": "The lamp weighs 3 kg."' in told
    assert not (place / "calls.txt").exists()
    assert len(runs(place)) == 2


def test_fork_from_the_first_answer_calls_the_real_tools(place: Path) -> None:
    assert called("fork", runs(place)[0], "scales.py:agent", "--at", "turn:0/model") == 0
    assert (place / "calls.txt").read_text() == "lamp\nfeather\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("replay", "nowhere", "scales.py:agent"), "run 'nowhere' not found"),
        (("fork", "RUN", "scales.py:agent", "--at", "turn:9/model"), "has no step 'turn:9/model': steps are system,"),
        (("test", "update", "missing.json"), "no kept run in 'missing.json'"),
        (("test", "update", "scales.py"), "'scales.py' is no kept run"),
    ],
)
def test_what_can_not_be_is_told_in_a_line(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    given = [runs(place)[0] if text == "RUN" else text for text in arguments]
    assert called(*given) == 1
    assert complaint in capsys.readouterr().err


def test_an_agent_without_a_store_has_no_runs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(place, 'db=SqliteDb(str(HERE / "runs.db")),', "")
    assert called("replay", "any", "scales.py:agent") == 1
    assert "has a db" in capsys.readouterr().err


def test_a_recording_without_expectations_is_no_test(place: Path) -> None:
    file = kept(place, 0)
    said: dict[str, Any] = json.loads(file.read_text())
    file.write_text(json.dumps({**said, "expected": None}))
    with pytest.raises(ConfigurationError, match="agnolo test update"):
        kept_runs.check(file)


def test_a_failed_run_is_played_as_it_failed(place: Path) -> None:
    code = (
        "import scales; from agnolo import ScriptedModel; scales.agent.model = ScriptedModel([ValueError('down')])\n"
        "print(scales.agent.run('Hello?', session_id='s').status)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=place, check=True, capture_output=True)
    file = kept(place, 2)
    expected = json.loads(file.read_text())["expected"]
    assert (expected["status"], expected["content"]) == ("ERROR", "down")
    kept_runs.check(file)
