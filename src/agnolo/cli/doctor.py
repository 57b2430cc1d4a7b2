"""`agnolo doctor`: what this machine has and lacks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from agnolo.cli.config import read
from agnolo.cli.diagnosis import examine
from agnolo.cli.dotenv import load_dotenv
from agnolo.cli.terminal import MARKS, out, table

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    file: Annotated[
        Path | None, typer.Argument(help="A configuration file; else $AGNOLO_CONFIG, else the sample.")
    ] = None,
) -> None:
    """Check Python, extras, keys, providers, weights, data directory and footprint; exit code 1 if something fails."""
    load_dotenv(Path(".env"), os.environ)
    findings = list(examine(read(file, os.environ)))
    table(("", "what", "found"), [(MARKS[found.state], found.subject, found.detail) for found in findings])
    troubles = [found for found in findings if found.fix]
    if troubles:
        out.print()
        table(("to do", "how"), [(found.subject, found.fix) for found in troubles])
    if any(found.state == "fail" for found in findings):
        raise typer.Exit(1)
