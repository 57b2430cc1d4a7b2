"""Runs every gate of the house and ends with a one-screen summary; exits 1 when one failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SHAPE_TESTS = ("tests/test_shape.py", "tests/test_shape_checks.py")
FOOTPRINT_TESTS = ("tests/test_footprint.py",)
TAIL_LINES = 60


class Gate(NamedTuple):
    """One command that must succeed. `figures` find the key figure in its output; the last match of each counts."""

    name: str
    command: tuple[str, ...]
    figures: tuple[str, ...]


class Outcome(NamedTuple):
    """What a gate said."""

    gate: Gate
    passed: bool
    seconds: float
    figure: str
    output: str


def gates() -> list[Gate]:
    """All gates, the quick ones first."""
    python = sys.executable
    pytest = (python, "-m", "pytest", "--quiet")
    ignored = (f"--ignore={path}" for path in (*SHAPE_TESTS, *FOOTPRINT_TESTS))
    counted = r"(\d+ (?:passed|failed|error).*?) in [\d.]+s"
    return [
        Gate("format", (_tool("ruff"), "format", "--check", "."), (r"\d+ files? .*",)),
        Gate("lint", (_tool("ruff"), "check", "."), (r"Found \d+ errors?|All checks passed",)),
        Gate("types", (_tool("pyright"),), (r"\d+ errors?, \d+ warnings?",)),
        Gate("types for users", (_tool("mypy"), "tests/types"), (r"Success: .*|Found \d+ errors?",)),
        Gate("layers", (_tool("lint-imports"), "--no-logo"), (r"Contracts: (.*)",)),
        Gate("shape", (*pytest, *SHAPE_TESTS), (counted,)),
        Gate("footprint", (*pytest, *FOOTPRINT_TESTS), (counted,)),
        Gate(
            "tests + coverage",
            (*pytest, "--cov", "-n", "2", *ignored),
            (counted, r"otal coverage: ([\d.]+%)|^TOTAL.*?([\d.]+%)$"),
        ),
    ]


def _tool(name: str) -> str:
    return str(BIN / name)


def run(gate: Gate, console: Console) -> Outcome:
    """Run one gate with a spinner and the time it takes; its output is kept for the case that it fails."""
    started = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "120", "NO_COLOR": "1"}
    with console.status(f"{gate.name} …"):
        done = subprocess.run(
            gate.command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    outcome = Outcome(gate, done.returncode == 0, time.monotonic() - started, _figure(gate, done.stdout), done.stdout)
    console.print(f"{_mark(outcome)} {gate.name} [dim]{outcome.seconds:.1f} s[/dim]  {outcome.figure}")
    return outcome


def _figure(gate: Gate, output: str) -> str:
    found: list[str] = []
    for pattern in gate.figures:
        matches = list(re.finditer(pattern, output, re.MULTILINE))
        if matches:
            last = matches[-1]
            found.append(next((group for group in last.groups() if group), last.group()))
    return ", ".join(found) or "no figure"


def _mark(outcome: Outcome) -> str:
    return "[green]✓[/green]" if outcome.passed else "[red]✗[/red]"


def summary(outcomes: list[Outcome]) -> Table:
    """One screen: gate, result, time, key figure."""
    table = Table(title="Constitution check")
    for heading in ("gate", "result", "time", "figure"):
        table.add_column(heading, justify="right" if heading == "time" else "left")
    for outcome in outcomes:
        result = "[green]passed[/green]" if outcome.passed else "[bold red]FAILED[/bold red]"
        table.add_row(outcome.gate.name, result, f"{outcome.seconds:.1f} s", outcome.figure)
    return table


def main() -> int:
    console = Console(highlight=False)
    outcomes = [run(gate, console) for gate in gates()]
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        console.rule(f"{outcome.gate.name} failed")
        print("\n".join(outcome.output.splitlines()[-TAIL_LINES:]))
    console.print(summary(outcomes))
    console.print(
        f"[bold red]{len(failed)} of {len(outcomes)} gates failed[/]" if failed else "[green]All gates passed[/]"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
