"""Which events a stored run keeps."""

from __future__ import annotations

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.events import RunEvent


def kept(skipped: list[str] | None) -> list[str]:
    agent = Agent(
        model=ScriptedModel(["Up the river"]),
        db=InMemoryDb(),
        store_events=True,
        events_to_skip=skipped,
        session_id="s",
    )
    list(agent.run("hi", stream=True, stream_events=True))
    output = agent.get_last_run_output()
    assert output is not None
    return [event.event for event in output.events or ()]


def test_pieces_of_the_answer_are_left_out_unless_others_are_named() -> None:
    frame = ["RunStarted", "ModelRequestStarted", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"]
    assert kept(None) == frame
    assert kept([RunEvent.run_started, "RunContent"]) == frame[1:]
    assert [name for name in kept([]) if name != "RunContent"] == frame
    assert kept([]).count("RunContent") > 0


def test_an_event_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="RunBegun"):
        Agent(model=ScriptedModel([]), store_events=True, events_to_skip=["RunBegun"]).run("hi")
