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
    """A row a provider that was asked, a column a check; below it why the rest was not asked, and what failed."""
    table = Table("provider", *checks, box=None, pad_edge=False)
    for provider in dict.fromkeys(o.provider for o in outcomes if o.verdict != "skipped"):
        mine = {o.check: o for o in outcomes if o.provider == provider}
        table.add_row(provider, *(_cell(mine[check]) for check in checks))
    if table.row_count:
        console.print(table, "")
    for line in dict.fromkeys(_reason(o) for o in outcomes if o.verdict == "skipped"):
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)
    for o in outcomes:
        if o.verdict == "failed":
            told = f"✗ {o.provider} {o.check}: {o.reason}"
            console.print(told, style="red", markup=False, highlight=False, soft_wrap=True)
    counts = ", ".join(f"{sum(o.verdict == v for o in outcomes)} {v}" for v in _MARKS)
    console.print(f"\n{counts}")


def _reason(skipped: Outcome) -> str:
    return f"– {skipped.provider}: {skipped.reason}"


def _cell(outcome: Outcome) -> str:
    took = "" if outcome.verdict == "skipped" else f" [dim]{outcome.seconds:.1f} s[/dim]"
    return f"{_MARKS[outcome.verdict]}{took}"
