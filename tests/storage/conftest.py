"""Every store, one test each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agnolo.ports.store import Store
from agnolo.storage.memory import InMemoryDb
from agnolo.storage.sqlite import SqliteDb


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = SqliteDb(tmp_path / "agnolo.db") if request.param == "sqlite" else InMemoryDb()
    yield made
    made.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteDb]:
    made = SqliteDb(tmp_path / "agnolo.db")
    yield made
    made.close()
