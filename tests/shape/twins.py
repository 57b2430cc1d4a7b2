"""Finds bodies written twice, once for each colour (ARCHITECTURE §9.4)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from tests.shape.source import Function, Module, Scope, functions

COLOUR_FILES = frozenset({"facade.py", "bridge.py"})
SIMILAR = 0.8
SMALLEST = 25
"""Words in a body. A smaller one only delegates: `return drive(self._run())`."""

_UNCOLOURED = {
    "AsyncIterator": "Iterator", "AsyncGenerator": "Generator", "AsyncIterable": "Iterable",
    "StopAsyncIteration": "StopIteration", "aclosing": "closing", "asynccontextmanager": "contextmanager",
    "AsyncExitStack": "ExitStack", "aclose": "close", "asend": "send", "athrow": "throw",
}  # fmt: skip


def twins(modules: list[Module]) -> list[str]:
    """Pairs of a sync and an async function of one name (`x` with `x`, `ax`, `x_async`) with nearly the same body."""
    scopes = [scope for module in modules if not _may_differ(module) for scope in functions(module)]
    plain: dict[str, list[Scope]] = {}
    for scope in scopes:
        if isinstance(scope.node, ast.FunctionDef):
            plain.setdefault(scope.node.name, []).append(scope)
    return [
        f"{scope.key} and {other.key} are one body in two colours: keep the async one and drive it"
        for scope in scopes
        if isinstance(scope.node, ast.AsyncFunctionDef)
        for name in _sync_names(scope.node.name)
        for other in plain.get(name, [])
        if _alike(other.node, scope.node)
    ]


def _may_differ(module: Module) -> bool:
    return PurePosixPath(module.path).name in COLOUR_FILES


def _sync_names(name: str) -> Iterator[str]:
    """The names that the sync twin of an async function could have."""
    bare = name.lstrip("_")
    lead = name[: len(name) - len(bare)]
    yield name
    if bare.startswith("a"):
        yield lead + bare[1:].lstrip("_")
    yield from (lead + bare.removeprefix("async_"),) if bare.startswith("async_") else ()
    yield from (lead + bare.removesuffix("_async"),) if bare.endswith("_async") else ()
    yield from (f"{lead}{bare}_sync", f"{lead}sync_{bare}")


def _alike(plain: Function, coloured: Function) -> bool:
    first, second = _words(plain), _words(coloured)
    if min(len(first), len(second)) < SMALLEST:
        return False
    known = set(first)
    second = [_sync_word(word, known) for word in second]
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= SIMILAR


def _words(node: Function) -> list[str]:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    text = "\n".join(ast.unparse(statement) for statement in body)
    words: list[str] = re.findall(r"\w+|[^\w\s]", text)
    return [_UNCOLOURED.get(word, word) for word in words if word not in ("await", "async")]


def _sync_word(word: str, known: set[str]) -> str:
    if word in known:
        return word
    return next((name for name in _sync_names(word) if name in known), word)
