"""The command as a process: errors, versions, exit codes, speed of the table of commands."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import TARGETS, Agnolo
from tests.cli.served import PYTHONPATH


def process(*argv: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("AGNO", "OPENAI"))}
    return subprocess.run(
        [sys.executable, "-m", "agnolo.cli", *argv],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=keep | {"PYTHONPATH": PYTHONPATH} | environ,
        timeout=60,
        check=False,
    )


def test_run_as_a_process_answers(tmp_path: Path) -> None:
    done = process("run", "hello", f"{TARGETS}:clerk", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Hello from\nthe clerk.\n", "")


def test_output_in_a_poor_encoding_is_escaped_and_not_an_error(tmp_path: Path) -> None:
    done = process("run", "hello", f"{TARGETS}:traveller", cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Bom dia \\u2600\n", "")


def test_interrupt_of_the_process_cancels_and_exits_with_130(tmp_path: Path) -> None:
    done = process("run", "wait", f"{TARGETS}:interrupted", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (130, "One moment.\n")


def test_unexpected_error_is_short_and_says_how_to_see_more(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def build():\n    return {}['agent']\n\nagent = build()\n", encoding="utf-8")
    done = process("run", "hello", "mine.py:agent", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "agnolo: unexpected KeyError at mine.py:2: 'agent'\n"
        "agnolo: for the traceback: agnolo --debug run hello mine.py:agent\n"
    )


@pytest.mark.parametrize(("argv", "environ"), [(["--debug"], {}), ([], {"AGNOLO_DEBUG": "1"})])
def test_debug_shows_the_traceback(tmp_path: Path, argv: list[str], environ: dict[str, str]) -> None:
    (tmp_path / "mine.py").write_text("agent = {}['agent']\n", encoding="utf-8")
    unexpected = process(*argv, "run", "hello", "mine.py:agent", cwd=tmp_path, **environ)
    expected = process(*argv, "run", "hello", "nowhere.py:agent", cwd=tmp_path, **environ)
    assert (unexpected.returncode, expected.returncode) == (1, 1)
    assert "Traceback" in unexpected.stderr and unexpected.stderr.endswith("KeyError: 'agent'\n")
    assert "Traceback" in expected.stderr and "ConfigurationError: no file 'nowhere.py'" in expected.stderr


def test_missing_extra_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['typer'] = None\nfrom agnolo.cli.main import main\nsys.exit(main(['doctor']))\n"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": PYTHONPATH},
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "agnolo: 'typer' is not installed: run pip install 'agnolo[cli]'\n")


def test_help_lists_all_commands(agnolo: Agnolo) -> None:
    ran = agnolo("--help")
    commands = re.findall(r"^│ (\w+) ", ran.out, re.M)
    known = "serve chat run sessions test replay fork models local doctor migrate config"
    assert (ran.code, commands) == (0, known.split())


def test_no_command_shows_the_help(agnolo: Agnolo) -> None:
    ran = agnolo()
    assert ran.code == 2
    assert "serve" in ran.out + ran.err


def test_unknown_command_is_wrong_usage(agnolo: Agnolo) -> None:
    ran = agnolo("serv")
    assert (ran.code, ran.out) == (2, "")
    assert "serve" in ran.err


def test_version_is_shown(agnolo: Agnolo) -> None:
    ran = agnolo("--version")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("agnolo")


def test_version_loads_no_command(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from agnolo.cli.main import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print(sorted(m for m in sys.modules if m.startswith('agnolo.') and '.cli' not in m and '.ports' not in m))\n"
        "print([m for m in ('rich.console', 'yaml', 'starlette', 'aiohttp', 'numpy') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": PYTHONPATH},
        check=False,
    )
    assert done.stdout.splitlines()[1:] == ["['agnolo.vocabulary', 'agnolo.vocabulary.errors']", "[]"]


def test_config_shows_what_is_in_effect(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGNOLO_PORT", "8080")
    ran = agnolo("config")
    assert (ran.code, ran.err) == (0, "")
    assert "# overridden by $AGNOLO_PORT\n" in ran.out
    assert "  port: 8080\n" in ran.out


def test_interrupt_handler_is_left_as_it_was(agnolo: Agnolo) -> None:
    before = signal.getsignal(signal.SIGINT)
    agnolo("run", "hello", ":clerk")
    assert signal.getsignal(signal.SIGINT) is before
