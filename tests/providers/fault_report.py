"""Every stream cut at every byte, every fault, and storms: `make providers-faults` writes artifacts/faults.md."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from agnolo.providers.guard import GUARD
from agnolo.providers.wire import Broken
from tests.providers.faulty import FAULTS, SHORT, Outcome, ask, decode, faithful, faulty_provider, streams

REPORT = Path("artifacts/faults.md")
CUTS = ("cut", "ended", "until_close")
STORMS = ("status_429", "status_500", "status_529", "nothing")
CALLS = 500


class Row(NamedTuple):
    """A line of the report: what was done how often, and what came of it."""

    name: str
    how: str
    outcomes: Counter[str]
    unfaithful: int


def tried(work: list[tuple[Outcome, Outcome | None]], name: str, how: str) -> Row:
    outcomes = Counter(one.error or "complete" for one, _ in work if one is not HUNG)
    outcomes["hang"] = sum(one is HUNG for one, _ in work)
    wrong = sum(one is not HUNG and truth is not None and not faithful(one, truth) for one, truth in work)
    return Row(name, how, outcomes, wrong)


HUNG = Outcome("", "", None, "hang")


async def cuts() -> list[Row]:
    rows: list[Row] = []
    async with faulty_provider() as server:
        for index, stream in enumerate(streams()):
            truth = await decode(stream, [stream.body], None)
            places = range(len(stream.body))
            for how in ("scripted wire, broken", "scripted wire, ended", "socket, closed"):
                work: list[tuple[Outcome, Outcome | None]] = []
                for place in places:
                    try:
                        if how == "socket, closed":
                            work.append((await ask(server, "cut", index, place), truth))
                        else:
                            end = Broken("reset") if how.endswith("broken") else None
                            work.append((await decode(stream, [stream.body[:place]], end), truth))
                    except TimeoutError:
                        work.append((HUNG, None))
                rows.append(tried(work, f"{stream.dialect}: {stream.name}", how))
            print(f"{stream.name}: {len(stream.body)} offsets", file=sys.stderr)
    return rows


async def faults() -> list[Row]:
    rows: list[Row] = []
    async with faulty_provider() as server:
        for fault in [fault for fault in FAULTS if fault not in CUTS]:
            work: list[tuple[Outcome, Outcome | None]] = []
            for index, stream in enumerate(streams()):
                truth = await decode(stream, [stream.body], None)
                try:
                    work.append((await ask(server, fault, index, **SHORT.get(fault, {})), truth))
                except TimeoutError:
                    work.append((HUNG, None))
            rows.append(tried(work, fault, "socket"))
    return rows


class Storm(NamedTuple):
    fault: str
    breaker: bool
    requests: int
    errors: Counter[str]


async def storms() -> list[Storm]:
    found: list[Storm] = []
    for fault in STORMS:
        for breaker in (True, False):
            GUARD.forget()
            options = {"retries": 2, "delay_between_retries": 0.0, "circuit_breaker": breaker, "rate_governor": True}
            errors: Counter[str] = Counter()
            async with faulty_provider() as server:
                for _ in range(CALLS // 50):
                    done = await asyncio.gather(*(ask(server, fault, 1, **options) for _ in range(50)))
                    errors.update(one.error or "complete" for one in done)
                found.append(Storm(fault, breaker, len(server.requests), errors))
    return found


def told(outcomes: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items()) if count)


def page(cut: list[Row], other: list[Row], stormed: list[Storm], seconds: float) -> str:
    both = [*cut, *other]
    hangs = sum(row.outcomes["hang"] for row in both)
    wrong = sum(row.unfaithful for row in both)
    worst = max(storm.requests / CALLS for storm in stormed)
    recorded = sum(not stream.name.startswith(("anthropic", "siliconflow", "modelscope")) for stream in streams())
    lines = [
        "# Faults of providers",
        "",
        f"Written by `make providers-faults` in {seconds:.0f} s. Of the {len(streams())} streams {recorded} are",
        "recorded, the others are made from the vendors' documentation (Anthropic, SiliconFlow, ModelScope).",
        "",
        f"- exchanges: {sum(row.outcomes.total() for row in both)}",
        f"- hangs: {hangs}",
        f"- duplicated or lost text: {wrong}",
        f"- highest amplification in a storm: {worst:.2f}",
        "",
        "## Cut at every byte offset",
        "",
        "| stream | how | exchanges | outcomes | not a prefix |",
        "|---|---|---|---|---|",
        *(f"| {r.name} | {r.how} | {r.outcomes.total()} | {told(r.outcomes)} | {r.unfaithful} |" for r in cut),
        "",
        "## Other faults, each with every stream, over a socket",
        "",
        "| fault | exchanges | outcomes | not a prefix |",
        "|---|---|---|---|",
        *(f"| {r.name} | {r.outcomes.total()} | {told(r.outcomes)} | {r.unfaithful} |" for r in other),
        "",
        f"## Storms: {CALLS} calls with two retries each against a server that always fails",
        "",
        "| fault | breaker | requests at the server | amplification | errors |",
        "|---|---|---|---|---|",
        *(
            f"| {s.fault} | {'on' if s.breaker else 'off'} | {s.requests} | {s.requests / CALLS:.2f} |"
            f" {told(s.errors)} |"
            for s in stormed
        ),
        "",
    ]
    return "\n".join(lines)


async def measured() -> tuple[list[Row], list[Row], list[Storm]]:
    return await cuts(), await faults(), await storms()


def main() -> int:
    begun = time.monotonic()
    cut, other, stormed = asyncio.run(measured())
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(page(cut, other, stormed, time.monotonic() - begun))
    wrong = sum(row.outcomes["hang"] + row.unfaithful for row in [*cut, *other])
    most = max(storm.requests for storm in stormed)
    print(f"{REPORT}: {wrong} hangs or wrong texts, highest amplification {most / CALLS:.2f}")
    return int(wrong > 0 or most > 1.2 * CALLS)


if __name__ == "__main__":
    sys.exit(main())
