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


# ---- the provider matrix

SDKS = {
    "openai", "google", "groq", "cerebras", "ollama", "anthropic", "openrouter", "mistralai", "cohere", "litellm",
    "zai", "zhipuai", "together", "fireworks", "httpx", "requests", "pydantic", "agno",
}  # fmt: skip
"""Vendors' packages, and what they would bring along."""
MATRIX = """
import importlib, pkgutil
import agnolo.providers
for module in pkgutil.iter_modules(agnolo.providers.__path__, "agnolo.providers."):
    if not module.name.startswith("agnolo.providers.local"):
        importlib.import_module(module.name)
from agnolo.providers.catalog import providers_health, resolve
for known in providers_health():
    if known.provider != "local":
        resolve(known.provider)
"""
PURE = """
import importlib
for name in ("openai_reply", "openai_responses_reply", "ollama_reply", "anthropic_reply"):
    importlib.import_module(f"agnolo.providers.{name}")
"""


@pytest.fixture(scope="module")
def matrix() -> list[str]:
    """Every module of the providers and a model of each; the local model alone brings packages of its own."""
    return loaded_by(MATRIX)


def test_the_whole_provider_matrix_loads_no_vendors_package(matrix: list[str]) -> None:
    assert {"agnolo.providers.transport", "agnolo.providers.anthropic_model"} <= set(matrix)
    assert outsiders(matrix) & SDKS == set()


def test_the_network_is_the_only_thing_from_outside_that_providers_load(matrix: list[str]) -> None:
    bare = outsiders(loaded_by("import aiohttp"))
    assert outsiders(matrix) <= ALLOWED_OUTSIDERS | bare


def test_decoders_load_no_network_no_loop_and_no_package() -> None:
    loaded = loaded_by(PURE)
    assert {"asyncio", "socket", "ssl", "email.utils"} & set(loaded) == set()
    assert outsiders(loaded) <= ALLOWED_OUTSIDERS
