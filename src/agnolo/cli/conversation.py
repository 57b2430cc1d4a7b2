"""One question to an agent, as events. Ctrl-C cancels the run, which is stored; a second one ends the program."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from types import FrameType

from agnolo.agent.agent import Agent
from agnolo.vocabulary.events import RunCancelledEvent, RunCompletedEvent, RunEventBase
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.runs import RunOutput

CODE_COMPLETED, CODE_FAILED, CODE_CANCELLED = 0, 1, 130
"""Exit codes of `agnolo run`; 2 is a wrong command line."""


def ask(agent: Agent, question: str, *, session_id: str | None, user_id: str | None) -> Iterator[RunEventBase]:
    """The events of one run, up to its terminal one."""
    run_id = new_id()
    events = agent.run(question, stream=True, stream_events=True, session_id=session_id, user_id=user_id, run_id=run_id)
    with closing(events), cancelled_by_interrupt(run_id):
        yield from (event for event in events if not isinstance(event, RunOutput))


def exit_code(event: RunEventBase | None) -> int:
    """The code for the last event of a run."""
    if isinstance(event, RunCompletedEvent):
        return CODE_COMPLETED
    return CODE_CANCELLED if isinstance(event, RunCancelledEvent) else CODE_FAILED


@contextmanager
def cancelled_by_interrupt(run_id: str) -> Generator[None]:
    """While inside, Ctrl-C cancels this run; the second one raises KeyboardInterrupt as usual."""

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        Agent.cancel_run(run_id)

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
