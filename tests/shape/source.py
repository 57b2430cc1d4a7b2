"""Reads a package as syntax trees, and tells its functions and imports. Judges nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
Place = Literal["top", "typing", "nested", "function"]
_TYPING: Place = "typing"


class Module(NamedTuple):
    """One source file. `path` is relative to the package's folder: `engine/run.py`; `name` is dotted."""

    path: str
    name: str
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        """The first folder of the path; empty for a module at the root."""
        return self.path.split("/")[0] if "/" in self.path else ""

    @property
    def package(self) -> str:
        """What relative imports of this module start from."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]


class Scope(NamedTuple):
    """A function with its qualified name and, for a method, its class."""

    module: Module
    name: str
    node: Function
    owner: ast.ClassDef | None

    @property
    def key(self) -> str:
        """What an allowlist names: `engine/run.py::Class.method`."""
        return f"{self.module.path}::{self.name}"


class Import(NamedTuple):
    """One imported name. `typing` is under TYPE_CHECKING, `nested` in another block of the module."""

    source: str
    name: str | None
    line: int
    place: Place


def load(package: Path) -> list[Module]:
    """All modules under the folder `package`, in order; an absent folder has none."""
    return [_module(package, file) for file in sorted(package.rglob("*.py"))]


def _module(package: Path, file: Path) -> Module:
    inside = file.relative_to(package)
    parts = (package.name, *inside.with_suffix("").parts)
    text = file.read_text(encoding="utf-8")
    return Module(
        path=inside.as_posix(),
        name=".".join(parts[:-1] if parts[-1] == "__init__" else parts),
        text=text,
        tree=ast.parse(text, filename=str(file)),
    )


def functions(module: Module) -> Iterator[Scope]:
    """Every function and method, nested ones too, outer before inner."""
    yield from _functions(module, module.tree, prefix="", owner=None)


def _functions(module: Module, node: ast.AST, *, prefix: str, owner: ast.ClassDef | None) -> Iterator[Scope]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            name = f"{prefix}{child.name}"
            yield Scope(module, name, child, owner)
            yield from _functions(module, child, prefix=f"{name}.", owner=None)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(module, child, prefix=f"{prefix}{child.name}.", owner=child)
        else:
            yield from _functions(module, child, prefix=prefix, owner=owner)


def classes(module: Module) -> Iterator[ast.ClassDef]:
    """Every class, nested ones too."""
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))


def imports(module: Module) -> Iterator[Import]:
    """Every imported name with the place of its statement; relative ones made absolute."""
    yield from _imports(module, module.tree.body, "top")


def _imports(module: Module, body: list[ast.stmt], place: Place) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno, place) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(module, node)
            yield from (Import(source, alias.name, node.lineno, place) for alias in node.names)
        else:
            for blocks, inner in _blocks(node, place):
                yield from _imports(module, blocks, inner)


def _blocks(node: ast.stmt, place: Place) -> Iterator[tuple[list[ast.stmt], Place]]:
    """The statement lists inside a statement, each with the place an import in it would have."""
    inner = _place_inside(node, place)
    for field, value in ast.iter_fields(node):
        if field == "handlers":
            for handler in value:
                yield handler.body, inner
        elif field == "cases":
            for case in value:
                yield case.body, inner
        elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            typing = field == "body" and _is_type_checking(node)
            yield value, _TYPING if typing else inner


def _place_inside(node: ast.stmt, place: Place) -> Place:
    if isinstance(node, Function):
        return "function"
    return "nested" if place == "top" else place


def _is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def is_in(path: str, places: tuple[str, ...]) -> bool:
    """Whether the path is one of the places: a file by its full path, a folder by its name with a slash."""
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)
