"""The input held to input_schema before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pytest
from pydantic import BaseModel

from agnolo import Agent, InMemoryDb, Message, ScriptedModel
from agnolo.vocabulary.errors import InputError


class Modelled(BaseModel):
    number: int


@dataclass
class Counted:
    number: int


class Typed(TypedDict):
    number: int


class Packed(msgspec.Struct):
    number: int


JSON_SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
SCHEMAS = [Modelled, Counted, Typed, Packed, JSON_SCHEMA]


def agent_for(schema: Any) -> Agent:
    return Agent(model=ScriptedModel(["read"], loop=True), input_schema=schema, db=InMemoryDb())


def sent(agent: Agent) -> Any:
    return agent.model.requests[-1].messages[-1].content  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("given", [{"number": 17}, '{"number": 17}', Message(role="user", content='{"number": 17}')])
def test_a_fitting_input_is_sent_as_json(schema: Any, given: object) -> None:
    agent = agent_for(schema)
    output = agent.run(given)
    assert sent(agent).replace(" ", "") == '{"number":17}'
    assert output.input is not None
    value = output.input.input_content
    assert (value["number"] if isinstance(value, dict) else value.number) == 17


@pytest.mark.parametrize("value", [Modelled(number=17), Counted(number=17), Packed(number=17)])
def test_a_value_of_the_schema_stays_as_it_is(value: Any) -> None:
    output = agent_for(type(value)).run(value)
    assert output.input is not None
    assert output.input.input_content is value


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"number": "many"}, "the input does not fit"),
        ({}, "the input does not fit"),
        ("no JSON", "must be JSON that fits input_schema"),
        ([1], r"must be a mapping or a \w+ to fit input_schema, not list"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_stored_or_sent(schema: Any, given: object, why: str) -> None:
    agent = agent_for(schema)
    with pytest.raises(InputError, match=why):
        agent.run(given)
    assert agent.model.requests == []  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert agent.get_session() is None
