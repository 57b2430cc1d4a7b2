"""What code may not say: dynamic code, telemetry, SQL away from home, broad handlers (ARCHITECTURE §9.7, 9, 12)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.shape.source import Module, functions, imports, is_in

DYNAMIC = frozenset({"eval", "exec", "compile", "__import__"})
UNSAFE_PACKAGES = frozenset({"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"})
UNSAFE_YAML = frozenset({"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"})
SAFE_LOADERS = frozenset({"SafeLoader", "CSafeLoader", "yaml.SafeLoader", "yaml.CSafeLoader"})
TELEMETRY_PACKAGES = frozenset({"posthog", "segment", "analytics", "mixpanel", "sentry_sdk", "statsig", "amplitude"})
TELEMETRY_HOSTS = re.compile(r"(posthog|segment|sentry|mixpanel|amplitude)\.(com|io)|os-api\.agno|api\.agno\.com", re.I)
SQL = re.compile(
    r"\bSELECT\s+(?=\S).*\bFROM\b|\bSELECT\s+(1|count|max|min|EXISTS)\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bREPLACE\s+INTO\b"
    r"|\bUPDATE\s+\S+\s+SET\b|\bDELETE\s+FROM\b|\b(CREATE|DROP|ALTER)\s+(UNIQUE\s+|VIRTUAL\s+|TEMP\s+)*(TABLE|INDEX|TRIGGER|VIEW)\b"
    r"|\bPRAGMA\s+\w+|\bBEGIN\s+(IMMEDIATE|EXCLUSIVE)\b",
    re.DOTALL,
)
SQL_ANY_CASE = re.compile(r"^\s*(select\s+\*\s+from|insert\s+into|delete\s+from|(create|drop|alter)\s+table)\s", re.I)
BROAD = frozenset({"Exception", "BaseException"})


def dangers(modules: list[Module]) -> list[str]:
    """Dynamic code, unsafe deserialisers and telemetry."""
    problems: list[str] = []
    for module in modules:
        for link in imports(module):
            package = link.source.split(".")[0]
            if package in UNSAFE_PACKAGES | TELEMETRY_PACKAGES:
                problems.append(f"{module.path}:{link.line} imports {package!r}")
            if package == "yaml" and link.name in UNSAFE_YAML:
                problems.append(f"{module.path}:{link.line} imports yaml.{link.name}: use safe_load")
        problems += [f"{module.path}:{line} {what}" for line, what in _danger_nodes(module.tree)]
    return problems


def _danger_nodes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in DYNAMIC:
            yield node.lineno, f"uses {node.id}"
        elif isinstance(node, ast.Call) and _is_unsafe_yaml(node):
            yield node.lineno, f"calls {ast.unparse(node.func)}: use yaml.safe_load"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and TELEMETRY_HOSTS.search(node.value):
            yield node.lineno, "names a telemetry host"


def _is_unsafe_yaml(call: ast.Call) -> bool:
    func = call.func
    if not (isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "yaml"):
        return False
    loaders = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "Loader")]
    return func.attr in UNSAFE_YAML and not any(ast.unparse(loader) in SAFE_LOADERS for loader in loaders)


def sql_texts(modules: list[Module], *, homes: tuple[str, ...]) -> list[str]:
    """String literals that are SQL, outside the files where SQL lives. Docstrings do not count."""
    return [
        f"{module.path}:{line} holds SQL: it belongs in {', '.join(homes)}"
        for module in modules
        if not is_in(module.path, homes)
        for line, text in _texts(module.tree)
        if SQL.search(text) or SQL_ANY_CASE.search(text)
    ]


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that is a value, f-strings joined with a placeholder for each hole."""
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    pieces: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces |= {id(piece) for piece in node.values}
            yield node.lineno, "".join(_piece(piece) for piece in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare | pieces:
            yield node.lineno, node.value


def _piece(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "hole"


def broad_handlers(modules: list[Module], *, boundaries: frozenset[str]) -> list[str]:
    """Handlers of everything outside the named boundaries. One that ends in a bare `raise` only cleans up."""
    return [
        f"{key} catches everything: catch what you expect, or name it as a boundary"
        for key in _broad_keys(modules)
        if key not in boundaries
    ]


def stale_boundaries(modules: list[Module], *, boundaries: frozenset[str]) -> list[str]:
    """Named boundaries that catch everything no more."""
    return [f"{key} is a named boundary and has no broad handler" for key in sorted(boundaries - _broad_keys(modules))]


def _broad_keys(modules: list[Module]) -> frozenset[str]:
    keys: set[str] = set()
    for module in modules:
        owner: dict[int, str] = {}
        for scope in functions(module):
            owner |= {id(node): scope.key for node in ast.walk(scope.node)}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node):
                keys.add(owner.get(id(node), f"{module.path}::module"))
    return frozenset(keys)


def _is_broad(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind).removeprefix("builtins.") in BROAD for kind in kinds)
