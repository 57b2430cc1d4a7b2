"""The shell lines of the documentation work as they are printed, against the real server."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.served import serving
from tests.docs.pages import ROOT

PAGES = [ROOT / "README.md", ROOT / "docs" / "server.md"]
ADDRESS = "http://127.0.0.1:7777"

AGENT = """
from agnolo import Agent, ScriptedModel, SqliteDb
from agnolo.providers.scripted import Say
from agnolo.tools.clock import get_current_time


def answer(request):
    last = request.messages[-1]
    return Say(calls=[("get_current_time", {})]) if last.role == "user" and "time" in last.text() else "An answer."


agent = Agent(id="assistant", model=ScriptedModel([answer], loop=True), tools=[get_current_time], db=SqliteDb())
"""


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.startswith("curl")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_curl_lines_are_answered(page: Path, tmp_path: Path) -> None:
    assert shutil.which("curl"), "curl is missing: the documentation's lines can't be tried"
    (tmp_path / "mine.py").write_text(AGENT, encoding="utf-8")
    lines = commands(page)
    assert len(lines) >= 3
    with serving(tmp_path, "mine.py:agent") as server:
        for line in lines:
            assert ADDRESS in line
            shown = line.replace(ADDRESS, server.url).replace("curl ", "curl --fail-with-body --noproxy '*' -sS ", 1)
            done = subprocess.run(shown, shell=True, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), (line, done.stdout)
            if "-N" in line:
                assert "event: RunCompleted" in done.stdout
            assert ("event: ToolCallCompleted" in done.stdout) == ("time" in line)
