"""A short series of kills; `make chaos` does the long one."""

from __future__ import annotations

import os
from pathlib import Path

from tests.chaos.kills import run_kills

KILLS = int(os.environ.get("AGNOLO_KILLS", "20"))


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    report = run_kills(KILLS, seed=7, folder=tmp_path)
    assert report.accepted >= KILLS
    assert report.continued >= report.interrupted
