"""The table of a conformance run: how many files there are by provider and kind, and how many are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from tests.providers.cassettes import Cassette
from tests.providers.conformance import deviations, requests, suite

SIDES: tuple[deviations.Side, ...] = ("reply", "request")
HEAD = (
    "| provider | kind | files | replies equal | share | requests kept | bodies equal | share | explained |",
    "|---|---|--:|--:|--:|--:|--:|--:|--:|",
)


class Result(NamedTuple):
    """Of one recording. `asked` is None where no request was kept."""

    cassette: Cassette
    reply: list[str]
    asked: requests.Comparison | None


class Row(NamedTuple):
    """Of one provider and kind."""

    provider: str
    kind: str
    files: int
    replies: int
    asked: int
    requests: int
    explained: int


def run(cassettes: Iterable[Cassette]) -> list[Result]:
    """Check every recording. What a reader can't cope with is a difference too."""
    return [
        Result(
            cassette,
            _tried(lambda c=cassette: suite.wrongs(c)),
            _asked(cassette) if requests.is_kept(cassette) else None,
        )
        for cassette in cassettes
    ]


def _asked(cassette: Cassette) -> requests.Comparison:
    try:
        return requests.compared(cassette)
    except Exception as error:
        return requests.Comparison([f"{type(error).__name__}: {error}"], [])


def _tried(check: Callable[[], list[str]]) -> list[str]:
    try:
        return check()
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]


def rows(results: list[Result]) -> list[Row]:
    """By provider and kind, in the order of their names."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.cassette.provider, result.cassette.kind), []).append(result)
    return [
        Row(
            provider,
            kind,
            files=len(found),
            replies=sum(not result.reply for result in found),
            asked=sum(result.asked is not None for result in found),
            requests=sum(result.asked is not None and not result.asked.wrongs for result in found),
            explained=sum(result.cassette.name in deviations.of(side) for side in SIDES for result in found),
        )
        for (provider, kind), found in sorted(groups.items())
    ]


def unexplained(results: list[Result]) -> list[str]:
    """Every difference that no deviation explains."""
    replies, asked = deviations.of("reply"), deviations.of("request")
    return [
        f"{result.cassette.name}: {side}: {wrong}"
        for result in results
        for side, wrongs, known in (
            ("reply", result.reply, replies),
            ("request", result.asked.wrongs if result.asked else [], asked),
        )
        if result.cassette.name not in known
        for wrong in wrongs
    ]


def table(results: list[Result]) -> str:
    """The rows as Markdown, with a total."""
    found = rows(results)
    total = Row("all", "", *(sum(column) for column in list(zip(*found, strict=True))[2:]))
    return "\n".join([*HEAD, *(_line(row) for row in [*found, total])])


def _line(row: Row) -> str:
    cells = (row.provider, row.kind, row.files, row.replies, _share(row.replies, row.files))
    asked = (row.asked, row.requests, _share(row.requests, row.asked), row.explained)
    return f"| {' | '.join(str(cell) for cell in (*cells, *asked))} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def equivalences(results: list[Result]) -> Mapping[tuple[str, str], int]:
    """How many bodies need each equivalence, by dialect and name; zero for one that none needs."""
    counted = Counter(
        (result.cassette.dialect, name) for result in results if result.asked for name in result.asked.needed
    )
    for cassette in {result.cassette.dialect: result.cassette for result in results}.values():
        way = requests.WAYS.get(cassette.dialect)
        for equivalence in way.equivalent(cassette) if way else ():
            counted.setdefault((cassette.dialect, equivalence.name), 0)
    return counted


def page(results: list[Result], sdk: str) -> str:
    """The report as it is committed."""
    counted = sorted(equivalences(results).items())
    why = {
        (result.cassette.dialect, way.name): way.why
        for result in results
        if result.cassette.dialect in requests.WAYS
        for way in requests.WAYS[result.cassette.dialect].equivalent(result.cassette)
    }
    lines = [
        "# Recorded exchanges",
        "",
        "Written by `make recordings`. Each recording is decoded by our public model as it was read from the network,",
        "whole, a few bytes at a time and cut at random places; all must equal an independent reader in text,",
        "reasoning, tool calls, finish reason, usage, citations, and class and retryability of errors. Each request",
        "that was kept is read for its intent, which our model puts into a body again.",
        "",
        table(results),
        "",
        "Whatever is not equal is explained in `contracts/deviations.md`; the last column counts it.",
        "",
        "## Equivalences of requests",
        "",
        "| dialect | equivalence | bodies that need it | why it loses nothing |",
        "|---|---|--:|---|",
        *(f"| {dialect} | {name} | {count} | {why[dialect, name]} |" for (dialect, name), count in counted),
    ]
    return "\n".join([*lines, *(["", sdk] if sdk else []), ""])
