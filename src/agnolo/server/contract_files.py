"""The contract with the reference as it lies in the folder `contracts`: the match report, and each scenario."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from agnolo.server.problems import Problem

CHECKOUT = Path(__file__).parents[3] / "contracts"
"""Where it lies in a checkout. An installed package has none: `Settings(contracts=...)` says where it is."""

REPORT = "report"
"""The id of the match report."""


class Area(msgspec.Struct, frozen=True):
    """A file of fixtures."""

    reference: str
    generated: str
    scenarios: dict[str, dict[str, Any]]


class ContractFiles:
    """Reads the files anew each time: they are asked for rarely, and change with the checkout."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def find(self, id: str) -> dict[str, Any]:
        """The report, or a scenario's fixture with its verdict. Raises Problem 404 for what is not there."""
        return self._report() if id == REPORT else self._scenario(id)

    def _report(self) -> dict[str, Any]:
        try:
            return msgspec.json.decode((self._home / "report.json").read_bytes(), type=dict[str, Any])
        except OSError:
            raise Problem(
                404,
                f"there are no contracts in {self._home.name!r}: they come with the source of Agnolo and not with the "
                "installed package; serve from a checkout, or give AgentOS(settings=Settings(contracts='…/contracts'))",
            ) from None

    def _scenario(self, id: str) -> dict[str, Any]:
        report = self._report()
        area = self._area(id.partition("/")[0])
        entry = area.scenarios.get(id) if area else None
        if area is None or entry is None:
            raise Problem(404, f"there is no scenario {id!r}{self._hint(id, area)}")
        same = area.scenarios[entry["same_as"]] if "same_as" in entry else entry
        verdict = report["unlike"].get(id, {"state": "identical", "by": []})
        about = {"reference": area.reference, "generated": area.generated, "hash": entry["hash"]}
        return {"id": id, **about, **verdict, "capture": same["capture"]}

    def _area(self, name: str) -> Area | None:
        """The fixtures of an area. The name is compared with the files there are: it never makes a path."""
        found = next((path for path in self._fixtures() if path.stem == name), None)
        return msgspec.json.decode(found.read_bytes(), type=Area) if found else None

    def _hint(self, id: str, area: Area | None) -> str:
        if area is None:
            return (
                f": the areas are {', '.join(path.stem for path in self._fixtures())}; {REPORT!r} is the match report"
            )
        near = get_close_matches(id, area.scenarios, 1)
        return f": did you mean {near[0]!r}?" if near else ""

    def _fixtures(self) -> list[Path]:
        return sorted((self._home / "fixtures").glob("*.json"))
