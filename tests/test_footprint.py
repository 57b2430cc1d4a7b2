"""What `import agnolo` and making an Agent load (ARCHITECTURE §9.11); time and memory are measured in bench/."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shape.links import optional_packages

ROOT = Path(__file__).parents[1]
MOST_MODULES = 60
ALLOWED_OUTSIDERS = {"msgspec", "typing_extensions"}
"""msgspec reaches for typing_extensions by itself where that is installed; we do not."""

PROBE = """
import json, sys
sys.path.insert(0, {source!r})
before = set(sys.modules)
{code}
print(json.dumps(sorted(set(sys.modules) - before)))
"""
AGENT = """
from agnolo import Agent
def add(a: int, b: int) -> int:
    "Add two numbers."
    return a + b
Agent(model="openai:gpt-5-mini", tools=[add], instructions="Be brief.")
"""


def loaded_by(code: str) -> list[str]:
    """The modules that a fresh interpreter loads for `code` beyond its own."""
    # Coverage's start-up hook would load modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    probe = PROBE.format(source=str(ROOT / "src"), code=code)
    done = subprocess.run(
        [sys.executable, "-I", "-c", probe], capture_output=True, text=True, env=environment, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def outsiders(modules: list[str]) -> set[str]:
    """Top-level packages that are neither ours nor the standard library's."""
    tops = {name.split(".")[0] for name in modules if not name.startswith("_sysconfigdata")}
    return tops - set(sys.stdlib_module_names) - {"agnolo"}


@pytest.fixture(scope="module")
def imported() -> list[str]:
    return loaded_by("import agnolo")


def test_import_loads_few_modules(imported: list[str]) -> None:
    assert "agnolo" in imported
    assert len(imported) < MOST_MODULES, imported


def test_import_loads_nothing_from_outside_but_msgspec(imported: list[str]) -> None:
    assert outsiders(imported) <= ALLOWED_OUTSIDERS


def test_import_starts_no_loop_thread_pool_or_database(imported: list[str]) -> None:
    assert {"asyncio", "concurrent.futures", "sqlite3", "socket", "ssl"} & set(imported) == set()


def test_making_an_agent_loads_no_optional_package() -> None:
    loaded = outsiders(loaded_by(AGENT))
    assert loaded & optional_packages(ROOT / "pyproject.toml") == set()
    assert loaded <= ALLOWED_OUTSIDERS


def test_probe_sees_what_is_loaded() -> None:
    assert "sqlite3" in loaded_by("import sqlite3")
    assert outsiders(loaded_by("import msgspec, pluggy")) >= {"msgspec", "pluggy"}
