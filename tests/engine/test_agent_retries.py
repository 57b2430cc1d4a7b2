"""Runs that are tried again go on behind what they have finished."""

from __future__ import annotations

import pytest

from agnolo import Agent, Limits, RunStatus, ScriptedModel, tool
from agnolo.agent import background
from agnolo.engine.tool_calls import INTERRUPTED
from agnolo.ports.hook import hook
from agnolo.providers.scripted import Say
from agnolo.runtime.clock import virtual_time
from agnolo.vocabulary.checks import InputCheckError
from agnolo.vocabulary.errors import AgentRunException, ModelOverloadedError
from agnolo.vocabulary.run_input import RunInput
from tests.engine import ways

BUSY = ModelOverloadedError("busy")
ALL = ways.STREAMED | ways.WHOLE


@pytest.mark.parametrize("way", ALL)
def test_an_attempt_repeats_no_hook_and_no_tool(way: str) -> None:
    done: list[str] = []

    def order(what: str) -> str:
        """Order something."""
        done.append(what)
        return "ordered"

    def charge(run_input: RunInput) -> None:
        run_input.input_content += "!"

    model = ScriptedModel([BUSY, Say(text="Ordering. ", calls=[("order", {"what": "tea"})]), BUSY, "Done."])
    agent = Agent(model=model, tools=[order], pre_hooks=[charge], retries=2, delay_between_retries=0, store_events=True)
    told, output = ALL[way](agent, "Tea")
    assert (output.status, output.content, done) == (RunStatus.completed, "Ordering. Done.", ["tea"])
    assert [m.content for m in model.requests[3].messages if m.role == "user"] == ["Tea!"]
    started = [event.to_dict() for event in told if event.event in ("RunStarted", "RunContinued")]
    assert [event["event"] for event in started] == ["RunStarted", "RunStarted", "RunContinued"]
    assert started[2]["content"] == "Ordering. "


def test_the_delay_is_doubled_if_wanted_and_the_last_error_is_told() -> None:
    for backoff, waited in ((True, 2 + 4 + 8), (False, 2 + 2 + 2)):
        with virtual_time() as clock:
            began = clock.monotonic()
            agent = Agent(
                model=ScriptedModel([BUSY], loop=True), retries=3, delay_between_retries=2, exponential_backoff=backoff
            )
            output = agent.run("hi")
            assert (output.status, output.content) == (RunStatus.error, "busy")
            assert clock.monotonic() - began >= waited
            assert clock.monotonic() - began < waited + 1


def test_a_dependency_that_fails_is_resolved_again() -> None:
    calls: list[None] = []

    def city() -> str:
        calls.append(None)
        if len(calls) == 1:
            raise OSError("no map")
        return "Oslo"

    model = ScriptedModel(["Fine"])
    agent = Agent(
        model=model, dependencies={"city": city}, instructions="In {city}", retries=1, delay_between_retries=0
    )
    assert agent.run("hi").content == "Fine"
    assert [m.content for m in model.requests[0].messages] == ["In Oslo", "hi"]


def test_an_answer_that_does_not_fit_is_asked_for_again_without_it() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    model = ScriptedModel(["no", '{"n": 1}'])
    agent = Agent(model=model, output_schema=schema, output_retries=0, retries=1, delay_between_retries=0)
    assert agent.run("hi").content == {"n": 1}
    assert [m.role for m in model.requests[1].messages if m.role != "system"] == ["user"]


def test_what_is_meant_is_not_tried_again() -> None:
    def guard() -> None:
        raise InputCheckError("no")

    model = ScriptedModel([BUSY], loop=True)
    Agent(model=model, pre_hooks=[guard], retries=5).run("hi")
    assert model.requests == []
    output = Agent(model=model, retries=5, delay_between_retries=60, limits=Limits(max_seconds=30)).run("hi")
    assert (output.status, len(model.requests)) == (RunStatus.error, 1)


def test_a_background_hook_runs_once_however_many_attempts_there_are() -> None:
    heard: list[str] = []

    @hook(run_in_background=True)
    def listen(run_input: RunInput) -> None:
        heard.append(str(run_input.input_content))

    agent = Agent(model=ScriptedModel([BUSY, "Done."]), pre_hooks=[listen], retries=1, delay_between_retries=0)
    assert agent.run("Tea", run_id="r").content == "Done."
    assert background.join_all() == 0
    assert heard == ["Tea"]


def test_calls_cut_off_by_a_failure_have_a_result_in_the_next_attempt() -> None:
    class Wordless(AgentRunException):
        """One that can't be told to the model."""

        def __str__(self) -> str:
            raise OSError("no words")

    def look(what: str) -> object:
        """Look at something."""
        raise Wordless("?")

    model = ScriptedModel([Say(calls=[("look", {"what": "tea"})]), "Done."])
    output = Agent(model=model, tools=[look], retries=1, delay_between_retries=0).run("Tea")
    assert output.content == "Done."
    assert [m.content for m in model.requests[1].messages if m.role == "tool"] == [INTERRUPTED]


def test_a_value_that_a_tool_ended_the_run_with_is_not_asked_for_again() -> None:
    @tool(stop_after_tool_call=True)
    def answer() -> str:
        """Answer."""
        return "no JSON"

    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    model = ScriptedModel([Say(calls=[("answer", {})])], loop=True)
    output = Agent(model=model, tools=[answer], output_schema=schema, retries=3, delay_between_retries=0).run("hi")
    assert (output.status, len(model.requests)) == (RunStatus.error, 1)
