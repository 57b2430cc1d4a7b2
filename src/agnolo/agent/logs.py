"""What programs and tools tell their user in the terminal, through the logger `agnolo`; nothing is printed unasked."""

from __future__ import annotations

import logging
import sys
from typing import Literal, TextIO

WIDTH = 80
"""Of a centred line."""

logger: logging.Logger = logging.getLogger("agnolo")


class Terminal(logging.StreamHandler[TextIO]):
    """A handler that writes lines with their level to whatever sys.stdout is at the time."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self.setFormatter(logging.Formatter("%(levelname)-7s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


class _State:
    """The logger in use, and how much of debugging is shown."""

    current = logger
    detail: Literal[1, 2] = 1
    tracebacks = True


def _shown() -> logging.Logger:
    """The logger in use. Agnolo's own gets a handler at the first line, unless the program has set logging up."""
    if _State.current is logger and not logger.hasHandlers():
        logger.addHandler(Terminal())
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
    return _State.current


def _line(text: object, *, center: bool, symbol: str) -> str:
    return f" {text} ".center(WIDTH, symbol) if center else str(text)


def log_debug(
    msg: object, *args: object, center: bool = False, symbol: str = "*", log_level: Literal[1, 2] = 1
) -> None:
    """Tell a detail; those of `log_level` 2 only after set_log_level_to_debug(level=2)."""
    if log_level <= _State.detail:
        _shown().debug(_line(msg, center=center, symbol=symbol), *args)


def log_info(msg: object, *args: object, center: bool = False, symbol: str = "*") -> None:
    """Tell what goes on."""
    _shown().info(_line(msg, center=center, symbol=symbol), *args)


def log_warning(msg: object, *args: object) -> None:
    """Tell what may be wrong."""
    _shown().warning(msg, *args)


def log_error(msg: object, *args: object) -> None:
    """Tell what went wrong."""
    _shown().error(msg, *args)


def log_exception(msg: object, *args: object) -> None:
    """Tell what went wrong, in a handler, with its traceback unless set_log_tracebacks(False)."""
    _shown().error(msg, *args, exc_info=_State.tracebacks)


def set_log_level_to_debug(source_type: str | None = None, level: Literal[1, 2] = 1) -> None:
    """Show everything. There is one logger for agents, teams and workflows, so `source_type` makes no difference."""
    _State.detail = level
    _shown().setLevel(logging.DEBUG)


def set_log_level_to_info(source_type: str | None = None) -> None:
    """Show what goes on."""
    _shown().setLevel(logging.INFO)


def set_log_level_to_warning(source_type: str | None = None) -> None:
    """Show what may be wrong."""
    _shown().setLevel(logging.WARNING)


def set_log_level_to_error(source_type: str | None = None) -> None:
    """Show what went wrong."""
    _shown().setLevel(logging.ERROR)


def set_log_tracebacks(enabled: bool = True) -> None:  # noqa: FBT001, FBT002 - as Agno has it
    """Whether log_exception shows tracebacks."""
    _State.tracebacks = enabled


def configure_agno_logging(
    *,
    custom_default_logger: logging.Logger | None = None,
    custom_agent_logger: logging.Logger | None = None,
    custom_team_logger: logging.Logger | None = None,
    custom_workflow_logger: logging.Logger | None = None,
    enable_log_tracebacks: bool | None = None,
) -> None:
    """Send lines to a logger of one's own: the first that is given, as all lines go to one."""
    given = (custom_default_logger, custom_agent_logger, custom_team_logger, custom_workflow_logger)
    _State.current = next((one for one in given if one is not None), _State.current)
    if enable_log_tracebacks is not None:
        _State.tracebacks = enable_log_tracebacks
