"""`agnolo doctor`: what this machine has and lacks; of a program, what it uses that Agnolo has not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from agnolo.cli.config import read
from agnolo.cli.diagnosis import examine
from agnolo.cli.dotenv import load_dotenv
from agnolo.cli.program import files
from agnolo.cli.program import read as read_source
from agnolo.cli.support import Finding, findings
from agnolo.cli.terminal import MARKS, err, out, table
from agnolo.vocabulary.codec import dumps
from agnolo.vocabulary.errors import ConfigurationError

UNSUPPORTED, UNREADABLE = 1, 2
"""Exit codes."""

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Programs (.py) or folders of them; or a configuration file; else $AGNOLO_CONFIG, else the sample.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Of programs: print the findings as JSON.")] = False,
) -> None:
    """Check the machine: Python, extras, keys, providers, weights, data directory and footprint; or a program.

    Of programs, every name, option and method of Agno is listed that Agnolo has not. They are read, never run. Exit
    code 1 if something fails or is not supported, 2 if a program can't be read.
    """
    given = places or []
    if as_json or any(place.is_dir() or place.suffix == ".py" for place in given) or len(given) > 1:
        raise typer.Exit(_examine_programs(given, as_json=as_json))
    load_dotenv(Path(".env"), os.environ)
    _examine_machine(given[0] if given else None)


def _examine_machine(file: Path | None) -> None:
    found = list(examine(read(file, os.environ)))
    table(("", "what", "found"), [(MARKS[each.state], each.subject, each.detail) for each in found])
    troubles = [each for each in found if each.fix]
    if troubles:
        out.print()
        table(("to do", "how"), [(each.subject, each.fix) for each in troubles])
    if any(each.state == "fail" for each in found):
        raise typer.Exit(1)


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints."""

    files: int
    findings: list[Finding]
    unreadable: list[str]

    @property
    def unsupported(self) -> int:
        """How many uses keep the program from running as it is."""
        return sum(not finding.supported for finding in self.findings)

    @property
    def code(self) -> int:
        """The exit code."""
        return UNREADABLE if self.unreadable else UNSUPPORTED if self.unsupported else 0


def _examine_programs(places: Sequence[Path], *, as_json: bool) -> int:
    examined = _examined(places)
    if as_json:
        out.print(dumps(examined).decode(), markup=False)
        return examined.code
    for problem in examined.unreadable:
        err.print(f"agnolo: {problem}", markup=False)
    if examined.findings:
        rows = [(f"{each.file}:{each.line}", each.what, each.why, each.remedy) for each in examined.findings]
        table(("where", "what", "why", "remedy"), rows)
        out.print()
    if examined.unreadable and not examined.files:
        return examined.code
    read_files = "1 file" if examined.files == 1 else f"{examined.files} files"
    old = len(examined.findings) - examined.unsupported
    says = f"{examined.unsupported} not supported" if examined.unsupported else "all that is used is supported"
    out.print(f"{read_files}: {says}{f', {old} in a spelling of Agno 2' if old else ''}", markup=False)
    return examined.code


def _examined(places: Sequence[Path]) -> Examined:
    found: list[Finding] = []
    unreadable: list[str] = []
    count = 0
    try:
        if not places:
            raise ConfigurationError("--json is for programs: name a .py file or a folder")
        for path in files(places):
            try:
                found += findings(read_source(path))
                count += 1
            except ConfigurationError as error:
                unreadable.append(error.message)
    except ConfigurationError as error:
        unreadable.append(error.message)
    return Examined(files=count, findings=found, unreadable=unreadable)
