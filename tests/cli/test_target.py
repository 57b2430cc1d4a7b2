"""What commands are given to work on, and what is said when it is wrong."""

from pathlib import Path

import pytest

from tests.cli.conftest import TARGETS, Agnolo


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        (":clark", f"'{TARGETS}' has no object 'clark': try {TARGETS}:clerk or "),
        (f"{TARGETS}", f"'{TARGETS}' names no object: try {TARGETS}:clerk or "),
        (":number", f"'{TARGETS}:number' is of type 'int': name an Agent, a list of Agents, an AgentOS or an ASGI app"),
        (":application", f"'{TARGETS}:application' has no agents to talk to: name an Agent, not an application"),
        ("nowhere.py:agent", "no file 'nowhere.py': check the path, or give module:object, file.py:object or a .yaml"),
        ("nowhere.module:agent", "no module 'nowhere.module' in "),
        ("json:dumps2", "'json' has no object 'dumps2': it defines no Agent and no AgentOS"),
        ("what is this?", "'what is this?' is no target: give module:object, file.py:object or a .yaml file"),
        ("nowhere.yaml", "no configuration file 'nowhere.yaml': check the path"),
    ],
)
def test_wrong_target_is_one_line_with_the_fix(agnolo: Agnolo, what: str, problem: str) -> None:
    ran = agnolo("run", "hello", what)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith(f"agnolo: {problem}")


def test_module_in_the_working_directory_is_found(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "package_of_mine").mkdir()
    (tmp_path / "package_of_mine" / "agents.py").write_text(TARGETS.read_text(encoding="utf-8"), encoding="utf-8")
    assert agnolo("run", "hello", "package_of_mine.agents:clerk").out == "Hello from\nthe clerk.\n"


def test_file_finds_its_neighbours(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "neighbour_of_mine.py").write_text(TARGETS.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "deep" / "mine.py").write_text("from neighbour_of_mine import clerk\n", encoding="utf-8")
    assert agnolo("run", "hello", "deep/mine.py:clerk").out == "Hello from\nthe clerk.\n"


def test_syntax_error_names_the_line(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("x = 1\nx = = 2\n", encoding="utf-8")
    assert agnolo("run", "hello", "mine.py:x") == (
        1,
        "",
        f"agnolo: {tmp_path}/mine.py:2 is not valid Python: invalid syntax\n",
    )


def test_missing_import_of_the_target_is_not_taken_for_a_missing_target(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "lacking_of_mine.py").write_text("import no_such_package_xyz\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError, match="no_such_package_xyz"):
        agnolo("run", "hello", "lacking_of_mine:x")


def test_configuration_with_unknown_tool_names_the_nearest(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("agents: [{id: a, model: local, tools: [calculater]}]", encoding="utf-8")
    ran = agnolo("run", "hello", "a.yaml")
    assert ran == (1, "", "agnolo: agent 'a' names the unknown tool 'calculater': did you mean 'calculator'?\n")


def test_configuration_with_unknown_provider_is_refused_at_once(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("agents: [{id: a, model: 'opnai-chat:gpt'}]", encoding="utf-8")
    ran = agnolo("run", "hello", "a.yaml")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "openai-chat" in ran.err


def test_dotenv_is_read_from_the_working_directory(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGNOLO_CONFIG", "")
    monkeypatch.delenv("AGNOLO_CONFIG")
    (tmp_path / ".env").write_text("AGNOLO_CONFIG=elsewhere.yaml\n", encoding="utf-8")
    ran = agnolo("run", "hello")
    assert ran == (1, "", "agnolo: no configuration file 'elsewhere.yaml': check the path\n")


def test_broken_dotenv_is_refused(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("sk-secret\n", encoding="utf-8")
    ran = agnolo("run", "hello", ":clerk")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("agnolo: .env:1 is not NAME=value")
    assert "sk-secret" not in ran.err
