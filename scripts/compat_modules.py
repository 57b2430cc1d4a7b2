"""Writes the modules of compat/src/agno from the table of Agno's names: each re-exports what Agnolo has of it."""

from __future__ import annotations

from pathlib import Path

from agnolo.cli.agno_names import Names, table

HOME = Path(__file__).parents[1] / "compat" / "src"
MARK = "Written by scripts/compat_modules.py"
ROOT = f'''"""The package `agno`, from Agnolo. {MARK}."""

from agno._absence import begin

begin()
'''


def modules(names: Names) -> dict[Path, str]:
    """Path and text of every module."""
    packages = names.packages()
    parents = {package.rpartition(".")[0] for package in packages}
    return {
        _path(module, is_package=module in parents): _text(module, names.modules.get(module, {})) for module in packages
    }


def written() -> dict[Path, str]:
    """The same, as they lie on the disk."""
    found = (path for path in sorted(HOME.rglob("*.py")) if path.name == "__init__.py" or path.name[0] != "_")
    return {path: path.read_text(encoding="utf-8") for path in found}


def _path(module: str, *, is_package: bool) -> Path:
    path = HOME.joinpath(*module.split("."))
    return path / "__init__.py" if is_package else path.with_suffix(".py")


def _text(module: str, names: dict[str, str]) -> str:
    if module == "agno":
        return ROOT
    lines = sorted(["from agno._absence import names_of", *(_line(name, place) for name, place in names.items())])
    head = f'"""`{module}`, from Agnolo. {MARK}."""'
    return "\n".join([head, "", *lines, "", "__getattr__ = names_of(__name__)", ""])


def _line(name: str, place: str) -> str:
    module, _, ours = place.partition(":")
    return f"from {module} import {ours} as {name}"


def write() -> None:
    """Write the modules, and remove those that the table no longer has."""
    wanted = modules(table())
    for path in written().keys() - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
