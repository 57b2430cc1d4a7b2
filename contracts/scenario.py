"""Scenarios: small programs over a kit, each with what the fake provider answers, run in one or several ways."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from contracts.script import Turn

if TYPE_CHECKING:
    from contracts.kit import Kit

Way = Literal["run", "stream", "arun", "astream"]
"""How `kit.run` runs an agent: whole or streamed, plain or async."""

EVERY_WAY: tuple[Way, ...] = ("run", "stream", "arun", "astream")
WHOLE: tuple[Way, ...] = ("run", "arun")
STREAMED: tuple[Way, ...] = ("stream", "astream")
ONCE: tuple[Way, ...] = ("run",)

Program = Callable[["Kit"], None]


@dataclass(frozen=True)
class Scenario:
    """One program in one way. `area` is the first part of the id; `options` are the program's own parameters."""

    id: str
    program: Program
    script: tuple[Turn, ...]
    vendor: str
    way: Way
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def area(self) -> str:
        """What it is about."""
        return self.id.split("/")[0]

    @property
    def name(self) -> str:
        """The id without the way."""
        return self.id.split("[")[0]

    @property
    def digest(self) -> str:
        """Changes when the program, its script or its parameters do."""
        options = {name: inspect.getsource(value) if callable(value) else value for name, value in self.options.items()}
        parts = (self.id, inspect.getsource(self.program), repr(self.script), self.vendor, repr(options))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


_known: dict[str, Scenario] = {}


def add(
    name: str,
    program: Program,
    script: Sequence[Turn],
    /,
    *,
    ways: Sequence[Way] = EVERY_WAY,
    vendor: str = "openai",
    **options: Any,
) -> None:
    """Register a program under `name`, once for each way."""
    for way in ways:
        full = f"{name}[{way}]"
        if full in _known:
            raise ValueError(f"there are two scenarios {full!r}")
        _known[full] = Scenario(full, program, tuple(script), vendor, way, options)


def scenario(
    name: str, script: Sequence[Turn] = (), *, ways: Sequence[Way] = EVERY_WAY, vendor: str = "openai"
) -> Callable[[Program], Program]:
    """The same as a decorator."""

    def keep(program: Program) -> Program:
        add(name, program, script, ways=ways, vendor=vendor)
        return program

    return keep


def load() -> dict[str, Scenario]:
    """All scenarios by id, in order of id."""
    from contracts import scenarios

    for module in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f"contracts.scenarios.{module.name}")
    return dict(sorted(_known.items()))


_COMMON = ("kit.py", "provider.py", "script.py", "literals.py", "normal.py", "dialects/*.py")


def common_digest() -> str:
    """Changes when the kit, the fake provider or the way captures are written do."""
    home = Path(__file__).parent
    found = sorted(path for pattern in _COMMON for path in home.glob(pattern))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in found)).hexdigest()[:16]
