"""Imports: no knots, none in functions, optional packages and sockets only at home (ARCHITECTURE §9.8, 10, 12)."""

from __future__ import annotations

import graphlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.shape.source import Import, Module, imports, is_in

IMPORT_NAMES = {"pyyaml": ("yaml",), "python-multipart": ("python_multipart", "multipart")}
SOCKET_PACKAGES = (
    "aiohttp", "ftplib", "http.client", "http.server", "httpcore", "httpx", "imaplib", "requests",
    "smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib.request", "urllib3", "uvicorn", "websockets",
    "xmlrpc",
)  # fmt: skip


def knots(modules: list[Module]) -> list[str]:
    """An import cycle, if there is one. Imports under TYPE_CHECKING do not count, imports in functions do."""
    names = {module.name for module in modules}
    graph = {module.name: _targets(module, names) for module in modules}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [f"import knot: {' -> '.join(error.args[1])}"]
    return []


def _targets(module: Module, names: set[str]) -> set[str]:
    found: set[str] = set()
    for link in imports(module):
        if link.place != "typing":
            found |= {name for name in _inside(link, names) if name != module.name}
    return found


def _inside(link: Import, names: set[str]) -> set[str]:
    """The modules of the package that an import loads by name: the submodule if there is one, else its source."""
    full = f"{link.source}.{link.name}"
    if full in names:
        return {full}
    return {link.source} & names


def imports_in_functions(modules: list[Module], *, layers: tuple[str, ...]) -> list[str]:
    """Function-level imports in the given folders."""
    return [
        f"{module.path}:{link.line} imports {link.source!r} inside a function"
        for module in modules
        if is_in(module.path, layers)
        for link in imports(module)
        if link.place == "function"
    ]


def imports_of_root(modules: list[Module]) -> list[str]:
    """Modules that import the package's root, which is there for users and knows everything."""
    names = {module.name for module in modules}
    root = min(names, key=len, default="")
    return [
        f"{module.path}:{link.line} imports the root {root!r}: import the module that defines the name"
        for module in modules
        for link in imports(module)
        if link.source == root and f"{root}.{link.name}" not in names and link.name != "__version__"
    ]


def optional_packages(pyproject: Path) -> frozenset[str]:
    """Import names of all packages in `[project.optional-dependencies]`, our own extras left out."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    wanted = (item for group in project.get("optional-dependencies", {}).values() for item in group)
    names = {re.split(r"[\s\[<>=!~;]", item, maxsplit=1)[0].lower() for item in wanted} - {project["name"]}
    return frozenset(module for name in names for module in IMPORT_NAMES.get(name, (name.replace("-", "_"),)))


def scattered_packages(
    modules: list[Module], packages: frozenset[str], *, homes: Mapping[str, tuple[str, ...]] | None = None
) -> list[str]:
    """Optional packages imported by two modules, or not at a module's top. `homes` lets one be used in named places."""
    users: dict[str, set[str]] = {}
    problems: list[str] = []
    for module in modules:
        for link in imports(module):
            package = link.source.split(".")[0]
            if package not in packages:
                continue
            if link.place not in ("top", "typing"):
                problems.append(f"{module.path}:{link.line} imports {package!r} below the module's top")
            if not is_in(module.path, (homes or {}).get(package, ())):
                users.setdefault(package, set()).add(module.path)
    for package, paths in sorted(users.items()):
        if len(paths) > 1 or package in (homes or {}):
            problems.append(
                f"optional package {package!r} is imported away from its one home: {', '.join(sorted(paths))}"
            )
    return problems


def sockets(modules: list[Module], *, homes: tuple[str, ...]) -> list[str]:
    """Imports of packages that open sockets, outside the places that may."""
    return [
        f"{module.path}:{link.line} imports {link.source!r}: only {', '.join(homes)} may open a socket"
        for module in modules
        if not is_in(module.path, homes)
        for link in imports(module)
        if link.place != "typing" and _opens_sockets(link)
    ]


def _opens_sockets(link: Import) -> bool:
    full = f"{link.source}.{link.name or ''}."
    return any(full.startswith(f"{package}.") for package in SOCKET_PACKAGES)
