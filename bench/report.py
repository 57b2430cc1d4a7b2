"""The benchmark's one table and its targets, as rich renderables and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.table import Table

from results import Decode, Load, Micro, Results, Side, Used

TOP_USERS = 100
_OTHER_WORK_LIMIT_PCT = 10.0
_LATENESS_LIMIT_MS = 3.0
_COLUMNS = ("ideal", "reference", "agnolo")
_NOTES = """\
How it was measured: the mock provider sends 128 tokens, the first after 100 ms, then one every 20 ms on an absolute
schedule, so no run can end before 2,640 ms; "ideal" is the load generator straight at the mock. Closed loop, no think
time, a new session and connection every five turns, SQLite on, history in the context. The server has one worker on a
core of its own; mock and load generator share the other. "Added" is p95 minus the ideal's p95 at the same number of
users. CPU and memory are the kernel's figures for the server process, CPU per run and token only over the measured
window. In-process figures are medians against a mock without delays; construction is `Agent(model=OpenAIChat(...),
tools=[function])`; the application import ends with a ready ASGI application and an open database file. Bytes per turn
are means over 50 turns of one session, of 128 tokens each.
"""

Cells = tuple[float, ...]


class Row(NamedTuple):
    """One line of the table: a cell per column (empty: not measured), each with one or more values."""

    section: str
    label: str
    cells: tuple[Cells, Cells, Cells]
    compared: bool = True

    def ratio(self) -> float | None:
        """Ours to the reference's, by the last value of the cells."""
        _, reference, ours = self.cells
        comparable = self.compared and ours and reference and reference[-1]
        return ours[-1] / reference[-1] if comparable else None

    def words(self) -> list[str]:
        ratio = self.ratio()
        shown = [" / ".join(_number(value) for value in cell) or "-" for cell in self.cells]
        return [self.label, *shown, "-" if ratio is None else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3f}"]


class Verdict(NamedTuple):
    """A target: what was found, what was allowed; `met` is None when something was not measured."""

    target: str
    found: str
    met: bool | None


def rows(results: Results) -> list[Row]:
    """The whole table, without what was not measured at all."""
    found = (*_micro_rows(results), *_server_rows(results))
    return [row for row in found if any(row.cells)]


def _micro_rows(results: Results) -> Iterator[Row]:
    section = "in process"

    def row(label: str, pick: Callable[[Micro], Cells]) -> Row:
        found = [side.micro for side in _sides(results)]
        reference, ours = (pick(micro) if micro else () for micro in found)
        return Row(section, label, ((), reference, ours))

    yield row("import the package, ms / modules", lambda m: (m.imports["package"].ms, m.imports["package"].modules))
    yield row("import Agent, ms / modules", lambda m: (m.imports["agent"].ms, m.imports["agent"].modules))
    yield row("import up to a ready application, ms", lambda m: (m.imports["app"].ms,))
    yield row("… its RSS, MB", lambda m: (m.imports["app"].rss_mb,))
    yield row("construction, µs", lambda m: (m.construction.us,))
    yield row("… with a shared model, µs", lambda m: (m.construction.shared_model_us,))
    yield row("… retained, bytes", lambda m: (m.construction.retained_bytes,))
    yield row("run(), CPU ms", lambda m: (m.runs["run"].cpu_ms,))
    yield row("arun(), CPU ms", lambda m: (m.runs["arun"].cpu_ms,))
    yield row("run(), wall ms", lambda m: (m.runs["run"].wall_ms,))
    yield row("per chunk, run(stream), CPU µs", lambda m: (m.sync_chunk_cpu_us,))
    yield row("per chunk, arun(stream), CPU µs", lambda m: (m.chunk_cpu_us,))
    yield row("one tool call adds, CPU ms", lambda m: (m.tool_cpu_ms,))
    yield row("a turn with SQLite, CPU ms", lambda m: (m.turn.cpu_ms,))
    yield row("… bytes written", lambda m: (m.turn.wchar,))
    yield row("… bytes to the device", lambda m: (m.turn.write_bytes,))
    yield row("streamed turn, bytes written", lambda m: (m.streamed_turn.wchar,))
    yield row("streamed turn, bytes to the device", lambda m: (m.streamed_turn.write_bytes,))


def _server_rows(results: Results) -> Iterator[Row]:
    reference, ours = _sides(results)
    first, second = ((side.ready_s,) if side.ready_s else () for side in (reference, ours))
    yield Row("server", "start to ready, s", ((), first, second))
    ideal, first, second = (
        (mock.late_ms_p50, mock.late_ms_p95) if mock else () for mock in (results.mock, reference.mock, ours.mock)
    )
    yield Row("server", "the mock's own lateness p50 / p95, ms", (ideal, first, second), compared=False)
    for users in sorted({*results.ideal, *reference.loads, *ours.loads}):
        loads = (results.ideal.get(users), reference.loads.get(users), ours.loads.get(users))
        yield from _load_rows(f"{users} stream{'s' if users > 1 else ''}", loads, results)


def _load_rows(section: str, loads: tuple[Load | None, Load | None, Load | None], results: Results) -> Iterator[Row]:
    ideal = loads[0]

    def row(label: str, pick: Callable[[Load], Cells]) -> Row:
        first, second, third = (pick(load) if load and load.runs else () for load in loads)
        return Row(section, label, (first, second, third))

    def server(label: str, pick: Callable[[Used], float]) -> Row:
        return row(label, lambda load: (pick(load.watched["server"]),) if "server" in load.watched else ())

    yield row("first token p50 / p95, ms", lambda load: (load.ttft_ms.p50, load.ttft_ms.p95))
    yield row("total p50 / p95, ms", lambda load: (load.total_ms.p50, load.total_ms.p95))
    if ideal is not None and ideal.good:
        yield row(
            "added to first token p95, ms", lambda load: (_added_first(load, ideal),) if load is not ideal else ()
        )
        yield row("added to total p95, ms", lambda load: (_added_total(load, ideal),) if load is not ideal else ())
    yield row("token lag p50 / p95, ms", lambda load: (load.token_lag_ms.p50, load.token_lag_ms.p95))
    yield row("tokens per second", lambda load: (load.tokens_per_s,))
    yield server("CPU per run, ms", lambda used: used.cpu_ms_per_run)
    yield server("CPU per token, µs", lambda used: used.cpu_us_per_token)
    yield server("CPU used, %", lambda used: used.cpu_pct)
    yield server("peak RSS, MB", lambda used: used.peak_rss_mb)
    yield server("to the device per run, bytes", lambda used: used.disk_bytes_per_run)
    other = row("other work on its core, %", lambda load: (results.other_work_pct(load),) if load is not ideal else ())
    yield other._replace(compared=False)
    counts = row("good runs / bad runs", lambda load: (load.good, float(sum(load.bad.values()))))
    yield counts._replace(compared=False)


def verdicts(results: Results) -> list[Verdict]:
    """The targets at 100 streams, the construction cost, the footprint, and that nothing went wrong."""
    return [
        *_load_verdicts(results),
        *_micro_verdicts(results),
        *_decode_verdicts(results),
        *_overhead_verdicts(results),
        *_error_verdicts(results),
    ]


def _load_verdicts(results: Results) -> Iterator[Verdict]:
    ideal = results.ideal.get(TOP_USERS)
    reference, ours = (side.loads.get(TOP_USERS) for side in _sides(results))
    names = ("added p95 total", "added p95 first token", "CPU per token", "peak RSS")
    limits = (0.1, 0.1, 0.25, 0.5)
    if not (ideal and reference and ours and ideal.good and reference.good and ours.good):
        for name, limit in zip(names, limits, strict=True):
            yield Verdict(_limit(name, limit), "not measured", None)
        return
    found = (
        (_added_total(ours, ideal), _added_total(reference, ideal)),
        (_added_first(ours, ideal), _added_first(reference, ideal)),
        (ours.watched["server"].cpu_us_per_token, reference.watched["server"].cpu_us_per_token),
        (ours.watched["server"].peak_rss_mb, reference.watched["server"].peak_rss_mb),
    )
    for name, limit, (mine, theirs) in zip(names, limits, found, strict=True):
        met = mine <= limit * theirs
        yield Verdict(_limit(name, limit), f"{_number(mine)} against {_number(theirs)}", met)


OVERHEAD = {
    "run": "run(), ms CPU",
    "arun": "arun(), ms CPU",
    "tool": "arun() with one tool call, ms CPU",
    "stored": "arun() with SQLite, ms CPU",
    "memory": "arun() with SQLite and memory, extraction included, ms CPU",
    "turn_2": "2nd turn of a session with history, ms CPU",
    "turn_200": "200th turn, ms CPU",
    "reply_ms": "reply, model of 20 ms, SQLite, ms",
    "reply_with_memory_ms": "the same with memory, ms",
}
"""The figures of overhead.py, in words."""
_THIRDS = ("run", "arun", "tool", "stored", "memory", "turn_200")
_REPLY_SLACK = 1.05
_TURN_SLACK = 1.3


def _overhead_verdicts(results: Results) -> Iterator[Verdict]:
    reference, ours = (results.overhead.get(name) for name in ("reference", "agnolo"))
    if reference is None or ours is None:
        yield Verdict("a run besides its model takes ≤ 1/3 of the reference's", "not measured", None)
        return
    for figure in _THIRDS:
        theirs, mine = getattr(reference, figure), getattr(ours, figure)
        found = f"{mine:.3g} against {theirs:.3g} ({mine / theirs:.2f})"
        yield Verdict(
            f"{OVERHEAD[figure].removesuffix(', ms CPU')}: CPU ≤ 1/3 of the reference's", found, mine <= theirs / 3
        )
    found = f"{ours.turn_200:.3g} against {ours.turn_2:.3g}"
    yield Verdict("the 200th turn within 1.3 of the 2nd", found, ours.turn_200 <= _TURN_SLACK * ours.turn_2)
    found = f"{ours.reply_with_memory_ms:.1f} against {ours.reply_ms:.1f} ms"
    yield Verdict(
        "a reply with memory takes no longer than without (5 %)",
        found,
        ours.reply_with_memory_ms <= _REPLY_SLACK * ours.reply_ms,
    )


def _decode_verdicts(results: Results) -> Iterator[Verdict]:
    if results.decode is None:
        return
    chat = results.decode.costs["chat"].us_per_chunk
    yield Verdict("decoding an OpenAI-dialect delta ≤ 5 µs", f"{chat:.2f}", chat <= 5)
    module, slowest = max(results.decode.import_ms.items(), key=lambda entry: entry[1])
    yield Verdict("no provider import above 10 ms CPU", f"{slowest:.1f} ({module})", slowest <= 10)


def _limit(name: str, limit: float) -> str:
    return f"{name} at {TOP_USERS} streams ≤ {limit:g} of the reference's"


def _micro_verdicts(results: Results) -> Iterator[Verdict]:
    reference, ours = (side.micro for side in _sides(results))
    if ours and reference:
        mine, theirs = ours.construction.us, reference.construction.us
        yield Verdict(
            "construction < 0.2 of the reference's", f"{_number(mine)} against {_number(theirs)}", mine < 0.2 * theirs
        )
    else:
        yield Verdict("construction < 0.2 of the reference's", "not measured", None)
    if ours:
        modules = ours.imports["package"].modules
        yield Verdict("import agnolo loads < 60 modules", _number(modules), modules < 60)
    else:
        yield Verdict("import agnolo loads < 60 modules", "not measured", None)


def _error_verdicts(results: Results) -> Iterator[Verdict]:
    for name, side in results.sides.items():
        bad = ", ".join(f"{reason}: {number}" for reason, number in side.bad_runs().items())
        trouble = "; ".join(part for part in (bad, *side.failures) if part)
        yield Verdict(f"{name}: no error, no truncated stream", trouble or "none", not trouble)


def warnings(results: Results) -> list[str]:
    """What makes the figures doubtful."""
    disturbed = [
        f"{name} at {users} streams: other work took {results.other_work_pct(load):.0f} % of the server's core"
        for name, side in results.sides.items()
        for users, load in side.loads.items()
        if results.other_work_pct(load) > _OTHER_WORK_LIMIT_PCT
    ]
    late = [
        f"{name}: the mock was late by {mock.late_ms_p95:.1f} ms (p95)"
        for name, mock in (("ideal", results.mock), *((name, side.mock) for name, side in results.sides.items()))
        if mock is not None and mock.late_ms_p95 > _LATENESS_LIMIT_MS
    ]
    return disturbed + late


def table(results: Results) -> Table:
    """The table for a terminal."""
    shown = Table(title="Agnolo against the reference", title_justify="left")
    shown.add_column("figure")
    for column in (*_COLUMNS, "ratio"):
        shown.add_column(column, justify="right", no_wrap=True)
    section = ""
    for row in rows(results):
        if row.section != section:
            section = row.section
            shown.add_section()
            shown.add_row(f"[bold]{section}[/]")
        shown.add_row(*row.words())
    return shown


def verdict_lines(results: Results) -> list[str]:
    """The targets for a terminal."""
    marks = {True: "[green]met[/]", False: "[red]not met[/]", None: "[yellow]open[/]"}
    return [f"{marks[verdict.met]}  {verdict.target}: {verdict.found}" for verdict in verdicts(results)]


def markdown(results: Results) -> str:
    """report.md."""
    marks = {True: "met", False: "**not met**", None: "not measured"}
    parts = ["# Benchmark: Agnolo against the reference", "", "| | |", "|---|---|"]
    parts += [f"| {name} | {value} |" for name, value in results.about.items()]
    parts += ["", "## Targets", "", "| target | found | |", "|---|---|---|"]
    parts += [f"| {v.target} | {v.found} | {marks[v.met]} |" for v in verdicts(results)]
    parts += [
        "",
        "## Figures",
        "",
        "| figure | ideal | reference | Agnolo | Agnolo / reference |",
        "|---|---:|---:|---:|---:|",
    ]
    section = ""
    for row in rows(results):
        if row.section != section:
            section = row.section
            parts.append(f"| **{section}** | | | | |")
        parts.append(f"| {' | '.join(row.words())} |")
    if doubts := warnings(results):
        parts += ["", "The machine was not quiet; compare with care:", "", *(f"- {doubt}" for doubt in doubts)]
    parts += ["", "Two values in a cell: the ratio is that of the second.", "", _NOTES]
    if results.decode is not None:
        parts += [*decode_lines(results.decode), ""]
    if results.overhead:
        parts += [*overhead_lines(results), ""]
    return "\n".join(parts)


def decode_lines(found: Decode) -> list[str]:
    """The section on decoding, in Markdown."""
    return [
        "## Decoding",
        "",
        f"`python -m bench decode`, {found.measured}. CPU time, medians of repeats (imports: the least); blocks and",
        "bytes are those still held when the stream has been read, its events included. Imports come on top of",
        "asyncio, hashlib and an Agent's class.",
        "",
        "| dialect | µs a chunk | best | blocks a chunk | bytes kept a chunk | bytes a chunk | chunks | recording |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
        *(
            f"| {dialect} | {c.us_per_chunk:.2f} | {c.us_best:.2f} | {c.blocks_per_chunk:.1f} "
            f"| {_number(c.kept_bytes_per_chunk)} | {_number(c.bytes_per_chunk)} | {c.chunks} | {c.recording} |"
            for dialect, c in found.costs.items()
        ),
        "",
        "| provider's module | import, ms CPU |",
        "|---|---:|",
        *(f"| {module} | {took:.1f} |" for module, took in found.import_ms.items()),
    ]


def overhead_lines(results: Results) -> list[str]:
    """The section on what a run takes besides its model, in Markdown."""
    sides = [results.overhead.get(name) for name in ("reference", "agnolo")]
    lines = [
        "## A run besides its model",
        "",
        f"`python -m bench overhead`, {results.overhead_measured}. The model answers at once and in process.",
        "",
        "| figure | reference | Agnolo | Agnolo / reference |",
        "|---|---:|---:|---:|",
    ]
    for figure, words in OVERHEAD.items():
        found = [None if side is None else float(getattr(side, figure)) for side in sides]
        cells = ["-" if value is None else f"{value:.3g}" for value in found]
        ratio = f"{found[1] / found[0]:.2f}" if found[0] is not None and found[1] is not None else "-"
        lines.append(f"| {words} | {cells[0]} | {cells[1]} | {ratio} |")
    return lines


def write(results: Results, out: Path) -> None:
    """report.md and report.json."""
    (out / "report.md").write_text(markdown(results))
    (out / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def _added_total(load: Load, ideal: Load) -> float:
    return max(load.total_ms.p95 - ideal.total_ms.p95, 0.0)


def _added_first(load: Load, ideal: Load) -> float:
    return max(load.ttft_ms.p95 - ideal.ttft_ms.p95, 0.0)


def _sides(results: Results) -> tuple[Side, Side]:
    return results.sides.get("reference", Side()), results.sides.get("agnolo", Side())


def _number(value: float) -> str:
    """Three or four significant digits, thousands with a comma."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"
