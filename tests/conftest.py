"""Shared fixtures."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, the loop that the package supports."""
    return "asyncio"
