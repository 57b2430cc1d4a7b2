"""The names of the reference as the yardstick: which of them Agnolo honours, refuses on purpose, or is still to bring.

`surface.json` holds the reference's public classes with their constructor parameters and methods, and its events with
their fields. Where Agnolo stands is asked of the running package, each time.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple

from agnolo.cli import surface
from agnolo.cli.agno_names import table
from contracts.fixtures import shown

HOME = Path(__file__).parent
PLACE = HOME / "surface.json"
SOURCE = "signatures introspected in an environment with the reference, reduced by python -m contracts.surface"
BASE = "base_fields"
Part = Literal["names", "constructor parameters", "methods", "enumeration members", "event classes", "event fields"]
PARTS: tuple[Part, ...] = (
    "names", "constructor parameters", "methods", "enumeration members", "event classes", "event fields",
)  # fmt: skip
Standing = Literal["honoured", "refused", "pending", "undecided"]


class Item(NamedTuple):
    """One name of the reference. `owner` is the class or function by its place, `name` a part of it, or empty."""

    owner: str
    part: Part
    name: str = ""

    @property
    def id(self) -> str:
        """As the lists spell it: `agno.agent.Agent`, `agno.agent.Agent(model=)`, `agno.agent.Agent.run`."""
        if not self.name:
            return self.owner
        return f"{self.owner}({self.name}=)" if self.part == "constructor parameters" else f"{self.owner}.{self.name}"


@dataclass(frozen=True)
class Unbuilt:
    """Names that a later issue brings: globs over ids."""

    names: tuple[str, ...]
    issue: str

    def covers(self, item: Item) -> bool:
        """Whether it is one of them; a class covers all its parts."""
        return any(fnmatchcase(each, pattern) for pattern in self.names for each in (item.owner, item.id))


class Judged(NamedTuple):
    """Where Agnolo stands to an item, and the reason or the issue."""

    item: Item
    standing: Standing
    why: str = ""


def items() -> Iterator[Item]:
    """All that the reference offers."""
    known = json.loads(PLACE.read_text())
    for owner, parts in known["classes"].items():
        yield Item(owner, "names")
        for part in ("constructor parameters", "methods", "enumeration members"):
            yield from (Item(owner, part, name) for name in parts.get(part, ()))
    for module, family in known["events"].items():
        for name, own in family["classes"].items():
            yield Item(f"{module}.{name}", "event classes")
            yield from (Item(f"{module}.{name}", "event fields", field) for field in sorted({*family["all"], *own}))


def unbuilt() -> list[Unbuilt]:
    """What requirements.toml says is still to come; the first that covers a name counts."""
    listed = tomllib.loads((HOME / "requirements.toml").read_text())["unbuilt"]
    return [Unbuilt(tuple(entry["names"]), entry["issue"]) for entry in listed]


def judge_all() -> list[Judged]:
    """Every item with its standing."""
    coming = unbuilt()
    return [_judged(item, coming) for item in items()]


def _judged(item: Item, coming: Sequence[Unbuilt]) -> Judged:
    module, _, name = item.owner.rpartition(".")
    place = table().place(module, name)
    thing = surface.thing(place) if place else None
    if thing is not None and _has(thing, item):
        return Judged(item, "honoured")
    reason = _refusal(thing, item)
    if reason:
        return Judged(item, "refused", reason)
    issue = next((one.issue for one in coming if one.covers(item)), None)
    return Judged(item, "pending", issue) if issue else Judged(item, "undecided")


def _has(thing: Any, item: Item) -> bool:
    match item.part:
        case "names" | "event classes":
            return True
        case "constructor parameters":
            taken = surface.options(thing)
            return (taken is None or item.name in taken) and item.name not in surface.refused(thing)
        case "methods" | "enumeration members" | "event fields":
            return surface.has_member(thing, item.name)


def _refusal(thing: Any, item: Item) -> str:
    own = surface.refused(thing).get(item.name) if item.part == "constructor parameters" and thing is not None else None
    listed = table().refused
    return own or listed.get(item.id) or listed.get(item.owner) or ""


# ---- the report


def counts(judged: Sequence[Judged]) -> dict[str, int]:
    """How many stand how."""
    states: tuple[Standing, ...] = ("honoured", "refused", "pending", "undecided")
    return {state: sum(1 for one in judged if one.standing == state) for state in states}


def as_json(judged: Sequence[Judged]) -> dict[str, Any]:
    """By kind of name, in total, and by class with what is missing."""
    parts = {part: counts([one for one in judged if one.item.part == part]) for part in PARTS}
    owners = dict.fromkeys(one.item.owner for one in judged)
    return {
        "parts": parts,
        "total": counts(judged),
        "classes": {owner: _of_class([one for one in judged if one.item.owner == owner]) for owner in owners},
    }


def _of_class(judged: Sequence[Judged]) -> dict[str, Any]:
    missing: dict[str, list[str]] = {}
    for one in judged:
        if one.standing != "honoured":
            missing.setdefault(f"{one.standing}: {one.why}" if one.why else one.standing, []).append(_short(one.item))
    if judged[0].standing != "honoured":
        missing = {key: ["all"] for key in missing}
    return {
        **{state: count for state, count in counts(judged).items() if count},
        **({"not": missing} if missing else {}),
    }


def _short(item: Item) -> str:
    return f"{item.name}=" if item.part == "constructor parameters" else item.name


def as_markdown(judged: Sequence[Judged]) -> list[str]:
    """The section of the report."""
    lines = [
        "## Names of the reference",
        "",
        "What the reference offers (`surface.json`), asked of the running package. Refused are names with a reason in",
        "`agno_names.toml` or in the class that refuses them; pending are those of `unbuilt` in `requirements.toml`.",
        "",
        "| | all | honoured | refused | pending | share honoured or refused |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for part in PARTS:
        lines.append(_row(part, [one for one in judged if one.item.part == part]))
    lines += [_row("all", judged), "", "Classes that are there, and what of them is not:", ""]
    by_owner: dict[str, list[Judged]] = {}
    for one in judged:
        by_owner.setdefault(one.item.owner, []).append(one)
    there = {owner: mine for owner, mine in by_owner.items() if mine[0].standing == "honoured"}
    for owner, mine in there.items():
        honoured = sum(1 for one in mine if one.standing == "honoured")
        if honoured < len(mine):
            missing = ", ".join(f"`{_short(one.item)}`" for one in mine if one.standing == "pending")
            refused = ", ".join(f"`{_short(one.item)}`" for one in mine if one.standing == "refused")
            said = "; ".join(
                [*([f"pending {missing}"] if missing else []), *([f"refused {refused}"] if refused else [])]
            )
            lines.append(f"- `{owner}` {honoured}/{len(mine)}: {said}")
    whole = sum(1 for mine in there.values() if all(one.standing == "honoured" for one in mine))
    lines += ["", f"{whole} further classes are complete. Classes that are not there, by what brings them:", ""]
    absent: dict[str, list[str]] = {}
    for mine in by_owner.values():
        if mine[0].standing != "honoured":
            absent.setdefault(mine[0].why or "undecided", []).append(f"`{mine[0].item.owner}`")
    lines += [f"- {why}: {', '.join(names)}" for why, names in sorted(absent.items())]
    return lines


def _row(title: str, judged: Sequence[Judged]) -> str:
    found = counts(judged)
    share = (found["honoured"] + found["refused"]) / len(judged)
    return f"| {title} | {len(judged)} | {found['honoured']} | {found['refused']} | {found['pending']} | {share:.1%} |"


# ---- making surface.json


def reduced(introspected: Mapping[str, Any]) -> dict[str, Any]:
    """What the check needs of the introspected signatures of the reference."""
    classes = {path: _names(symbol) for path, symbol in introspected["symbols"].items() if "." in path}
    events = {f"agno.run.{family}": _events(known) for family, known in introspected["events"].items()}
    return {"reference": introspected["reference"], "source": SOURCE, "classes": classes, "events": events}


def _events(known: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: [field["name"] for field in event["own_fields"]] for name, event in known.items() if name != BASE}
    return {"all": [field["name"] for field in known[BASE]], "classes": own}


def _names(symbol: Mapping[str, Any]) -> dict[str, Any]:
    call = symbol.get("constructor") or symbol.get("signature") or {}
    given = call.get("params") or (symbol.get("fields") if symbol["kind"] == "pydantic" else None) or []
    parts = {
        "constructor parameters": [one["name"] for one in given if not one.get("kind", "").startswith("*")],
        "methods": list(symbol.get("methods", ())),
        "enumeration members": list(symbol.get("members", ())),
    }
    return {part: sorted(names) for part, names in parts.items() if names}


def main() -> int:
    """`python -m contracts.surface INTROSPECTED`: write surface.json from the introspected signatures."""
    PLACE.write_text(shown(reduced(json.loads(Path(sys.argv[1]).read_text()))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
