"""Fuzzing of the reply decoders: `python -m tests.fuzz [examples] [seconds]`, reported in artifacts/fuzz.md."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.providers.decoder_properties import PROPERTIES
from tests.providers.decoding import DIALECTS

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "artifacts" / "fuzz.md"
EXAMPLES = 20_000
SECONDS = 60
ATHERIS = "atheris==3.0.0"


class Trial(NamedTuple):
    """A decoder under a property."""

    decoder: str
    property: str
    examples: int
    seconds: float
    outcome: str


def main(examples: int = EXAMPLES, seconds: int = SECONDS) -> int:
    """Try, report; 1 if anything was found."""
    each = -(-examples // (len(DIALECTS) * len(PROPERTIES)))
    trials = [_trial(dialect, name, each) for dialect in DIALECTS for name in PROPERTIES]
    guided = _guided(seconds)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(_rendered(trials, guided, f"{examples} {seconds}"))
    print(TARGET.read_text())
    return int(any(trial.outcome != "holds" for trial in [*trials, guided]))


def _trial(dialect: str, name: str, examples: int) -> Trial:
    began = time.monotonic()
    tried, outcome = 0, "holds"
    try:
        tried = PROPERTIES[name].hold(dialect, examples)
    except Exception as found:
        outcome = f"**broken**: {type(found).__name__}"
        print(f"{dialect}, {name}:\n{found!r}\n{getattr(found, '__notes__', '')}", file=sys.stderr)
    return Trial(dialect, name, tried, time.monotonic() - began, outcome)


def _guided(seconds: int) -> Trial:
    """Atheris in an environment laid over the project's."""
    name = f"coverage-guided ({ATHERIS})"
    uv = os.environ.get("UV") or "uv"
    command = [uv, "run", "--quiet", "--frozen", "--no-sync", "--with", ATHERIS, "python", "tests/fuzz/decoders.py"]
    began = time.monotonic()
    done = subprocess.run([*command, str(seconds)], cwd=ROOT, capture_output=True, text=True, check=False)
    runs = re.search(r"Done (\d+) runs", done.stderr)
    outcome = "holds" if done.returncode == 0 and runs else f"**broken**: exit code {done.returncode}"
    if outcome != "holds":
        print(done.stdout[-3000:], done.stderr[-6000:], sep="\n", file=sys.stderr)
    return Trial("all five", name, int(runs[1]) if runs else 0, time.monotonic() - began, outcome)


def _rendered(trials: list[Trial], guided: Trial, words: str) -> str:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rows = [f"| {t.decoder} | {t.property} | {t.examples:,} | {t.seconds:.1f} | {t.outcome} |" for t in trials]
    total = sum(trial.examples for trial in trials)
    return "\n".join([
        "# Fuzzing of the reply decoders",
        "",
        f"`python -m tests.fuzz {words}` (`make fuzz`), {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}.",
        "",
        "Hypothesis draws recorded replies and what is done to them; atheris changes bytes to reach new code. A broken",
        "property fails the run; any exception but ModelProviderError breaks every property.",
        "",
        "| decoder | property | examples | seconds | outcome |",
        "|---|---|---:|---:|---|",
        *rows,
        f"| **together** | | {total:,} | {sum(trial.seconds for trial in trials):.1f} | |",
        f"| {guided.decoder} | {guided.property} | {guided.examples:,} | {guided.seconds:.1f} | {guided.outcome} |",
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3])))
