"""Runs an agent with tools over and over until it is killed. Prints what a client would have been told.

python worker.py DATABASE LOG    (prints: accepted RUN, result RUN CALL, done RUN, cancelled RUN)
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable

from agnolo import Agent, ScriptedModel, SqliteDb
from agnolo.ports.model import ModelRequest
from agnolo.providers.scripted import Say


def answer(request: ModelRequest) -> Say:
    """Two rounds of two tool calls, then text. Depends on the conversation only, so that a continued run goes on."""
    rounds = sum(m.role == "assistant" and bool(m.tool_calls) and not m.from_history for m in request.messages)
    asked = next(m for m in reversed(request.messages) if m.role == "user" and not m.from_history)
    if rounds < 2:
        calls = [("note", {"text": f"{asked.content}/{rounds}/{i}"}) for i in range(2)]
        return Say(text=f"Round {rounds}. ", calls=calls)
    return Say(text="All is done now. ", chunks=["All ", "is ", "done ", "now. "])


def noting(log: str) -> Callable[[str], str]:
    """A tool with an effect that outlives the process: a line in `log`."""

    def note(text: str) -> str:
        """Write a note."""
        line = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(line, f"{text}\n".encode())
        finally:
            os.close(line)
        return f"noted {text}"

    return note


def make(database: str, log: str) -> Agent:
    """The agent under test."""
    model = ScriptedModel([answer], loop=True)
    return Agent(
        id="chaos", model=model, tools=[noting(log)], db=SqliteDb(database), session_id="s", add_history_to_context=True
    )


def tell(*words: str) -> None:
    """One line to the watcher, at once."""
    os.write(1, (" ".join(words) + "\n").encode())


def main(database: str, log: str) -> None:
    """Run until killed."""
    agent = make(database, log)
    for n in itertools.count():
        run_id = f"{os.getpid()}-{n}"
        for event in agent.run(run_id, run_id=run_id, stream=True, stream_events=True):
            name = event.event  # pyright: ignore[reportAttributeAccessIssue] - events only
            if name == "RunStarted":
                tell("accepted", run_id)
            elif name == "ToolCallCompleted":
                tell("result", run_id, event.tool.tool_args["text"])  # pyright: ignore[reportAttributeAccessIssue] - by name
            elif name == "RunCompleted":
                tell("done", run_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
