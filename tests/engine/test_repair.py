"""Answers that do not fit their schema: given again once, or cut off."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agnolo import Agent, InMemoryDb, Limits, RunStatus, ScriptedModel
from agnolo.engine.cancel import cancel
from agnolo.ports.model import ModelRequest, OutputStrategy
from agnolo.providers.scripted import Answer, Say
from tests.engine import ways
from tests.engine.validity import assert_valid_history


class City(msgspec.Struct):
    name: str
    people: int


WRONG = '{"name": "Oslo"}'
RIGHT = '{"name": "Oslo", "people": 700000}'
OSLO = City("Oslo", 700000)
ASKED_AGAIN = (
    "This can't be used: the answer does not fit 'City': Object missing required field people. Give the whole answer "
    "again, as one JSON object that fits the schema, and nothing else."
)
TALKED = [("user", "where?"), ("assistant", WRONG), ("user", ASKED_AGAIN), ("assistant", RIGHT)]


def look(what: str) -> str:
    """Look something up."""
    return f"{what} found"


def agent(*replies: Answer, strategy: OutputStrategy = "native", **options: Any) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(replies, strategy=strategy)
    return Agent(id="a", model=model, **{"output_schema": City, "db": InMemoryDb(), **options}), model


def talk(messages: Any) -> list[tuple[str, Any]]:
    return [(m.role, m.content) for m in messages if m.role != "system"]


@pytest.mark.parametrize("strategy", ["native", "prompted"])
def test_a_misfit_is_sent_back_once_with_what_is_wrong(strategy: OutputStrategy) -> None:
    for way in ways.STREAMED.values():
        asking, model = agent(WRONG, RIGHT, strategy=strategy)
        events, output = way(asking, "where?")
        assert ways.names(events) == [
            *["RunStarted", "ModelRequestStarted", "ModelRequestCompleted"],
            *["ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
        ]
        assert (output.status, output.content) == (RunStatus.completed, OSLO)
        assert talk(output.messages) == TALKED
        assert talk(model.requests[1].messages) == TALKED[:-1]
        assert model.requests[1].output == model.requests[0].output


@pytest.mark.parametrize("wrong", ["I can't say.", "", '{"name": "Oslo", "people": "many"}'])
def test_a_second_misfit_fails_the_run_and_both_are_kept(wrong: str) -> None:
    asking, model = agent("Not sure.", wrong, RIGHT)
    output = asking.run("where?")
    assert output.status is RunStatus.error
    assert output.content.startswith("the answer ")
    assert [m.content or "" for m in output.messages if m.role == "assistant"] == ["Not sure.", wrong]
    assert len(model.requests) == 2


def test_how_often_may_be_said() -> None:
    asking, model = agent(WRONG, WRONG, RIGHT, output_retries=2)
    assert asking.run("where?").content == OSLO
    asking, model = agent(WRONG, RIGHT, output_retries=0)
    assert asking.run("where?").status is RunStatus.error
    assert len(model.requests) == 1


def test_what_can_be_read_beyond_doubt_costs_no_request() -> None:
    for text in (f"```json\n{RIGHT}\n```", f"Here it is: {RIGHT}", '{"name": "Oslo", "people": "700000",}'):
        asking, model = agent(text)
        assert asking.run("where?").content == OSLO
        assert len(model.requests) == 1


def test_an_answer_that_was_cut_off_is_not_asked_for_again() -> None:
    for reply in (Say(text='{"name": "Os', finish_reason="length"), Say(reasoning="Hm.", finish_reason="length")):
        asking, model = agent(reply, RIGHT)
        events, output = ways.run_stream(asking, "where?")
        assert ways.told(events)[-1]["error_type"] == "output_truncated_error"
        assert output.content.startswith("the answer of 'scripted' was cut off")
        assert "raise max_tokens" in output.content
        assert len(model.requests) == 1
    assert agent(Say(text=RIGHT, finish_reason="length"))[0].run("where?").content == OSLO


def test_an_answer_cut_off_by_a_content_filter_is_not_asked_for_again() -> None:
    asking, model = agent(Say(text='{"name": "Os', finish_reason="content_filter"), RIGHT)
    assert asking.run("where?").status is RunStatus.error
    assert len(model.requests) == 1


def test_a_repair_counts_as_a_request() -> None:
    asking, model = agent(WRONG, RIGHT, limits=Limits(max_model_requests=1))
    output = asking.run("where?")
    assert (output.status, len(model.requests)) == (RunStatus.error, 1)
    assert "max_model_requests=1" in output.content


def test_a_run_cancelled_while_it_asks_again_shows_the_later_words_only() -> None:
    def stop(request: ModelRequest) -> Say:
        cancel("r", "enough")
        return Say(text="Well, ")

    asking, _ = agent(WRONG, stop)
    output = asking.run("where?", run_id="r")
    assert (output.status, output.content) == (RunStatus.cancelled, "Well, ")


def test_the_next_run_sees_the_answer_that_was_taken_only() -> None:
    asking, model = agent(WRONG, RIGHT, RIGHT, db=InMemoryDb(), add_history_to_context=True)
    output = asking.run("where?", session_id="s")
    stored = asking.get_run_output(output.run_id)
    assert stored is not None
    assert talk(stored.messages) == TALKED
    asking.run("again?", session_id="s")
    assert talk(model.requests[2].messages) == [("user", "where?"), ("assistant", RIGHT), ("user", "again?")]


def test_a_run_that_goes_on_asks_only_for_the_better_answer() -> None:
    asking, _ = agent(WRONG, RuntimeError("cut"), db=InMemoryDb())
    assert asking.run("where?", run_id="r").status is RunStatus.error
    asking.model = model = ScriptedModel([RIGHT])
    events = list(asking.continue_run("r", stream=True, stream_events=True))
    assert [talk(r.messages) for r in model.requests] == [TALKED[:-1]]
    assert [e.content for e in events if e.event in ("RunContinued", "RunContent")] == [None, OSLO]  # pyright: ignore[reportAttributeAccessIssue] - events only
    stored = asking.get_run_output("r")
    assert stored is not None
    assert talk(stored.messages) == TALKED
    asking.model = ScriptedModel([WRONG])
    assert asking.run("where?", run_id="q").status is RunStatus.error


def test_a_text_that_is_not_parsed_is_never_sent_back() -> None:
    asking, model = agent("Just words.", parse_response=False)
    assert asking.run("where?").content == "Just words."
    assert len(model.requests) == 1


def test_after_tools_only_the_answer_is_given_again() -> None:
    called = Say(text="Looking. ", calls=[("look", {"what": "Oslo"})])
    asking, model = agent(called, WRONG, RIGHT, tools=[look])
    output = asking.run("where?")
    assert output.content == OSLO
    assert [m.role for m in output.messages] == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    assert [t.tool_name for t in output.tools or ()] == ["look"]
    assert len(model.requests) == 3
    assert_valid_history(output.messages)
