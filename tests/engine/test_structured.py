"""Output schemas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pytest
from pydantic import BaseModel

from agnolo import Agent, RunStatus, ScriptedModel
from tests.engine import ways


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
    output = Agent(model=ScriptedModel(['{"name": "Oslo"}']), output_schema=StructCity).run("where?")
    assert output.status is RunStatus.error
    assert "people" in output.content
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
