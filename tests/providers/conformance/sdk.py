"""What the vendors' SDKs read of the recordings, from the fixture, beside what we read over the same HTTP."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from agnolo.vocabulary.errors import ModelProviderError
from tests.providers.cassettes import Cassette
from tests.providers.conformance import deviations, ours
from tests.providers.conformance.outcome import Outcome, digest
from tests.providers.conformance.stub import Stub

FIXTURE = Path(__file__).parents[1] / "recordings" / "sdk.json.gz"
OK = 200
COMPARED = ("text", "reasoning", "calls", "finish", "usage")
LISTED = ("vectors", "models")
VERSIONS = {"chat": "/v1", "responses": "/v1", "gemini": "/v1beta"}


@cache
def readings() -> dict[str, dict[str, Any]]:
    """By the name of the recording. A field that says nothing is left out."""
    lines = gzip.decompress(FIXTURE.read_bytes()).decode().splitlines()
    return {reading["name"]: reading for reading in map(json.loads, lines)}


def wrongs(cassette: Cassette, number: int, server: Stub) -> list[str]:
    """What the SDK says and we don't, or the other way round, when both are served the same bytes."""
    theirs = _theirs(cassette)
    mine = asyncio.run(_mine(cassette, f"{server.url(number)}{VERSIONS.get(cassette.dialect, '')}"))
    return [
        f"{name}: the SDK says {theirs.get(name)!r:.200} and we {mine.get(name)!r:.200}"
        for name in {**theirs, **mine}
        if theirs.get(name) != mine.get(name)
    ]


def _theirs(cassette: Cassette) -> dict[str, Any]:
    reading = readings()[cassette.name]
    if "error" in reading:
        return _failed(cassette, reading.get("status"))
    return {name: value for name, value in reading.items() if name not in ("name", "sdk")}


def _failed(cassette: Cassette, status: int | None) -> dict[str, Any]:
    """SDKs tell errors apart by status; an error within a reply has none of its own."""
    return {"failed": status if cassette.status != OK else "within the reply"}


async def _mine(cassette: Cassette, url: str) -> dict[str, Any]:
    try:
        outcome = await ours.answered(cassette, base_url=url)
    except ModelProviderError as error:
        return _failed(cassette, error.status_code)
    return json.loads(json.dumps(_told(outcome)))


def _told(outcome: Outcome) -> dict[str, Any]:
    more = {name: value for name, value in outcome.more.items() if name in LISTED}
    if "vectors" in more:
        more["vectors"] = digest(more["vectors"])
    told = {name: value for name, value in outcome._asdict().items() if name in COMPARED and value}
    return {**told, **({"more": more} if more else {})}


def table(results: Sequence[tuple[Cassette, list[str]]]) -> str:
    """Per provider and SDK how many readings there are, and how many are ours as well."""
    groups: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    known = deviations.of("sdk")
    for cassette, told in results:
        sdk = readings()[cassette.name]["sdk"]
        groups.setdefault((cassette.provider, sdk), []).append((not told, cassette.name in known))
    rows = [
        f"| {provider} | {sdk} | {len(read)} | {' | '.join(str(sum(column)) for column in zip(*read, strict=True))} |"
        for (provider, sdk), read in sorted(groups.items())
    ]
    head = ("| provider | SDK | files | equal | explained |", "|---|---|--:|--:|--:|")
    return "\n".join(["## The vendors' SDKs", "", *head, *rows])
