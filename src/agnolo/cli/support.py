"""What a program uses that Agnolo has not, with the reason and the remedy: the findings of `agnolo doctor app.py`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib import import_module
from typing import NamedTuple

import msgspec

from agnolo.cli import surface
from agnolo.cli.agno_names import table
from agnolo.cli.bindings import Kind, is_module, place_of
from agnolo.cli.program import Source
from agnolo.cli.usage import MemberUse, ModuleUse, NameUse, OptionUse, Use, uses

RESPELLED = "a spelling of Agno 2"
LATER = "keep this part on Agno until Agnolo has it"
OWN = "check the spelling, or the page of its module in docs/"
"""The remedy when nothing better is known, for what is asked of Agno and of our own package."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One use. `supported` is whether the program runs as it is: with a spelling of Agno 2 it does, with a warning."""

    file: str
    line: int
    what: str
    why: str
    remedy: str
    supported: bool = False

    @property
    def renamed(self) -> bool:
        """Whether `agnolo migrate` mends it."""
        return self.why == RESPELLED


def findings(source: Source) -> list[Finding]:
    """All findings of a file, in the order of its text, each once a line."""
    told = (finding for use in uses(source.tree) for finding in _judged(str(source.path), use))
    return list(dict.fromkeys(told))


def _judged(file: str, use: Use) -> Iterator[Finding]:
    match use:
        case ModuleUse(module):
            told = _module(module)
        case NameUse(module, name):
            told = _name(module, name)
        case OptionUse(kind, method, node):
            told = _option(kind, method, node.arg or "")
        case MemberUse(kind, name):
            told = _member(kind, name)
    if told is not None:
        yield Finding(file=file, line=use.node.lineno, **told._asdict())


class Judgement(NamedTuple):
    """A finding without its place."""

    what: str
    why: str
    remedy: str
    supported: bool = False


def _module(module: str) -> Judgement | None:
    if is_module(module):
        return None
    return Judgement(module, "Agnolo has no such module", table().module_way_out(module) or _last_resort(module))


def _name(module: str, name: str) -> Judgement | None:
    asked = f"{module}.{name}"
    place = place_of(module, name)
    if is_module(asked) or (name.startswith("__") and name.endswith("__")):
        return None
    if place is None:
        return _missing(module, name)
    if asked in table().names:
        ours = place.partition(":")[2]
        return Judgement(asked, "Agno 3 removed it", f"use {ours} of agno.metrics", supported=True)
    return None


def _missing(module: str, name: str) -> Judgement:
    asked = f"{module}.{name}"
    if module == "agno":
        return Judgement(asked, "Agnolo has no such module", table().module_way_out(asked) or LATER)
    if not is_module(module):
        way_out = table().name_way_out(module, name) or table().module_way_out(module)
        return Judgement(asked, f"Agnolo has no module {module}", way_out or _last_resort(module))
    if module.partition(".")[0] == "agnolo":
        near = get_close_matches(name, dir(import_module(module)), 1, 0.75)
        return Judgement(asked, f"{module} has no such name", f"did you mean {near[0]!r}?" if near else OWN)
    return Judgement(asked, table().reason(module, name), table().name_way_out(module, name) or LATER)


def _option(kind: Kind, method: str | None, name: str) -> Judgement | None:
    called = f"{kind.name}.{method}" if method else kind.name
    what = f"{called}({name}=)"
    if kind.known is surface.UNKNOWN:
        return None
    if (old := _respelled(kind, method, name)) is not None:
        return old._replace(what=what)
    if method is None and (why := surface.refused(kind.known).get(name)):
        return Judgement(what, "refused on purpose", why)
    taken = _taken(kind.known, method)
    if taken is None or name in taken:
        return None
    key = f"{kind.asked}.{method}.{name}" if method else f"{kind.asked}.{name}"
    return Judgement(what, f"Agnolo's {called} has no such option", _remedy(key, name, taken))


def _taken(known: object, method: str | None) -> frozenset[str] | None:
    if method is None:
        return surface.options(known)
    called = inspect.getattr_static(known, method, None)
    return surface.options(called) if inspect.isfunction(called) else None


def _respelled(kind: Kind, method: str | None, name: str) -> Judgement | None:
    """An option that Agno 3 renamed or removed."""
    owner = surface.respelled(kind.place, method)
    if owner is None:
        return None
    if name in table().options[owner]:
        runs = kind.asked.partition(".")[0] == "agno"
        return Judgement("", RESPELLED, f"write {table().options[owner][name]}", supported=runs)
    if name in table().gone[owner]:
        said, _, way_out = table().gone[owner][name].partition(": ")
        return Judgement("", said, way_out or LATER)
    return None


def _member(kind: Kind, name: str) -> Judgement | None:
    known = kind.known
    if known is surface.UNKNOWN or name.startswith("_") or surface.has_member(known, name):
        return None
    remedy = _remedy(f"{kind.asked}.{name}", name, [each for each in dir(known) if each[0] != "_"])
    if kind.is_enumeration:
        return Judgement(f"{kind.name}.{name}", f"Agnolo's {kind.name} has no such member", remedy)
    return Judgement(f"{kind.name}.{name}()", f"Agnolo's {kind.name} has no such method", remedy)


def _remedy(key: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1, 0.75)
    hints = [f"did you mean {near[0]!r}?"] if near else []
    hints += [table().advice[key]] if key in table().advice else []
    return "; ".join(hints) or _last_resort(key)


def _last_resort(asked: str) -> str:
    return LATER if asked.partition(".")[0] == "agno" else OWN
