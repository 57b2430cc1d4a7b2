"""`agnolo run`: one question, one answer, an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from agnolo.agent.agent import Agent
from agnolo.cli import target
from agnolo.cli.conversation import ask, exit_code
from agnolo.cli.terminal import Transcript, err, out
from agnolo.vocabulary.event_lines import encode_event
from agnolo.vocabulary.events import RunEventBase

app = typer.Typer(add_completion=False)


@app.command()
def run(
    question: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    what: Annotated[str | None, typer.Argument(metavar="[TARGET]", help=f"{target.FORMS}; else the sample.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write events, one JSON object a line.")] = False,
    session: Annotated[str | None, typer.Option(help="Go on with this session, or begin it.")] = None,
    user: Annotated[str | None, typer.Option(help="Whose session and memories.")] = None,
    agent_id: Annotated[str | None, typer.Option("--agent", help="Which agent, if the target has several.")] = None,
) -> None:
    """Ask once and print the answer as it comes; tool calls and errors go to standard error.

    Exit code: 0 the run completed, 1 it failed or could not begin, 2 wrong usage, 130 it was cancelled (Ctrl-C).
    """
    agent = target.agent_of(target.load(what), agent_id)
    text = sys.stdin.read() if question == "-" else question
    with target.finished([agent]):
        last = _show(agent, ask(agent, text, session_id=session, user_id=user), as_json=json)
    raise typer.Exit(exit_code(last))


def _show(agent: Agent, events: Iterator[RunEventBase], *, as_json: bool) -> RunEventBase | None:
    """Print the events as they come; returns the last."""
    transcript = Transcript(out, err)
    last: RunEventBase | None = None
    for event in events:
        if as_json:
            sys.stdout.write(f"{encode_event(event).decode()}\n")
            sys.stdout.flush()
        else:
            transcript.show(event)
        last = event
    transcript.end_line()
    if agent.db is not None and last is not None and err.is_terminal:
        transcript.note(f"session {last.origin.session_id}: go on with --session")
    return last
