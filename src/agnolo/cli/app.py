"""The table of commands. A command's module is imported when the command is used."""

from __future__ import annotations

import os
from collections import UserDict
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from agnolo import __version__
from agnolo.cli.main import DEBUG_VARIABLE

COMMANDS = {
    "serve": "agnolo.cli.serve",
    "chat": "agnolo.cli.chat",
    "run": "agnolo.cli.run",
    "sessions": "agnolo.cli.sessions",
    "test": "agnolo.cli.kept_runs:test_app",
    "replay": "agnolo.cli.kept_runs:replay_app",
    "fork": "agnolo.cli.kept_runs:fork_app",
    "models": "agnolo.cli.models",
    "local": "agnolo.cli.local",
    "doctor": "agnolo.cli.doctor",
    "migrate": "agnolo.cli.migrate",
    "config": "agnolo.cli.config",
}
"""Name of the command and the module whose `app` it is, or `module:name`, in the order of the help page."""


class Commands(UserDict[str, Any]):
    """The table as typer wants it: a command is imported when it is taken out."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a command of the click that typer carries within
        """The command of this name."""
        module, _, of = self.data[name].partition(":")
        command = typer.main.get_command(getattr(import_module(module), of or "app"))
        command.name = name
        return command


class LazyGroup(TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Commands(COMMANDS)


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    typer.echo(f"agnolo {__version__}")
    raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Agents on your own machine: serve them, talk to them, look at their sessions."""
    if debug:
        os.environ[DEBUG_VARIABLE] = "1"
