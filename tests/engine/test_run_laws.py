"""Laws of every run, whatever the model says, the tools do and a person decides. Each test is one law.

`make laws` tries them on many more runs than the suite does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings

from agnolo import Message, RunStatus
from agnolo.vocabulary.events import (
    RunCancelledEvent,
    RunCompletedEvent,
    RunContentEvent,
    RunErrorEvent,
    RunEventBase,
    RunPausedEvent,
    ToolCallCompletedEvent,
    ToolCallErrorEvent,
    ToolCallStartedEvent,
)
from tests.engine.journeys import Journey, Traveller, journeys
from tests.engine.validity import assert_valid_history

ENDS = (RunCompletedEvent, RunErrorEvent, RunCancelledEvent)
EXAMPLES = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "60")), deadline=None)


def said(events: Sequence[RunEventBase]) -> str:
    return "".join(e.content for e in events if isinstance(e, RunContentEvent) and isinstance(e.content, str))


def results(messages: Sequence[Message]) -> Counter[str | None]:
    return Counter(message.tool_call_id for message in messages if message.role == "tool")


@EXAMPLES
@given(journeys())
def test_each_leg_ends_with_one_ending_and_the_run_with_one_terminal_event(journey: Journey) -> None:
    trip = Traveller(journey).make()
    for leg, output in zip(trip.legs, trip.outputs, strict=True):
        ends = [event for event in leg if isinstance(event, (*ENDS, RunPausedEvent))]
        assert ends == leg[-1:]
        assert isinstance(leg[-1], RunPausedEvent) == (output.status is RunStatus.paused)
    assert len([event for event in trip.events if isinstance(event, ENDS)]) == 1
    assert isinstance(trip.legs[-1][-1], ENDS)


@EXAMPLES
@given(journeys(limited=True))
def test_nothing_that_waits_for_a_person_is_done_before_the_person_agrees(journey: Journey) -> None:
    trip = Traveller(journey).make()
    assert trip.too_early == []
    assert max(Counter(trip.made).values(), default=1) == 1


@EXAMPLES
@given(journeys(limited=True))
def test_every_tool_call_has_exactly_one_result_in_the_stored_history(journey: Journey) -> None:
    traveller = Traveller(journey)
    trip = traveller.make()
    session = traveller.agent.get_session("s")
    assert session is not None
    [stored] = session.runs
    assert_valid_history(stored.messages)
    assert set(results(stored.messages).values()) <= {1}
    assert [m.to_dict() for m in stored.messages] == [m.to_dict() for m in trip.output.messages]


@EXAMPLES
@given(journeys())
def test_every_started_call_is_told_to_end_once(journey: Journey) -> None:
    trip = Traveller(journey).make()
    started = [e.tool.tool_call_id for e in trip.events if isinstance(e, ToolCallStartedEvent) and e.tool]
    ended = [e.tool.tool_call_id for e in trip.events if isinstance(e, ToolCallCompletedEvent) and e.tool]
    failed = [e.tool.tool_call_id for e in trip.events if isinstance(e, ToolCallErrorEvent) and e.tool]
    assert Counter(started) == Counter(ended)
    assert Counter(failed) <= Counter(ended)


@EXAMPLES
@given(journeys())
def test_the_deltas_of_a_completed_run_are_its_content(journey: Journey) -> None:
    trip = Traveller(journey).make()
    if trip.output.status is RunStatus.completed:
        assert said(trip.events) == (trip.output.content or "")


@EXAMPLES
@given(journeys(limited=True))
def test_limits_end_the_loop(journey: Journey) -> None:
    trip = Traveller(journey).make()
    assert journey.max_model_requests is not None and journey.tool_call_limit is not None
    assert len(trip.model.requests) <= journey.max_model_requests
    assert len(trip.made) <= journey.tool_call_limit
    assert trip.output.status in (RunStatus.completed, RunStatus.error)


@EXAMPLES
@given(journeys(broken_off=True))
def test_a_run_broken_off_is_stored_once_with_a_valid_history_and_never_as_waiting_for_nothing(
    journey: Journey,
) -> None:
    traveller = Traveller(journey)
    trip = traveller.make()
    session = traveller.agent.get_session("s")
    assert session is not None
    [stored] = session.runs
    assert stored.status is not RunStatus.running
    if stored.status is RunStatus.paused:
        assert stored.active_requirements
    else:
        assert_valid_history(stored.messages)
    if stored.status is RunStatus.cancelled:
        assert said(trip.events) == (stored.content or "")
