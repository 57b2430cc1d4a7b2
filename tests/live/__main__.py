"""Tries the providers whose keys are set:  python -m tests.live [--record FOLDER] [--log FILE] [PROVIDER ...]

Exit code 0 if nothing failed, also when nothing could be asked; 1 if a check failed; 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from agnolo.cli.dotenv import load_dotenv
from agnolo.providers.errors import scrubbed
from agnolo.providers.transport import NETWORK
from agnolo.vocabulary.errors import ConfigurationError, EmbeddingsNotOfferedError
from tests.live import subjects
from tests.live.checks import CHECKS, Failed
from tests.live.outcomes import Outcome, shown, written
from tests.live.recorder import Recorder
from tests.live.subjects import NAMES, Subject, subject

ROOT = Path(__file__).parents[2]
LOG = ROOT / "artifacts" / "providers.log"
LIMIT = 300.0
"""Seconds for one check."""


class Trial(NamedTuple):
    """One run of all checks: what is taken out of what is told and kept, and where recordings go."""

    secrets: Sequence[str]
    record: Path | None
    progress: Progress

    async def all_of(self, subject: Subject) -> list[Outcome]:
        """One after the other, as they may count against one small limit."""
        if subject.missing:
            return [Outcome(subject.name, check, "skipped", subject.missing) for check in CHECKS]
        task = self.progress.add_task(subject.name, total=len(CHECKS))
        outcomes: list[Outcome] = []
        for check in CHECKS:
            self.progress.update(task, description=f"{subject.name} {check}")
            outcomes.append(await self.one(subject, check))
            self.progress.advance(task)
        self.progress.update(task, description=subject.name)
        return outcomes

    async def one(self, subject: Subject, check: str) -> Outcome:
        """A failure of any kind is an outcome: the next provider is still tried."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(LIMIT):
                noted = await CHECKS[check](self._heard(subject, check))
            return Outcome(subject.name, check, "passed", self._told(noted), time.monotonic() - began)
        except EmbeddingsNotOfferedError as missing:
            return Outcome(subject.name, check, "skipped", str(missing).partition(":")[0])
        except TimeoutError:
            return Outcome(subject.name, check, "failed", f"no end after {LIMIT:g} s", LIMIT)
        except Exception as error:
            what = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            return Outcome(subject.name, check, "failed", self._told(what), time.monotonic() - began)

    def _heard(self, subject: Subject, check: str) -> Subject:
        if self.record is None:
            return subject
        folder = self.record / subject.name
        recorder = Recorder(NETWORK, folder, provider=subject.provider, check=check, secrets=self.secrets)
        return subject._replace(transport=recorder)

    def _told(self, text: str) -> str:
        return scrubbed(text, self.secrets)


async def trial(names: Sequence[str], record: Path | None, console: Console) -> list[Outcome]:
    """All checks of these providers, the providers side by side."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        run = Trial(subjects.secrets(), record, progress)
        found = await asyncio.gather(*(run.all_of(subject(name)) for name in names))
    return [outcome for outcomes in found for outcome in outcomes]


def main(words: Sequence[str]) -> int:
    """Try, write the log, show the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.live", description="Try the providers whose keys are set.")
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help=f"all if none is named: {', '.join(NAMES)}")
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="keep the exchanges there, without secrets")
    parser.add_argument("--log", type=Path, default=LOG, metavar="FILE", help="where the outcomes are written")
    given = parser.parse_args(words)
    unknown = [name for name in given.providers if name not in NAMES]
    if unknown:
        parser.error(f"no provider is called {unknown[0]!r}: choose from {', '.join(NAMES)}")
    console = Console()
    try:
        load_dotenv(Path(".env"), os.environ)
    except ConfigurationError as error:
        parser.error(str(error))
    outcomes = asyncio.run(trial(given.providers or NAMES, given.record, console))
    written(outcomes, given.log)
    shown(outcomes, list(CHECKS), console)
    console.print(f"log: {given.log}", highlight=False)
    return int(any(o.verdict == "failed" for o in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
