"""What of a run is kept with its session."""

from __future__ import annotations

from agnolo import Agent, InMemoryDb
from agnolo.providers.scripted import ScriptedModel


def test_a_session_keeps_the_metadata_of_its_agent_and_not_of_one_run() -> None:
    agent = Agent(model=ScriptedModel(["Fine"]), db=InMemoryDb(), metadata={"shelf": "left"})
    output = agent.run("How are you?", session_id="s", metadata={"page": 7})
    session = agent.get_session(session_id="s")
    assert session is not None
    assert (output.metadata, session.metadata) == ({"shelf": "left", "page": 7}, {"shelf": "left"})
