"""`agnolo sessions`: what is stored, without a server."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from agnolo.agent.records import agent_session
from agnolo.cli.config import read
from agnolo.cli.dotenv import load_dotenv
from agnolo.cli.sample import open_store
from agnolo.cli.terminal import called, moment, out, result_of, table
from agnolo.ports.store import SessionQuery, Store
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.codec import dumps
from agnolo.vocabulary.errors import SessionNotFoundError
from agnolo.vocabulary.runs import RunOutput
from agnolo.vocabulary.sessions import AgentSession, Scope, shown_name

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List, show and remove stored sessions.")

Database = Annotated[Path | None, typer.Option("--db", help="Database file; else that of the configuration.")]
User = Annotated[str | None, typer.Option(help="Only this user's sessions.")]


@app.command("ls")
def list_sessions(
    db: Database = None,
    user: User = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 20,
) -> None:
    """List sessions, newest first."""
    with _store(db) as store:
        page = store.list_sessions(Scope(user), SessionQuery(limit=limit)).result()
    if not page.rows:
        out.print("no sessions")
        return
    table(
        ("session", "agent", "user", "name", "last used"),
        [
            (
                row.session_id,
                row.component_id or "-",
                row.user_id or "-",
                shown_name(row.session_data) or "-",
                moment(row.updated_at),
            )
            for row in page.rows
        ],
    )
    if page.total > len(page.rows):
        out.print(f"{len(page.rows)} of {page.total}: more with --limit")


@app.command("show")
def show_session(
    session_id: Annotated[str, typer.Argument(help="Id of the session.")],
    db: Database = None,
    user: User = None,
    json: Annotated[bool, typer.Option("--json", help="Write the runs as a JSON list.")] = False,
) -> None:
    """Show what was said in a session."""
    with _store(db) as store:
        row = store.get_session(Scope(user), session_id).result()
        if row is None:
            raise _unknown(session_id)
        session = agent_session(row, store.get_runs(Scope(user), session_id).result())
    if json:
        typer.echo(dumps([run.to_dict() for run in session.runs]))
    else:
        _tell(session)


@app.command("rm")
def remove_sessions(
    session_ids: Annotated[list[str], typer.Argument(help="Ids of the sessions.")],
    db: Database = None,
    user: User = None,
) -> None:
    """Remove sessions with all their runs. There is no way back."""
    with _store(db) as store:
        for session_id in session_ids:
            if not store.delete_session(Scope(user), session_id).result():
                raise _unknown(session_id)
            out.print(f"removed {session_id}", markup=False)


@contextmanager
def _store(db: Path | None) -> Generator[Store]:
    load_dotenv(Path(".env"), os.environ)
    with closing(SqliteDb(db) if db else open_store(read(None, os.environ).config)) as store:
        yield store


def _unknown(session_id: str) -> SessionNotFoundError:
    return SessionNotFoundError(f"no session {session_id!r} here: see  agnolo sessions ls")


def _tell(session: AgentSession) -> None:
    out.print(
        f"session {session.session_id}, agent {session.agent_id or '-'}, user {session.user_id or '-'}", markup=False
    )
    for run in session.runs:
        out.print(f"\n{moment(run.created_at)}  {run.status.value}  run {run.run_id}", style="dim", markup=False)
        for line in _lines(run):
            out.print(line, markup=False)


def _lines(run: RunOutput) -> list[str]:
    asked = run.input.input_content if run.input else ""
    tools = [f"· {called(tool)} → {result_of(tool)}" for tool in run.tools or []]
    return [f"> {asked}", *tools, run.get_content_as_string()]
