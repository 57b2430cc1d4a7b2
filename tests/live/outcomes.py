"""What the checks found: the log of plain lines and the table on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from rich.console import Console
from rich.table import Table

Verdict = Literal["passed", "failed", "skipped"]
_MARKS: dict[Verdict, str] = {"passed": "[green]✓[/green]", "failed": "[red]✗[/red]", "skipped": "[dim]–[/dim]"}


class Outcome(NamedTuple):
    """One check of one provider. `reason` is one line without secrets, `seconds` how long it took."""

    provider: str
    check: str
    verdict: Verdict
    reason: str
    seconds: float = 0.0


def written(outcomes: Iterable[Outcome], log: Path) -> None:
    """Write the log: date, provider, check, outcome, reason and duration, with tabs between."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    lines = [
        "\t".join((now, o.provider, o.check, o.verdict, " ".join(o.reason.split()), f"{o.seconds:.2f} s"))
        for o in outcomes
    ]
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def shown(outcomes: Sequence[Outcome], checks: Sequence[str], console: Console) -> None:
    """A row a provider, a column a check; below it what failed, and why the rest was not tried."""
    table = Table("provider", *checks, "not asked because", box=None, pad_edge=False)
    for provider in dict.fromkeys(o.provider for o in outcomes):
        mine = {o.check: o for o in outcomes if o.provider == provider}
        skipped = dict.fromkeys(o.reason for o in mine.values() if o.verdict == "skipped")
        table.add_row(provider, *(_cell(mine[check]) for check in checks), f"[dim]{'; '.join(skipped)}[/dim]")
    console.print(table)
    for o in outcomes:
        if o.verdict == "failed":
            console.print(f"[red]✗[/red] {o.provider} {o.check}: ", end="")
            console.print(o.reason, markup=False, highlight=False)
    counts = ", ".join(f"{sum(o.verdict == v for o in outcomes)} {v}" for v in _MARKS)
    console.print(f"\n{counts}")


def _cell(outcome: Outcome) -> str:
    took = "" if outcome.verdict == "skipped" else f" [dim]{outcome.seconds:.1f} s[/dim]"
    return f"{_MARKS[outcome.verdict]}{took}"
