"""Output schemas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pytest
from pydantic import BaseModel

from agnolo import Agent, Message, RunStatus, ScriptedModel, tool
from agnolo.providers.scripted import Answer, Say
from agnolo.vocabulary.errors import ModelOverloadedError
from tests.engine import ways
from tests.engine.validity import assert_valid_history


class PydanticCity(BaseModel):
    name: str
    people: int


@dataclass
class DataclassCity:
    name: str
    people: int


class StructCity(msgspec.Struct):
    name: str
    people: int


class TypedCity(TypedDict):
    name: str
    people: int


DICT_CITY: dict[str, Any] = {
    "title": "DictCity",
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name", "people"],
}
ANSWER = '{"name": "Oslo", "people": 700000}'
PLAIN = {"name": "Oslo", "people": 700000}
CASES: list[tuple[Any, Any, str]] = [
    (PydanticCity, PydanticCity(name="Oslo", people=700000), "PydanticCity"),
    (DataclassCity, DataclassCity("Oslo", 700000), "DataclassCity"),
    (StructCity, StructCity("Oslo", 700000), "StructCity"),
    (TypedCity, PLAIN, "TypedCity"),
    (DICT_CITY, PLAIN, "dict"),
]


@pytest.mark.parametrize(("schema", "value", "content_type"), CASES)
def test_the_answer_is_a_value_of_the_schema(schema: Any, value: Any, content_type: str) -> None:
    for way in ways.STREAMED.values():
        model = ScriptedModel([ANSWER])
        events, output = way(Agent(model=model, output_schema=schema), "where?")
        assert (output.content, output.content_type) == (value, content_type)
        content = [e for e in events if e.event == "RunContent"]
        assert [(e.content, e.content_type) for e in content] == [(value, content_type)]  # pyright: ignore[reportAttributeAccessIssue] - by name
        asked = model.requests[0].output
        assert asked is not None
        assert set(asked.schema["properties"]) == {"name", "people"}
        assert asked.native is True


def test_a_call_may_bring_its_own_schema() -> None:
    assert Agent(model=ScriptedModel([ANSWER])).run("x", output_schema=StructCity).content == StructCity("Oslo", 700000)


def test_an_answer_that_does_not_fit_fails_the_run_and_is_kept() -> None:
    model = ScriptedModel(['{"name": "Oslo"}'])
    output = Agent(model=model, output_schema=StructCity, output_retries=0).run("where?")
    assert len(model.requests) == 1
    assert output.status is RunStatus.error
    assert "people" in str(output.content)
    assert output.messages[-1].content == '{"name": "Oslo"}'


def test_json_mode_describes_the_schema_in_the_prompt() -> None:
    model = ScriptedModel([ANSWER])
    Agent(model=model, output_schema=StructCity, use_json_mode=True).run("where?")
    request = model.requests[0]
    assert request.output is not None
    assert request.output.native is False
    assert '"people"' in request.messages[0].text()


def test_parsing_can_be_switched_off() -> None:
    output = Agent(model=ScriptedModel([ANSWER]), output_schema=StructCity, parse_response=False).run("where?")
    assert output.content == ANSWER


def test_a_tool_that_ends_the_run_gives_the_value_itself() -> None:
    @tool(stop_after_tool_call=True)
    def city() -> str:
        """The city."""
        return ANSWER

    calling = Say(calls=[("city", {})])
    output = Agent(model=ScriptedModel([calling]), tools=[city], output_schema=StructCity).run("where?")
    assert output.content == StructCity("Oslo", 700000)


# ---- strategies

CITY_SCHEMA = {"name": {"type": "string"}, "people": {"type": "integer"}}
DONE = Say(calls=[("final_answer", PLAIN)])


def look(what: str) -> str:
    """Look something up."""
    return f"{what} found"


def ask(*replies: Answer, **options: Any) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(replies, strategy="tool")
    return Agent(model=model, **{"output_schema": StructCity, **options}), model


def forced(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def test_a_tool_can_stand_for_the_answer_and_is_never_shown() -> None:
    for way in ways.STREAMED.values():
        agent, model = ask(DONE)
        events, output = way(agent, "where?")
        request = model.requests[0]
        assert request.output is None
        assert [spec.name for spec in request.tools] == ["final_answer"]
        assert request.tools[0].parameters["properties"] == CITY_SCHEMA
        assert request.tool_choice == forced("final_answer")
        assert ways.names(events) == [
            *["RunStarted", "ModelRequestStarted", "RunContent", "ModelRequestCompleted"],
            *["RunContentCompleted", "RunCompleted"],
        ]
        assert (output.content, output.tools) == (StructCity("Oslo", 700000), None)
        assert [(m.role, m.content, m.tool_calls) for m in output.messages] == [
            ("user", "where?", None),
            ("assistant", ANSWER, None),
        ]


def test_beside_other_tools_the_model_must_call_one_or_answer() -> None:
    agent, model = ask(Say(calls=[("look", {"what": "Oslo"})]), DONE, tools=[look])
    output = agent.run("where?")
    assert output.content == StructCity("Oslo", 700000)
    assert [[spec.name for spec in r.tools] for r in model.requests] == [["look", "final_answer"]] * 2
    assert [r.tool_choice for r in model.requests] == ["required", "required"]
    assert [t.tool_name for t in output.tools or ()] == ["look"]
    assert_valid_history(output.messages)


def test_an_answer_beside_other_calls_is_not_the_last_word() -> None:
    both = Say(text="Both.", calls=[("look", {"what": "Oslo"}), ("final_answer", {"name": "?", "people": 0})])
    agent, model = ask(both, DONE, tools=[look])
    output = agent.run("where?")
    assert output.content == StructCity("Oslo", 700000)
    assert [m.content for m in output.messages] == ["where?", "Both.", "Oslo found", ANSWER]
    assert len(model.requests) == 2
    assert_valid_history(output.messages)


def test_a_run_that_has_used_up_its_tool_calls_is_made_to_answer() -> None:
    calls = Say(calls=[("look", {"what": "a"}), ("look", {"what": "b"})])
    agent, model = ask(calls, DONE, tools=[look], tool_call_limit=1)
    assert agent.run("where?").content == StructCity("Oslo", 700000)
    assert [r.tool_choice for r in model.requests] == ["required", forced("final_answer")]


@pytest.mark.parametrize("choice", [forced("look"), "look", "auto", "required"])
def test_a_choice_of_the_users_stays(choice: Any) -> None:
    agent, model = ask(DONE, tools=[look], tool_choice=choice)
    agent.run("where?")
    assert model.requests[0].tool_choice == choice


def test_a_users_tool_of_that_name_keeps_it() -> None:
    def final_answer(what: str) -> str:
        """The user's own."""
        return what

    agent, model = ask(Say(calls=[("final_answer_", PLAIN)]), tools=[final_answer])
    assert agent.run("where?").content == StructCity("Oslo", 700000)
    assert [spec.name for spec in model.requests[0].tools] == ["final_answer", "final_answer_"]


def test_words_instead_of_the_tool_are_taken_if_they_fit_and_sent_back_if_not() -> None:
    agent, model = ask(ANSWER)
    assert agent.run("where?").content == StructCity("Oslo", 700000)
    agent, model = ask("In Norway.", Say(calls=[("final_answer", '{"name": 1}')]))
    output = agent.run("where?")
    assert output.status is RunStatus.error
    assert [m.content for m in output.messages if m.role == "assistant"] == ["In Norway.", '{"name": 1}']
    agent, model = ask(Say(calls=[("final_answer", {"name": "Oslo"})]), DONE)
    assert agent.run("where?").content == StructCity("Oslo", 700000)
    assert len(model.requests) == 2


def test_in_words_the_schema_ends_the_system_message() -> None:
    def said(**options: Any) -> list[tuple[str, Any]]:
        model = ScriptedModel([ANSWER], strategy="prompted")
        output = Agent(model=model, output_schema=StructCity, **options).run("where?")
        assert output.content == StructCity("Oslo", 700000)
        assert not any("json_schema" in m.text() for m in output.messages)
        request = model.requests[0]
        assert request.output is not None
        assert request.output.native is False
        return [(m.role, m.content) for m in request.messages]

    (_, alone), user = said()
    assert alone.startswith("The final answer is one JSON object")
    assert user == ("user", "where?")
    assert said(description="Be brief.")[0] == ("system", f"Be brief.\n\n{alone}")
    assert said(system_message=Message(role="system"))[0] == ("system", f"\n\n{alone}")
    parts = Message(role="developer", content=[{"type": "text", "text": "Be brief."}])
    assert said(system_message=parts)[0] == (
        "developer",
        [{"type": "text", "text": "Be brief."}, {"type": "text", "text": alone}],
    )


def test_structured_outputs_insists_on_what_the_model_can_do() -> None:
    model = ScriptedModel([ANSWER, ANSWER], strategy="native")
    agent = Agent(model=model, output_schema=StructCity, use_json_mode=True, structured_outputs=True)
    agent.run("where?")
    agent.structured_outputs = None
    agent.run("where?")
    assert [r.output.native for r in model.requests if r.output] == [True, False]


def test_each_model_of_a_run_is_asked_in_its_own_way() -> None:
    first = ScriptedModel([ModelOverloadedError("busy")], strategy="tool")
    second = ScriptedModel([ANSWER], id="second", strategy="prompted")
    output = Agent(model=first, fallback_models=[second], output_schema=StructCity).run("where?")
    assert output.content == StructCity("Oslo", 700000)
    assert "<json_schema>" in second.requests[0].messages[0].text()
    assert (second.requests[0].tools, first.requests[0].output) == ([], None)
