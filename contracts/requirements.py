"""What users may rely on: `requirements.toml`, and what it says about differences from the reference."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from contracts.compare import Difference

HOME = Path(__file__).parent
ROOT = HOME.parent
Status = Literal["kept", "deviates", "pending"]
_UNSAID = object()
PROGRAMS = "programs"
"""In the place of a scenario: what `make programs` may meet beside the scenarios."""


@dataclass(frozen=True)
class Rule:
    """Which differences a requirement explains: in these scenarios, at this path; globs, in which * crosses dots.

    `expected` and `got` narrow it to a value, `empty` to expected events without content.
    """

    path: str
    scenarios: str = "*"
    kind: str = "*"
    expected: Any = _UNSAID
    got: Any = _UNSAID
    empty: bool = False

    def explains(self, scenario: str, found: Difference) -> bool:
        """Whether this difference is one of them."""
        return (
            _fits(scenario, self.scenarios)
            and fnmatchcase(found.path, self.path)
            and (self.kind in ("*", found.kind))
            and self.expected in (_UNSAID, found.expected)
            and self.got in (_UNSAID, found.got)
            and not (self.empty and _has_content(found.expected))
        )


@dataclass(frozen=True)
class Requirement:
    """One behaviour. `scenarios` and `tests` show it; a deviation has a reason and a remedy, a pending one an issue."""

    id: str
    source: str
    says: str
    status: Status
    scenarios: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    differences: tuple[Rule, ...] = ()
    reason: str = ""
    remedy: str = ""
    issue: str = ""

    def claims(self, scenario: str) -> bool:
        """Whether the scenario shows this behaviour."""
        return any(_fits(scenario, pattern) for pattern in self.scenarios)

    def explains(self, scenario: str, found: Difference) -> bool:
        """Whether it accounts for the difference."""
        if self.status == "pending" and not self.differences:
            return self.claims(scenario)
        return any(rule.explains(scenario, found) for rule in self.differences)


def _has_content(event: Any) -> bool:
    return bool(event.get("content")) if isinstance(event, dict) else True


def _fits(scenario: str, pattern: str) -> bool:
    """A glob over the scenario's name; one that ends in `[way]` is meant for that way only."""
    name, _, way = scenario.partition("[")
    wanted, _, only = pattern.partition("[")
    return fnmatchcase(name, wanted) and (not only or way == only)


def read(path: Path = HOME / "requirements.toml") -> list[Requirement]:
    """The manifest. Raises ValueError for one that contradicts itself."""
    found: list[Requirement] = []
    for entry in tomllib.loads(path.read_text())["requirement"]:
        entry["differences"] = tuple(Rule(**rule) for rule in entry.get("differences", ()))
        for name in ("scenarios", "tests"):
            entry[name] = tuple(entry.get(name, ()))
        found.append(Requirement(**entry))
    for requirement in found:
        _check(requirement)
    if len({requirement.id for requirement in found}) < len(found):
        raise ValueError(f"{path.name}: an id is used twice")
    return found


def _check(one: Requirement) -> None:
    if one.status == "deviates" and not (one.reason and one.remedy):
        raise ValueError(f"{one.id}: a deviation needs a reason and a remedy")
    if one.status == "pending" and not one.issue:
        raise ValueError(f"{one.id}: what is pending names the issue that brings it")
    if one.status == "kept" and one.differences:
        raise ValueError(f"{one.id}: what is kept explains no differences")
    if not (one.scenarios or one.tests or one.differences):
        raise ValueError(f"{one.id}: nothing shows it")


def untied(requirements: Sequence[Requirement], scenarios: Iterable[str]) -> list[str]:
    """What is not tied: scenarios that show nothing listed, patterns that match none, tests that do not exist."""
    known = list(scenarios)
    faults = [
        f"{id}: no requirement lists this scenario" for id in known if not any(r.claims(id) for r in requirements)
    ]
    for one in requirements:
        for pattern in (*one.scenarios, *(rule.scenarios for rule in one.differences)):
            if pattern != PROGRAMS and not any(_fits(id, pattern) for id in known):
                faults.append(f"{one.id}: {pattern!r} matches no scenario")
        faults += [f"{one.id}: there is no test {test!r}" for test in one.tests if not _exists(test)]
    return faults


def _exists(test: str) -> bool:
    place, _, name = test.partition("::")
    path = ROOT / place
    if not path.is_file():
        return False
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
               for node in ast.walk(ast.parse(path.read_text())))  # fmt: skip
