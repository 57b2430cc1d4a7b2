"""Fixtures of the server's tests."""

from __future__ import annotations

import pytest

from agnolo.storage.memory import InMemoryDb


@pytest.fixture
def db() -> InMemoryDb:
    return InMemoryDb(id="main-db")
