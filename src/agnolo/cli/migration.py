"""A program's imports of `agno` rewritten to Agnolo's, and Agno 2's options to their names of today, by edits.

What is not edited stays as it is, character by character: comments, formatting, and what Agnolo has not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agnolo.cli import surface
from agnolo.cli.agno_names import table
from agnolo.cli.bindings import is_module
from agnolo.cli.import_lines import Entry, lines
from agnolo.cli.program import Edit, Source
from agnolo.cli.usage import NameUse, OptionUse, Use, uses

ROOT = "agnolo"
TEXT = re.compile(r"agno(\.\w+)+")
"""A text that is a place of Agno's, as `import_module` and patches have it."""


class Target(NamedTuple):
    """Where a name is imported from in the rewritten program."""

    module: str
    name: str

    @property
    def path(self) -> str:
        """As an expression reaches it."""
        return f"{self.module}.{self.name}"


class Left(NamedTuple):
    """What could not be changed, and why."""

    line: int
    what: str
    why: str


class Migrated(NamedTuple):
    """The new text, and what stays Agno's although the table has it."""

    text: str
    left: list[Left]


def migrate(source: Source) -> Migrated:
    """The rewritten program. Migrating the result again changes nothing."""
    work = _Work(source, uses(source.tree))
    for node in ast.walk(source.tree):
        match node:
            case ast.ImportFrom(module=str() as module, level=0) if _of_agno(module):
                work.import_from(node, module)
            case ast.Import(names=names) if any(_of_agno(alias.name) for alias in names):
                work.import_modules(node)
            case ast.Constant(value=str() as text) if TEXT.fullmatch(text):
                work.left.append(Left(node.lineno, repr(text), "it is a text"))
            case _:
                pass
    work.rename_options()
    return Migrated(source.edited(work.edits), sorted(work.left))


def target(module: str, name: str) -> Target | None:
    """Where a name of Agno's is in Agnolo: at the root if it is offered there."""
    place = table().place(module, name)
    if place is None:
        return None
    home, _, ours = surface.ours(place).partition(":")
    at_root = surface.thing(f"{ROOT}:{ours}")
    return Target(ROOT if at_root is not None and at_root is surface.thing(place) else home, ours)


def _of_agno(module: str) -> bool:
    return module.partition(".")[0] == "agno"


class _Reached(NamedTuple):
    """A name that is reached through a module."""

    node: ast.Attribute
    use: NameUse
    to: Target | None


class _Work:
    """The edits of one program as they are found."""

    def __init__(self, source: Source, found: Sequence[Use]) -> None:
        self.source = source
        self.found = found
        self.edits: list[Edit] = []
        self.left: list[Left] = []

    # ---- from agno.x import y

    def import_from(self, node: ast.ImportFrom, module: str) -> None:
        """One statement: its module is replaced if all its names go to one, else it becomes several."""
        entries = [entry for alias in node.names for entry in self._entries(alias, module)]
        if {entry.module for entry in entries} == {module}:
            return
        if len({entry.module for entry in entries}) == 1 and all(entry.alias is not None for entry in entries):
            self._in_place(node, module, entries)
        else:
            self.edits.append(Edit(*self.source.span(node), lines(self.source, node, entries)))

    def _entries(self, alias: ast.alias, module: str) -> Iterator[Entry]:
        """What is imported in the place of one alias."""
        inner = f"{module}.{alias.name}"
        to = target(module, alias.name)
        if alias.name == "*":
            yield from self._star(alias, module)
        elif to is not None:
            yield Entry(to.module, to.name, alias.asname or alias.name, alias)
        elif is_module(inner):
            yield from self._submodule(alias, module, alias.asname or alias.name, inner)
        else:
            yield Entry(module, alias.name, alias.asname or alias.name, alias)

    def _star(self, alias: ast.alias, module: str) -> Iterator[Entry]:
        """The names that the program uses of it."""
        used = {use.name for use in self.found if isinstance(use, NameUse) and use.module == module
                and isinstance(use.node, ast.Name)}  # fmt: skip
        known = {name: to for name in sorted(used) if (to := target(module, name)) is not None}
        for name, to in known.items():
            yield Entry(to.module, to.name, name, None)
        if len(known) < len(used) or not used:
            if not used:
                self.left.append(Left(alias.lineno, f"from {module} import *", "nothing of it is used"))
            yield Entry(module, "*", "*", None)

    def _submodule(self, alias: ast.alias, module: str, bound: str, inner: str) -> Iterator[Entry]:
        """`from agno.models import openai`: our module under that name, or every use spelled out."""
        said = self._module_texts(alias, bound, inner)
        if said is None:
            yield Entry(module, alias.name, bound, alias)
            return
        for text in said:
            yield Entry("", text, bound, None)

    def _in_place(self, node: ast.ImportFrom, module: str, entries: Sequence[Entry]) -> None:
        start, end = self.source.span(node)
        found = re.compile(r"from[\s\\]+(agno(?:\s*\.\s*\w+)*)").match(self.source.text, start, end)
        assert found is not None, f"{module} is not where it was read"
        self.edits.append(Edit(found.start(1), found.end(1), entries[0].module))
        for entry in entries:
            alias = entry.alias
            if alias is not None and entry.name != alias.name:
                begin, _ = self.source.span(alias)
                text = entry.name if alias.asname else f"{entry.name} as {entry.bound}"
                self.edits.append(Edit(begin, begin + len(alias.name), text))

    # ---- import agno.x

    def import_modules(self, node: ast.Import) -> None:
        """`import agno.x`, and `import agno.x as y`: each module that comes of it once."""
        parts: list[str] = []
        for alias in node.names:
            start, end = self.source.span(alias)
            mine = self._module_texts(alias, alias.asname or "agno", alias.name) if _of_agno(alias.name) else None
            parts += [self.source.text[start:end]] if mine is None else mine
        whole = self.source.span(node.names[0])[0], self.source.span(node.names[-1])[1]
        self.edits.append(Edit(*whole, ", ".join(dict.fromkeys(parts))))

    def _module_texts(self, alias: ast.alias, bound: str, module: str) -> list[str] | None:
        """What is imported in place of a module that is bound to a name; None if it stays. Edits its uses."""
        reached = [one for one in self._reached(bound) if self._through(one, alias, module)]
        bare = self._bare_uses(bound)
        if not is_module(module):
            return None
        if not reached and not bare:
            self.left.append(Left(alias.lineno, f"import {module}", "nothing of it is used by name"))
            return None
        targets = sorted({one.to.module for one in reached if one.to is not None})
        stays = bare or any(one.to is None for one in reached)
        kept = all(one.use == NameUse(module, one.to.name, one.node) for one in reached if one.to is not None)
        aliased = alias.asname is not None or bound != "agno"
        if aliased and len(targets) == 1 and kept and not stays:
            return [f"{targets[0]} as {bound}"]
        for one in reached:
            if one.to is not None:
                self.edits.append(Edit(*self.source.span(one.node), one.to.path))
        if bare:
            self.left.append(Left(alias.lineno, f"import {module}", f"the module itself is used as {bound}"))
        if stays and not targets:
            return None
        return [*targets, *([f"{module} as {bound}" if aliased else module] if stays else [])]

    def _reached(self, bound: str) -> list[_Reached]:
        """The names that are reached through what is bound to this name."""
        return [
            _Reached(use.node, use, target(use.module, use.name))
            for use in self.found
            if isinstance(use, NameUse) and isinstance(use.node, ast.Attribute) and _root(use.node) == bound
            and _of_agno(use.module)
        ]  # fmt: skip

    def _through(self, one: _Reached, alias: ast.alias, module: str) -> bool:
        """Whether a name is reached by this import: of several that bind `agno`, by the longest that fits."""
        if alias.asname is not None or _root(one.node) != "agno":
            return one.use.module == module or one.use.module.startswith(f"{module}.")
        fitting = [
            name.name
            for node in ast.walk(self.source.tree)
            if isinstance(node, ast.Import)
            for name in node.names
            if name.asname is None and f"{one.use.module}.".startswith(f"{name.name}.")
        ]
        return module == max(fitting, key=len, default="")

    def _bare_uses(self, bound: str) -> bool:
        """Whether the module is used otherwise than for its names."""
        roots = {id(node) for one in self._reached(bound) if (node := _root_node(one.node)) is not None}
        return any(
            isinstance(node, ast.Name) and node.id == bound and isinstance(node.ctx, ast.Load) and id(node) not in roots
            for node in ast.walk(self.source.tree)
        )

    # ---- options

    def rename_options(self) -> None:
        """Agno 2's options get their names of today, unless these are given beside them."""
        beside = {
            id(keyword): {each.arg for each in call.keywords}
            for call in ast.walk(self.source.tree)
            if isinstance(call, ast.Call)
            for keyword in call.keywords
        }
        for use in self.found:
            if not isinstance(use, OptionUse) or use.node.arg is None:
                continue
            owner = surface.respelled(use.kind.place, use.method)
            new = table().options[owner].get(use.node.arg) if owner else None
            if new is None:
                continue
            if new in beside[id(use.node)]:
                self.left.append(Left(use.node.lineno, f"{use.node.arg}=", f"{new}= is given beside it"))
            else:
                start, _ = self.source.span(use.node)
                self.edits.append(Edit(start, start + len(use.node.arg), new))


def _root(node: ast.Attribute) -> str:
    root = _root_node(node)
    return root.id if root is not None else ""


def _root_node(node: ast.expr) -> ast.Name | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None
