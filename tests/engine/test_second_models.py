"""Models that work on the first one's answer, and what the user may ask next."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from agnolo import Agent, InMemoryDb, Limits, RunStatus, ScriptedModel
from agnolo.ports.options import FollowupConfig
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ConfigurationError, ModelConnectionError
from tests.engine import ways

ALL = {**ways.STREAMED, **ways.WHOLE}


class Book(BaseModel):
    title: str
    pages: int


def names(told: ways.Told) -> list[str]:
    return [event.event for event in told[0]]


@pytest.mark.parametrize("way", ALL.values(), ids=ALL)
def test_the_output_model_writes_the_answer_anew(way: ways.Way) -> None:
    second = ScriptedModel(["The fair copy"])
    agent = Agent(
        model=ScriptedModel(["A draft"]),
        output_model=second,
        db=InMemoryDb(),
        session_id="s",
        store_events=True,
        instructions="Write.",
    )
    events, output = told = way(agent, "a line")
    assert output.content == "The fair copy"
    assert [m.content for m in output.messages] == ["Write.", "a line", "The fair copy"]
    assert [m.content for m in second.requests[0].messages] == ["Write.", "a line"]
    assert names(told)[-4:] == [
        "OutputModelResponseStarted",
        "OutputModelResponseCompleted",
        "RunContentCompleted",
        "RunCompleted",
    ] or "RunContent" in names(told)
    assert "".join(e.content for e in events if e.event == "RunContent") in ("The fair copy", "")  # pyright: ignore[reportAttributeAccessIssue] - of content events
    assert [m.content for m in agent.get_chat_history()] == ["a line", "The fair copy"]
    assert output.metrics is not None
    assert set(output.metrics.details or {}) == {"model", "output_model"}


@pytest.mark.parametrize("instructions", [None, "Write."])
def test_the_prompt_of_the_output_model_stands_in_for_the_systems(instructions: str | None) -> None:
    second = ScriptedModel(["fair"])
    Agent(
        model=ScriptedModel(["draft"]), output_model=second, output_model_prompt="Rhyme.", instructions=instructions
    ).run("x")
    assert [(m.role, m.content) for m in second.requests[0].messages] == [("system", "Rhyme."), ("user", "x")]


def test_a_result_that_ends_the_run_is_given_to_the_output_model() -> None:
    from agnolo import tool

    @tool(stop_after_tool_call=True)
    def look() -> str:
        """Look."""
        return "seen"

    second = ScriptedModel(["fair"])
    agent = Agent(model=ScriptedModel([Say(calls=[("look", {})])]), tools=[look], output_model=second)
    output = agent.run("x")
    assert [m.role for m in second.requests[0].messages] == ["user", "assistant", "tool"]
    assert (output.content, [m.role for m in output.messages][-2:]) == ("fair", ["tool", "assistant"])


@pytest.mark.parametrize("way", ALL.values(), ids=ALL)
def test_the_parser_model_makes_the_value_of_plain_words(way: ways.Way) -> None:
    first, second = ScriptedModel(["Up the river, 12 pages"]), ScriptedModel(['{"title": "Up the river", "pages": 12}'])
    agent = Agent(model=first, parser_model=second, output_schema=Book, store_events=True, db=InMemoryDb())
    told = way(agent, "a book")
    assert told[1].content == Book(title="Up the river", pages=12)
    assert first.requests[0].output is None
    assert "title, pages" in first.requests[0].messages[0].text()
    assert second.requests[0].messages[-1].content == "Up the river, 12 pages"
    at = names(told).index("ParserModelResponseStarted")
    assert names(told)[at:][-3:] == ["ParserModelResponseCompleted", "RunContentCompleted", "RunCompleted"]


def test_a_parser_that_does_not_fit_the_schema_fails_the_run() -> None:
    agent = Agent(model=ScriptedModel(["x"]), parser_model=ScriptedModel(['{"pages": 1}']), output_schema=Book)
    output = agent.run("a book")
    assert (output.status, "does not fit 'Book'" in str(output.content)) == (RunStatus.error, True)


def test_a_parser_without_a_schema_is_not_asked() -> None:
    second = ScriptedModel([])
    assert Agent(model=ScriptedModel(["x"]), parser_model=second).run("x").content == "x"
    assert second.requests == []


SUGGESTED = '{"suggestions": ["One?", "Two?", "Three?"]}'


@pytest.mark.parametrize("way", ALL.values(), ids=ALL)
def test_followups_are_made_of_the_answer(way: ways.Way) -> None:
    model = ScriptedModel(["A boat", SUGGESTED])
    told = way(
        Agent(model=model, followups=True, num_followups=2, store_events=True, db=InMemoryDb()), "What is a ship?"
    )
    assert told[1].followups == ["One?", "Two?"]
    assert names(told)[-4:] == ["FollowupsStarted", "FollowupsCompleted", "RunContentCompleted", "RunCompleted"]
    asked = model.requests[1].messages[-1].text()
    assert "What is a ship?" in asked
    assert "A boat" in asked
    assert "Give 2 suggestions." in asked
    assert [m.content for m in told[1].messages] == ["What is a ship?", "A boat"]


@pytest.mark.parametrize("reply", ["no JSON", Say(error=ModelConnectionError("down", provider="p", model="m"))])
def test_followups_that_fail_leave_the_answer_alone(reply: Any, caplog: pytest.LogCaptureFixture) -> None:
    output = Agent(model=ScriptedModel(["A boat", reply]), followups=True).run("x")
    assert (output.status, output.content, output.followups) == (RunStatus.completed, "A boat", None)
    assert "no follow-ups for run" in caplog.text


def test_a_config_names_model_range_and_instructions() -> None:
    second = ScriptedModel([SUGGESTED])
    config = FollowupConfig(model=second, instructions="Only of ships.", min_followups=1, max_followups=2)
    output = Agent(model=ScriptedModel(["A boat"]), followups=config).run("x")
    assert output.followups == ["One?", "Two?"]
    system, user = second.requests[0].messages
    assert system.text().endswith("Only of ships.")
    assert user.text().endswith("Give 1 to 2 suggestions.")


@pytest.mark.parametrize(
    ("options", "range_"),
    [({}, (3, 3)), ({"num_followups": 2}, (2, 2)), ({"max_followups": 5}, (0, 5)), ({"min_followups": 1}, (1, 3))],
)
def test_the_range_of_a_config(options: dict[str, Any], range_: tuple[int, int]) -> None:
    assert FollowupConfig(**options).count_range() == range_


@pytest.mark.parametrize(
    "options",
    [{"num_followups": 2, "max_followups": 3}, {"num_followups": 0}, {"min_followups": 4, "max_followups": 2}],
)
def test_a_range_that_can_not_be_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"num_followups|can't be made"):
        FollowupConfig(**options)


def test_followups_said_twice_are_refused() -> None:
    agent = Agent(model=ScriptedModel([]), followups=FollowupConfig(), num_followups=2)
    with pytest.raises(ConfigurationError, match="leave one of both out"):
        agent.run("x")


def test_an_attempt_after_a_parser_that_failed_asks_for_the_answer_again() -> None:
    first = ScriptedModel(["Up the river", "Up the river, 12 pages"])
    second = ScriptedModel(['{"pages": 1}', '{"title": "Up the river", "pages": 12}'])
    agent = Agent(model=first, parser_model=second, output_schema=Book, retries=1, delay_between_retries=0)
    assert agent.run("a book").content == Book(title="Up the river", pages=12)
    assert [m.role for m in first.requests[1].messages if m.role != "system"] == ["user"]


def test_a_run_that_failed_in_its_output_model_goes_on_from_before_the_draft() -> None:
    down = ModelConnectionError("down", provider="p", model="m")
    first = ScriptedModel(["A draft", "Another draft"])
    agent = Agent(model=first, output_model=ScriptedModel([down, "The fair copy"]), db=InMemoryDb())
    assert agent.run("a line", run_id="r", session_id="s").status is RunStatus.error
    output = agent.continue_run("r", session_id="s")
    assert output.content == "The fair copy"
    assert [m.content for m in first.requests[1].messages] == ["a line"]


@pytest.mark.parametrize("options", [{"output_model": "second"}, {"parser_model": "second", "output_schema": Book}])
def test_the_limits_of_a_run_hold_for_the_models_beside_it(options: dict[str, Any]) -> None:
    second = ScriptedModel([])
    given: dict[str, Any] = {name: second if value == "second" else value for name, value in options.items()}
    output = Agent(model=ScriptedModel(["x"]), limits=Limits(max_model_requests=1), **given).run("a book")
    assert (output.status, second.requests) == (RunStatus.error, [])
    assert "max_model_requests" in str(output.content)


def test_a_limit_that_leaves_nothing_for_followups_leaves_the_answer_alone() -> None:
    agent = Agent(model=ScriptedModel(["A boat"]), followups=True, limits=Limits(max_model_requests=1))
    output = agent.run("x")
    assert (output.status, output.content, output.followups) == (RunStatus.completed, "A boat", None)
