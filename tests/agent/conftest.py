"""Fixtures of the tests of agents."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from agnolo.agent import logs


@pytest.fixture
def own_log() -> Iterator[None]:
    """The log on the terminal, as in a program that has not set logging up, and as it was afterwards."""
    logger = logs.logger
    kept = logger.handlers[:], logger.level
    logger.handlers[:] = [logs.Terminal()]
    logger.setLevel(logging.INFO)
    yield
    logs.configure_agno_logging(custom_default_logger=logger, enable_log_tracebacks=True)
    logs.set_log_level_to_debug()
    logger.handlers[:] = kept[0]
    logger.setLevel(kept[1])
