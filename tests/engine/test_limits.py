"""Limits end a run with what it has."""

from __future__ import annotations

import pytest

from agnolo import Agent, InMemoryDb, Limits, RunStatus, ScriptedModel
from agnolo.engine.tool_calls import LIMIT_REACHED
from agnolo.ports.model import ModelRequest
from agnolo.providers.scripted import Say
from agnolo.runtime.clock import virtual_time
from agnolo.vocabulary.events import RunErrorEvent
from tests.engine.validity import assert_valid_history


def look(what: str) -> str:
    """Look something up."""
    return f"{what} found"


ASKING = Say(text="Looking. ", calls=[("look", {"what": "a"}), ("look", {"what": "b"})])


def test_calls_beyond_the_limit_are_refused_and_the_model_answers_without_tools() -> None:
    model = ScriptedModel([ASKING, "Only a."])
    output = Agent(model=model, tools=[look], tool_call_limit=1).run("go")
    assert output.status is RunStatus.completed
    assert [m.content for m in output.messages if m.role == "tool"] == ["a found", LIMIT_REACHED]
    assert [(r.tool_choice, len(r.tools)) for r in model.requests] == [(None, 1), ("none", 1)]
    assert output.content == "Looking. Only a."


def test_a_model_that_insists_beyond_the_limit_ends_the_run() -> None:
    agent = Agent(model=ScriptedModel([ASKING], loop=True), tools=[look], tool_call_limit=1, db=InMemoryDb())
    events = list(agent.run("go", stream=True, stream_events=True))
    assert isinstance(events[-1], RunErrorEvent)
    assert events[-1].error_type == "limit_exceeded_error"
    (run,) = agent.get_session().runs  # pyright: ignore[reportOptionalMemberAccess] - it is stored
    assert run.status is RunStatus.error
    assert_valid_history(run.messages)


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (Limits(max_model_requests=2), "max_model_requests=2"),
        (Limits(max_total_tokens=90), "max_total_tokens=90"),
        (Limits(max_seconds=5), "max_seconds=5"),
    ],
)
def test_a_limit_is_checked_before_each_model_request(limits: Limits, named: str) -> None:
    with virtual_time() as clock:

        def ask(request: ModelRequest) -> Say:
            clock.advance(3)
            return Say(text="Looking. ", calls=[("look", {"what": str(len(request.messages))})])

        model = ScriptedModel([ask], loop=True)
        output = Agent(model=model, tools=[look], limits=limits, db=InMemoryDb()).run("go")
    assert output.status is RunStatus.error
    assert named in output.content
    assert len(model.requests) == 2
    assert_valid_history(output.messages)
