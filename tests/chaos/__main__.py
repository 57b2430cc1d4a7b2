"""The long series of kills:  python -m tests.chaos [KILLS] [SEED].  Writes artifacts/chaos.md."""

from __future__ import annotations

import logging
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.progress import Progress

from tests.chaos.kills import Report, run_kills

TARGET = Path(__file__).parents[2] / "artifacts" / "chaos.md"


def main(kills: int = 200, seed: int = 20261123) -> None:
    """Kill, check, report."""
    logging.getLogger("agnolo").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        task = progress.add_task(f"{kills} kills", total=kills)
        report = run_kills(kills, seed, Path(folder), lambda done: progress.update(task, completed=done))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(render(report))
    print(TARGET.read_text())


def render(report: Report) -> str:
    """The report as Markdown."""
    figures = msgspec.structs.asdict(report).items()
    rows = "\n".join(f"| {k.replace('_', ' ')} | {v if isinstance(v, int) else f'{v:.1f}'} |" for k, v in figures)
    when = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"""# kill -9 at random points

`python -m tests.chaos {report.kills} {report.seed}`, {when}, {platform.machine()}, Python {platform.python_version()}.
Lost: 0 (a loss fails the run). *Repeated effects* are tools that had run but whose result was not yet journaled when
the process died: the window that no journal can close.

| what | count |
|---|---|
{rows}
"""


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]))
