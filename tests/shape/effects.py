"""Acts on the world are begun by the effect boundary alone (ARCHITECTURE §9.3)."""

from __future__ import annotations

import ast

from tests.shape.source import Module, is_in

HOME = "engine/effects.py"
BOUNDARY = "Effect"
"""The description of an effect; what its `start` names is begun by HOME and by nobody else."""

DRIVERS = ("bridge",)
"""Modules that step through whole runs: no effect begins there that the engine has not begun."""


def effect_leaks(
    modules: list[Module], *, layers: tuple[str, ...], acts: frozenset[str], begins: frozenset[str]
) -> list[str]:
    """Calls of `acts` that are in no `Effect(start=…)`, and any calls of `begins`, in these folders outside HOME."""
    problems: list[str] = []
    for module in modules:
        if module.path == HOME or not is_in(module.path, layers):
            continue
        started = _started(module.tree)
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id in DRIVERS:
                continue
            name = node.func.attr
            if name in begins or (name in acts and id(node) not in started):
                problems.append(
                    f"{module.path}:{node.lineno} calls .{name}() itself: let engine.effects.perform begin it"
                )
    return problems


def _started(tree: ast.Module) -> set[int]:
    """All nodes that only run as an effect: what `start=` holds, and functions that nothing but such code names."""
    started = {id(inner) for start in _starts(tree) for inner in ast.walk(start)}
    pending = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    while True:
        found = [function for function in pending if _named_only_in(tree, function.name, started)]
        if not found:
            return started
        pending = [function for function in pending if function not in found]
        started |= {id(inner) for function in found for inner in ast.walk(function)}


def _starts(tree: ast.Module) -> list[ast.expr]:
    return [
        word.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split("[")[0] == BOUNDARY
        for word in node.keywords
        if word.arg == "start"
    ]


def _named_only_in(tree: ast.Module, name: str, started: set[int]) -> bool:
    uses = [id(node) for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    return bool(uses) and started.issuperset(uses)
