"""The fixtures: one file an area, with the reference's version, the date of the first generation and digests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from contracts.scenario import Scenario, common_digest

HOME = Path(__file__).parent / "fixtures"
REFERENCE = "agno 3.1.10"
_WIDTH = 150


class Fixture(NamedTuple):
    """What the reference did in one scenario."""

    digest: str
    capture: dict[str, Any]


def read() -> dict[str, Fixture]:
    """All fixtures by scenario id."""
    found: dict[str, Fixture] = {}
    for path in sorted(HOME.glob("*.json")):
        for id, entry in json.loads(path.read_bytes())["scenarios"].items():
            capture = entry.get("capture") or found[entry["same_as"]].capture
            found[id] = Fixture(entry["hash"], capture)
    return found


def write(captures: Mapping[str, dict[str, Any]], scenarios: Mapping[str, Scenario]) -> list[Path]:
    """Write the files of all areas that have captures; returns those that changed."""
    changed: list[Path] = []
    for area in sorted({scenarios[id].area for id in captures}):
        entries = {id: capture for id, capture in captures.items() if scenarios[id].area == area}
        if _write_area(HOME / f"{area}.json", entries, scenarios):
            changed.append(HOME / f"{area}.json")
    return changed


def _write_area(path: Path, captures: Mapping[str, dict[str, Any]], scenarios: Mapping[str, Scenario]) -> bool:
    old = path.read_text() if path.exists() else ""
    about = {"reference": REFERENCE, "generated": _date(old), "kit": common_digest()}
    entries: dict[str, Any] = {}
    first: dict[str, str] = {}
    for id in sorted(captures):
        known = f"{scenarios[id].name}\0{json.dumps(captures[id], sort_keys=True)}"
        same = first.setdefault(known, id)
        told = {"capture": captures[id]} if same == id else {"same_as": same}
        entries[id] = {"hash": scenarios[id].digest, **told}
    text = shown({**about, "scenarios": entries}) + "\n"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return text != old


def _date(old: str) -> str:
    """The day on which fixtures of this reference were first made."""
    if old:
        about = json.loads(old)
        if about["reference"] == REFERENCE:
            return about["generated"]
    return datetime.now(UTC).date().isoformat()


def shown(value: Any, depth: int = 0) -> str:
    """JSON with short values on one line, so that files stay small and differences readable."""
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if not isinstance(value, dict | list) or not value or len(flat) + depth <= _WIDTH:
        return flat
    inner = "\n" + " " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {shown(value[key], depth + 1)}" for key in sorted(value)]
        return "{" + inner + f",{inner}".join(parts) + "\n" + " " * depth + "}"
    return "[" + inner + f",{inner}".join(shown(item, depth + 1) for item in value) + "\n" + " " * depth + "]"


def stale(scenarios: Mapping[str, Scenario]) -> list[str]:
    """What does not fit the fixtures: scenarios without one or changed since, fixtures without a scenario, the kit."""
    found = read()
    faults = [f"{id}: no fixture" for id in scenarios if id not in found]
    faults += [f"{id}: no such scenario any more" for id in found if id not in scenarios]
    faults += [f"{id}: changed" for id, s in scenarios.items() if id in found and found[id].digest != s.digest]
    kit = common_digest()
    for path in sorted(HOME.glob("*.json")):
        if json.loads(path.read_bytes())["kit"] != kit:
            faults.append(f"{path.name}: the kit, the fake provider or the normaliser changed")
    return faults
