"""The Python files of a program, and their text as it stands on the disk. Nothing of it is ever run."""

from __future__ import annotations

import ast
import codecs
import io
import os
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from agnolo.vocabulary.errors import ConfigurationError

SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env"})
"""Folders that hold others' programs; so do those whose names begin with a dot, and those with a pyvenv.cfg."""

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class Source(NamedTuple):
    """A file that was read: its text with the line ends it has, and its tree."""

    path: Path
    text: str
    encoding: str
    tree: ast.Module

    @property
    def starts(self) -> list[int]:
        """Where each line begins. Python counts only these three line ends."""
        return [found.start() for found in LINE.finditer(self.text)]


def files(places: Iterable[Path]) -> Iterator[Path]:
    """The files given, and the Python files of the folders, each once. Raises ConfigurationError for a wrong path."""
    seen: set[Path] = set()
    for place in places:
        if not place.exists():
            raise ConfigurationError(f"there is no file or folder {str(place)!r}: check the path")
        for path in _below(place) if place.is_dir() else [place]:
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        inside = Path(here)
        folders[:] = sorted(name for name in folders if not _foreign(inside / name))
        yield from (inside / name for name in sorted(names) if name.endswith(".py"))


def _foreign(folder: Path) -> bool:
    return folder.name in SKIPPED or folder.name.startswith(".") or (folder / "pyvenv.cfg").exists()


def read(path: Path) -> Source:
    """Raises ConfigurationError, with the line if there is one, for what can't be read or is not Python."""
    try:
        raw = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.removeprefix(codecs.BOM_UTF8.decode()), filename=str(path))
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} can't be read as {error.encoding}: save it as UTF-8") from error
    except SyntaxError as error:
        where = f"{path}:{error.lineno}" if error.lineno else str(path)
        raise ConfigurationError(f"{where} is not valid Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError(f"{path} is not valid Python: {error}") from error
    return Source(path, text, encoding, tree)
