"""Budgets: lengths, parameters, public methods, annotations, names of files and of the root (ARCHITECTURE §9.10)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import PurePosixPath

from tests.shape.source import Module, Scope, classes, functions, is_in

LEFTOVER_NAMES = frozenset({"base", "common", "helper", "helpers", "manager", "misc", "shared", "util", "utils"})


def long_modules(modules: list[Module], *, most: int = 500) -> list[str]:
    """Modules of more than `most` physical lines."""
    counts = ((module.path, len(module.text.splitlines())) for module in modules)
    return [f"{path} has {count} lines, more than {most}: split it by nouns" for path, count in counts if count > most]


def long_functions(modules: list[Module], *, most: int = 60) -> list[str]:
    """Functions of more than `most` physical lines, decorators not counted."""
    return [
        f"{scope.key} has {count} lines, more than {most}: name its steps as functions"
        for module in modules
        for scope in functions(module)
        if (count := (scope.node.end_lineno or 0) - scope.node.lineno + 1) > most
    ]


def wide_signatures(modules: list[Module], *, most: int = 8, facades: tuple[str, ...] = ()) -> list[str]:
    """Functions outside the facades with more than `most` parameters, self and cls not counted."""
    return [
        f"{scope.key} has {count} parameters, more than {most}: group them in one value"
        for module in modules
        if not is_in(module.path, facades)
        for scope in functions(module)
        if (count := len(_parameters(scope))) > most
    ]


def crowded_classes(
    modules: list[Module], *, most: int = 20, facades: Mapping[str, frozenset[str]] | None = None
) -> list[str]:
    """Classes with more than `most` public methods. A facade (`path::Class`) may have exactly its documented names."""
    problems: list[str] = []
    for module in modules:
        for owner in classes(module):
            key = f"{module.path}::{owner.name}"
            names = _public_methods(owner)
            if facades and key in facades:
                extra = sorted(names - facades[key])
                problems += [f"{key}.{name} is not in the documented surface of this facade" for name in extra]
            elif len(names) > most:
                problems.append(f"{key} has {len(names)} public methods, more than {most}: split the class")
    return problems


def unannotated(modules: list[Module]) -> list[str]:
    """Parameters and results without an annotation, nested functions included."""
    problems: list[str] = []
    for module in modules:
        for scope in functions(module):
            bare = [arg.arg for arg in _parameters(scope) if arg.annotation is None]
            problems += [f"{scope.key}: parameter {name!r} has no annotation" for name in bare]
            if scope.node.returns is None:
                problems.append(f"{scope.key} has no return annotation")
    return problems


def leftover_names(modules: list[Module]) -> list[str]:
    """Files and folders named after leftovers instead of a noun."""
    return [
        f"{module.path}: {part!r} says nothing; name it after the one thing it holds"
        for module in modules
        for part in PurePosixPath(module.path).with_suffix("").parts
        if part in LEFTOVER_NAMES
    ]


def wide_root(modules: list[Module], *, most: int = 40) -> list[str]:
    """A root `__init__` that offers more than `most` names, or that names them in no literal `__all__`."""
    root = next((module for module in modules if module.path == "__init__.py"), None)
    if root is None or not root.tree.body:
        return []
    names = _literal_all(root.tree)
    if names is None:
        return ["__init__.py: the public names must be a literal list or tuple `__all__`"]
    if len(names) > most:
        return [f"__init__.py offers {len(names)} names, more than {most}"]
    return []


def _parameters(scope: Scope) -> list[ast.arg]:
    arguments = scope.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if scope.owner is not None and positional and not _is_static(scope):
        positional = positional[1:]
    stars = [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    return [*positional, *arguments.kwonlyargs, *stars]


def _is_static(scope: Scope) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in scope.node.decorator_list)


def _public_methods(owner: ast.ClassDef) -> frozenset[str]:
    methods = (node for node in owner.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in methods if not node.name.startswith("_"))


def _literal_all(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            continue
        value = getattr(node, "value", None)
        if isinstance(value, ast.List | ast.Tuple) and all(isinstance(item, ast.Constant) for item in value.elts):
            return [str(item.value) for item in value.elts if isinstance(item, ast.Constant)]
    return None
