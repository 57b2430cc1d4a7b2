"""What programs tell through `agnolo.agent.logs`: on the terminal at level INFO, or wherever they have set it up."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from agnolo.agent import logs

pytestmark = pytest.mark.usefixtures("own_log")


def test_a_program_that_sets_nothing_up_sees_lines_of_info() -> None:
    told = "from agnolo.agent import logs; logs.log_debug('hidden'); logs.log_info('shown'); logs.log_info('again')"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.splitlines() == ["INFO    shown", "INFO    again"]


def test_details_are_shown_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    logs.log_debug("hidden")
    logs.log_info("told %s", "now")
    logs.log_warning("careful")
    logs.log_error("broken")
    logs.set_log_level_to_debug()
    logs.log_debug("detail")
    logs.log_debug("more", log_level=2)
    logs.set_log_level_to_debug(level=2)
    logs.log_debug("more", log_level=2)
    assert capsys.readouterr().out.splitlines() == [
        "INFO    told now", "WARNING careful", "ERROR   broken", "DEBUG   detail", "DEBUG   more",
    ]  # fmt: skip


def test_levels_hide_what_lies_below(capsys: pytest.CaptureFixture[str]) -> None:
    for lower in (logs.set_log_level_to_info, logs.set_log_level_to_warning, logs.set_log_level_to_error):
        lower()
        logs.log_info("info")
        logs.log_warning("warning")
        logs.log_error("error")
    shown = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["info", "warning", "error", "warning", "error", "error"]


def test_a_centred_line_is_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    logs.log_info("part", center=True, symbol="=")
    heading = capsys.readouterr().out.split()[1:]
    assert heading == ["=" * 37, "part", "=" * 37]


def test_tracebacks_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    for shown in (True, False):
        logs.set_log_tracebacks(shown)
        try:
            raise ValueError("no")
        except ValueError:
            logs.log_exception("failed")
        assert ("Traceback" in capsys.readouterr().out) is shown


def test_lines_go_to_a_logger_of_ones_own(caplog: pytest.LogCaptureFixture) -> None:
    own = logging.getLogger("shop")
    logs.configure_agno_logging(custom_agent_logger=own, enable_log_tracebacks=False)
    logs.log_warning("careful")
    assert [(record.name, record.getMessage()) for record in caplog.records] == [("shop", "careful")]
