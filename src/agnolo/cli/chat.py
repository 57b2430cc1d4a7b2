"""`agnolo chat`: a conversation in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from agnolo.agent.agent import Agent
from agnolo.cli import target
from agnolo.cli.conversation import ask
from agnolo.cli.terminal import Transcript, out
from agnolo.vocabulary.ids import new_id

HELP = "/quit leaves (so does Ctrl-D), /new begins a new session, Ctrl-C stops an answer"

app = typer.Typer(add_completion=False)


@app.command()
def chat(
    what: Annotated[str | None, typer.Argument(metavar="[TARGET]", help=f"{target.FORMS}; else the sample.")] = None,
    session: Annotated[str | None, typer.Option(help="Go on with this session, or begin it.")] = None,
    user: Annotated[str | None, typer.Option(help="Whose session and memories.")] = None,
    agent_id: Annotated[str | None, typer.Option("--agent", help="Which agent, if the target has several.")] = None,
) -> None:
    """Talk to an agent. Answers stream, tool calls are shown, Ctrl-C stops an answer and not the program."""
    agent = target.agent_of(target.load(what), agent_id)
    model = agent.resolved_model()
    transcript = Transcript(out, out)
    transcript.note(f"{agent.name or agent.agent_id} on {model.provider} {model.id}. {HELP}.")
    with target.finished([agent]):
        _talk(agent, transcript, session or _begin(transcript), user)


def _talk(agent: Agent, transcript: Transcript, session: str, user: str | None) -> None:
    while (text := _read(transcript)) is not None:
        match text.split():
            case []:
                continue
            case ["/quit" | "/exit"]:
                return
            case ["/new"]:
                session = _begin(transcript)
            case [word] if word.startswith("/"):
                transcript.note(HELP)
            case _:
                for event in ask(agent, text, session_id=session, user_id=user):
                    transcript.show(event)
                transcript.end_line()


def _begin(transcript: Transcript) -> str:
    session = new_id()
    transcript.note(f"session {session}")
    return session


def _read(transcript: Transcript) -> str | None:
    """A line, "" for Ctrl-C at the prompt, None at the end of input."""
    try:
        return out.input("[bold]> [/bold]")
    except KeyboardInterrupt:
        transcript.note(f"\n{HELP}")
        return ""
    except EOFError:
        out.print()
        return None
