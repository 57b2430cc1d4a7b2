"""The Python files of a program, and their text as it stands on the disk. Nothing of it is ever run."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from agnolo.vocabulary.errors import ConfigurationError

SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env"})
"""Folders that hold others' programs; so do those whose names begin with a dot, and those with a pyvenv.cfg."""

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class Spanned(Protocol):
    """A node of a tree that knows where it stands."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


class Edit(NamedTuple):
    """A piece of the text and what takes its place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """A file that was read: its text with the line ends it has, and its tree."""

    path: Path
    text: str
    encoding: str
    tree: ast.Module

    @cached_property
    def newline(self) -> str:
        """The line end of the first line."""
        found = re.search(r"\r\n|\r|\n", self.text)
        return found[0] if found else "\n"

    @cached_property
    def _starts(self) -> list[int]:
        return [found.start() for found in LINE.finditer(self.text)]

    def span(self, node: Spanned) -> tuple[int, int]:
        """Where a node begins and ends in the text."""
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def _offset(self, line: int, column: int) -> int:
        """Trees count bytes of UTF-8."""
        start = self._starts[line - 1]
        return start + len(self.text[start : start + column].encode()[:column].decode())

    def line_start(self, place: int) -> tuple[str, bool]:
        """What stands before a place on its line, and whether that is only white space."""
        before = re.split(r"[\r\n]", self.text[:place])[-1]
        return before, not before.strip()

    def ends_line(self, place: int) -> bool:
        """Whether nothing but a comment follows a place on its line."""
        return re.match(r"[ \t\f]*(#|[\r\n]|\Z)", self.text[place:]) is not None

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text with all edits made."""
        text = self.text
        for edit in sorted(set(edits), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text


def split(text: str) -> list[str]:
    """The lines of a text, with their ends."""
    return [found[0] for found in LINE.finditer(text) if found[0]]


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
            tree = ast.parse(text, filename=str(path))
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
