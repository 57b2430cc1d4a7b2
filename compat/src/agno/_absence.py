"""What happens when a program asks for something of Agno that Agnolo has not, and when both are installed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

from agnolo.cli.agno_names import table


class AbsentModules:
    """The last finder: a module of `agno` that no other found is refused with the way out."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises ModuleNotFoundError for names below `agno`, and leaves all others."""
        if fullname.startswith("agno."):
            raise ModuleNotFoundError(table().missing_module(fullname), name=fullname)
        return None


def names_of(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module: names that Agno 3 removed are given with a warning, others raise ImportError.

    Names of submodules and of Python's own protocols are AttributeErrors, as the import system expects.
    """

    def absent(name: str) -> Any:
        asked = f"{module}.{name}"
        if name.startswith("_") or asked in table().packages():
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        place = table().names.get(asked)
        if place is None:
            raise ImportError(table().missing_name(module, name), name=module)
        home, _, ours = place.partition(":")
        warnings.warn(f"Agno 3 removed {asked}: use {ours} of agno.metrics", DeprecationWarning, stacklevel=2)
        return getattr(import_module(home), ours)

    return absent


def begin() -> None:
    """Called when `agno` is imported. Raises ImportError if the package of Agno itself is installed beside."""
    try:
        found = version("agno")
    except PackageNotFoundError:
        if not any(isinstance(finder, AbsentModules) for finder in sys.meta_path):
            sys.meta_path.append(AbsentModules())
        return
    raise ImportError(
        f"agno {found} is installed beside agnolo-agno, and both are the package 'agno': "
        "remove one of them, with `pip uninstall agno` or `pip uninstall agnolo-agno`, and install the other again",
        name="agno",
    )
