"""Which names of Agno there are in Agnolo, and where: the table behind `agnolo-agno`, `doctor` and `migrate`."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import msgspec

TABLE = Path(__file__).with_name("agno_names.toml")


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table; its head says what each part holds. Places of ours are written `module:name`."""

    advice: dict[str, str]
    names: dict[str, str]
    options: dict[str, dict[str, str]]
    gone: dict[str, dict[str, str]]
    modules: dict[str, dict[str, str]]
    absent: dict[str, list[str]]
    refused: dict[str, str]

    def packages(self) -> frozenset[str]:
        """Modules of the table and of `names`, and the packages above them."""
        modules = [*self.modules, *(name.rpartition(".")[0] for name in self.names)]
        found = {module.rsplit(".", up)[0] for module in modules for up in range(module.count(".") + 1)}
        return frozenset(found)

    def place(self, module: str, name: str) -> str | None:
        """Where Agnolo has it, `module:name`; None if it has not."""
        return self.modules.get(module, {}).get(name) or self.names.get(f"{module}.{name}")

    def missing_name(self, module: str, name: str) -> str:
        """Why this name can't be imported from a module of the table, and what to do instead."""
        return _sentence(
            f"{module} has no {name!r} here ({self.reason(module, name)})", self.name_way_out(module, name)
        )

    def missing_module(self, module: str) -> str:
        """Why this module can't be imported, and what to do instead."""
        return _sentence(f"Agnolo has no {module}", self.module_way_out(module))

    def reason(self, module: str, name: str) -> str:
        """Why a name of a module of the table is not there."""
        if f"{module}.{name}" in self.refused:
            return "refused on purpose"
        known = name in self.absent.get(module, ())
        return "Agno has it, Agnolo does not yet" if known else "Agno 3.1.10 has none"

    def name_way_out(self, module: str, name: str) -> str:
        """What to use instead of a name; "" if nothing is known."""
        return self._way_out(f"{module}.{name}", name, list(self.modules.get(module, ())))

    def module_way_out(self, module: str) -> str:
        """What to use instead of a module; "" if nothing is known."""
        return self._way_out(module, module, sorted(self.packages()))

    def _way_out(self, asked: str, name: str, known: list[str]) -> str:
        if asked in self.refused:
            return self.refused[asked]
        near = get_close_matches(name, known, 1, 0.75)
        path = asked
        while path and path not in self.advice:
            path = path.rpartition(".")[0]
        hints = [f"did you mean {near[0]!r}?"] if near else []
        return "; ".join([*hints, *([self.advice[path]] if path else [])])


def _sentence(problem: str, way_out: str) -> str:
    return f"{problem}: {way_out}" if way_out else problem


@cache
def table() -> Names:
    """The table, read once."""
    return msgspec.convert(tomllib.loads(TABLE.read_text(encoding="utf-8")), Names)
