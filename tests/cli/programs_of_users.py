"""Writes programs for the commands that read them."""

from pathlib import Path
from textwrap import dedent


def write(path: Path, text: str) -> Path:
    """A program, without the indentation that it has in the test."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return path
