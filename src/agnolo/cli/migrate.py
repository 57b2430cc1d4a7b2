"""`agnolo migrate`: a program's imports of `agno` become imports of `agnolo`."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from agnolo.cli.migration import migrate as migrated
from agnolo.cli.program import Source, files, read, split
from agnolo.cli.support import findings
from agnolo.cli.terminal import err
from agnolo.vocabulary.errors import ConfigurationError

LEFT, UNREADABLE = 1, 2
"""Exit codes."""

app = typer.Typer(add_completion=False)


@app.command()
def migrate(
    places: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Programs (.py) or folders of them.")],
    write: Annotated[
        bool, typer.Option("--write", help="Change the files, instead of printing the difference.")
    ] = False,
) -> None:
    """Rewrite the imports of Agno in programs to Agnolo's, and Agno 2's options to their names of today.

    Prints the difference as a patch. What can't be changed is named on the error stream: then the exit code is 1. It is
    2 if a program can't be read. Programs are never run.
    """
    code = 0
    try:
        for path in files(places):
            try:
                source = read(path)
            except ConfigurationError as error:
                code = UNREADABLE
                err.print(f"agnolo: {error.message}", markup=False)
                continue
            left = list(_change(source, write=write))
            for line, text in sorted(left):
                err.print(f"{path}:{line}: {text}", markup=False)
            code = max(code, LEFT if left else 0)
    except ConfigurationError as error:
        err.print(f"agnolo: {error.message}", markup=False)
        code = UNREADABLE
    raise typer.Exit(code)


def _change(source: Source, *, write: bool) -> Iterator[tuple[int, str]]:
    """Change a file or show what would be changed; gives what is left, by line."""
    text, left = migrated(source)
    if text != source.text and write:
        _replace(source.path, text.encode(source.encoding))
        typer.echo(f"rewrote {source.path}")
    elif text != source.text:
        typer.echo(difference(source, text), nl=False)
    for one in left:
        yield one.line, f"{one.what} is left: {one.why}"
    for found in findings(source):
        if not found.supported and not found.renamed:
            yield found.line, f"{found.what} is left: {found.why}: {found.remedy}"


def difference(source: Source, text: str) -> str:
    """A unified diff of a file and its new text."""
    name = source.path.as_posix().lstrip("/")
    before, after = (split(each) for each in (source.text, text))
    told = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in told)


def _replace(path: Path, raw: bytes) -> None:
    """Put a file in the place of another, whole or not at all, with its mode."""
    real = path.resolve()
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        os.chmod(name, real.stat().st_mode)
        os.replace(name, real)
    except BaseException:
        os.unlink(name)
        raise
