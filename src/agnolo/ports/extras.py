"""Reaching a module that needs an optional package: by name, when it is first used, with the fix when it is missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from agnolo.vocabulary.errors import MissingExtraError


def reach(module: str, extra: str) -> ModuleType:
    """Import one of our modules that needs `agnolo[extra]`. Raises MissingExtraError naming the extra."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name and missing.name.startswith("agnolo"):
            raise
        raise MissingExtraError(f"{missing.name!r} is not installed: run  pip install 'agnolo[{extra}]'") from missing
