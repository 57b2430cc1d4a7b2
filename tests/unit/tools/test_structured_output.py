"""Structured output: the schema a model is asked for, its strict form, and the value of an answer."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, TypedDict

import msgspec
import pydantic
import pytest

from agnolo.vocabulary.answers import parse_output
from agnolo.vocabulary.errors import ConfigurationError, OutputSchemaError
from agnolo.vocabulary.schema import OutputSchema, json_schema, output_schema, strict_form, strictly

INTEGER = {"type": "integer"}
STRING = {"type": "string"}


class Actor(pydantic.BaseModel):
    name: str


class Movie(pydantic.BaseModel):
    """A film."""

    title: str
    year: int = 2000
    cast: list[Actor] = []


class Node(pydantic.BaseModel):
    value: int
    next: Node | None = None


class Tagged(pydantic.BaseModel):
    @pydantic.model_validator(mode="after")
    def refuse(self) -> Tagged:
        raise ValueError("never")


@dataclasses.dataclass
class Point:
    x: int
    actor: Actor | None = None


class Row(TypedDict):
    a: int


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Span(msgspec.Struct):
    begin: int


MOVIE = {
    "title": "Movie",
    "description": "A film.",
    "type": "object",
    "properties": {
        "title": {"title": "Title", "type": "string"},
        "year": {"title": "Year", "type": "integer", "default": 2000},
        "cast": {
            "title": "Cast",
            "type": "array",
            "default": [],
            "items": {
                "title": "Actor",
                "type": "object",
                "properties": {"name": {"title": "Name", "type": "string"}},
                "required": ["name"],
            },
        },
    },
    "required": ["title"],
}
GIVEN = {"type": "object", "properties": {"a": INTEGER, "b": STRING}, "required": ["a"]}
WITH_LIST = {"type": "object", "properties": {"words": {"type": "array", "items": {"type": "string"}}}}
NESTED = {
    "type": "object",
    "properties": {
        "at": {"anyOf": [{"$ref": "#/$defs/Point"}, {"type": "null"}]},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"const": "t"}},
        "both": {"allOf": [{"type": "string"}]},
        "odd": {"type": "of another standard"},
    },
    "$defs": {"Point": {"type": "object", "properties": {"x": {"type": ["number", "null"]}}, "required": ["x"]}},
}


@pytest.mark.parametrize(
    ("kind", "name", "schema"),
    [
        (Movie, "Movie", MOVIE),
        (Node, "Node", Node.model_json_schema()),
        (Point, "Point", json_schema(Point)),
        (Row, "Row", json_schema(Row)),
        (Pair, "Pair", json_schema(Pair)),
        (Span, "Span", json_schema(Span)),
        (GIVEN, "output", GIVEN),
        (GIVEN | {"title": "My Answer!"}, "My_Answer", GIVEN | {"title": "My Answer!"}),
        ({"type": "json_schema", "json_schema": {"name": "wrapped", "schema": GIVEN}}, "wrapped", GIVEN),
        ({"name": "named", "schema": GIVEN, "strict": True}, "named", GIVEN),
        ({"schema": {"title": "inner"}}, "inner", {"title": "inner"}),
        ({"title": "!!!"}, "output", {"title": "!!!"}),
    ],
    ids=str,
)
def test_output_schema_has_a_name_and_a_schema(kind: Any, name: str, schema: dict[str, Any]) -> None:
    assert output_schema(kind) == OutputSchema(name, schema)


@pytest.mark.parametrize("kind", [int, list[Movie], "Movie", None, Movie | Point])
def test_other_output_schemas_are_refused(kind: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"output_schema .* is no pydantic model"):
        output_schema(kind)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Movie, '{"title": "T", "cast": [{"name": "N"}]}', Movie(title="T", cast=[Actor(name="N")])),
        (Node, '{"value": 1, "next": {"value": "2"}}', Node(value=1, next=Node(value=2))),
        (Point, '{"x": 1, "actor": {"name": "N"}}', Point(1, Actor(name="N"))),
        (Row, '{"a": 1}', {"a": 1}),
        (Pair, '{"left": 1}', Pair(1)),
        (Span, '{"begin": 1}', Span(1)),
        (GIVEN, '{"a": 2, "more": 1}', {"a": 2, "more": 1}),
        ({"json_schema": {"schema": GIVEN}}, '{"a": 1}', {"a": 1}),
        (Row, '```json\n{"a": 1}\n```', {"a": 1}),
        (Row, '```\n{"a": 1}```', {"a": 1}),
        (Row, 'Here it is:\n```json\n{"a": 1}\n```\nAnything else?', {"a": 1}),
        (Row, '```python\n1\n```\n```json\n{"a": 2}\n```', {"a": 2}),
        (Row, 'Sure! {"a": 1} is my answer.', {"a": 1}),
        (Row, ' \n{"a": 1}\n', {"a": 1}),
        (Row, '```json {"a": 1} ```', {"a": 1}),
        (Row, '```JSON\n{"a": 1}\n```', {"a": 1}),
        (Row, '{"a": 1,}', {"a": 1}),
        (Row, 'Here: {"a": 1 ,\n}', {"a": 1}),
        (WITH_LIST, '```json\n{"words": ["x, }", "\\", ]",],}\n```', {"words": ["x, }", '", ]']}),
        (NESTED, '{"at": {"x": 1.0}, "kind": "b", "tags": []}', {"at": {"x": 1.0}, "kind": "b", "tags": []}),
        (NESTED, '{"odd": 1}', {"odd": 1}),
        (NESTED, '{"at": null, "kind": "a", "tags": ["t"]}', {"at": None, "kind": "a", "tags": ["t"]}),
        (Row, '{"a": "```json"}', None),
    ],
    ids=str,
)
def test_answer_becomes_its_value(kind: Any, text: str, value: Any) -> None:
    if value is None:  # the whole text is JSON, so that the fence inside is none
        with pytest.raises(OutputSchemaError, match="a: Expected int, got str"):
            parse_output(kind, text)
        return
    assert parse_output(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (Movie, "I can't.", 'the answer holds no JSON object: it begins with "I can\'t."'),
        (Movie, "", "the answer holds no JSON object: it begins with ''"),
        (Movie, "[1]", "the answer holds no JSON object: it begins with '[1]'"),
        (Movie, '{"title": "T"', 'the answer holds no JSON object: it begins with \'{"title": "T"\''),
        (
            Movie,
            '{"year": "x"}',
            "the answer does not fit 'Movie': title: Field required; "
            "year: Input should be a valid integer, unable to parse string as an integer",
        ),
        (Tagged, "{}", "the answer does not fit 'Tagged': Value error, never"),
        (Point, '{"x": 1, "actor": {}}', "the answer does not fit 'Point': actor: name: Field required"),
        (Row, "{}", "the answer does not fit 'Row': Object missing required field a"),
        (GIVEN, '{"b": 1}', "the answer does not fit 'output': missing a"),
        (GIVEN, '{"a": true}', "the answer does not fit 'output': a: Expected integer, got boolean"),
        (GIVEN, '{"a": 1.5}', "the answer does not fit 'output': a: Expected integer, got number"),
        (WITH_LIST, '{"words": ["x", 2]}', "the answer does not fit 'output': words[1]: Expected string, got integer"),
        (WITH_LIST, '{"words": {}}', "the answer does not fit 'output': words: Expected array, got object"),
        (NESTED, '{"at": {"x": "1"}}', "the answer does not fit 'output': at.x: Expected number or null, got string"),
        (NESTED, '{"at": {}}', "the answer does not fit 'output': at: missing x"),
        (NESTED, '{"at": 1}', "the answer does not fit 'output': at: Expected object, got integer"),
        (NESTED, '{"kind": "c"}', "the answer does not fit 'output': kind: Expected one of 'a', 'b', got 'c'"),
        (NESTED, '{"tags": [[]]}', "the answer does not fit 'output': tags[0]: Expected one of 't', got []"),
        (NESTED, '{"both": 1}', "the answer does not fit 'output': both: Expected string, got integer"),
        (
            {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}, "required": ["b"]},
            '{"a": 1}',
            "the answer does not fit 'output': missing b",
        ),
    ],
    ids=str,
)
def test_answer_that_does_not_fit_is_told_and_kept(kind: Any, text: str, message: str) -> None:
    with pytest.raises(OutputSchemaError) as raised:
        parse_output(kind, text)
    assert (str(raised.value), raised.value.text) == (message, text)


# ---- strict


def test_strict_form_closes_every_object_and_requires_every_property() -> None:
    assert strict_form(MOVIE) == {
        "title": "Movie",
        "description": "A film.",
        "type": "object",
        "properties": {
            "title": {"title": "Title", "type": "string"},
            "year": {"title": "Year", "type": "integer"},
            "cast": {
                "title": "Cast",
                "type": "array",
                "items": {
                    "title": "Actor",
                    "type": "object",
                    "properties": {"name": {"title": "Name", "type": "string"}},
                    "required": ["name"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["title", "year", "cast"],
        "additionalProperties": False,
    }


def test_strict_form_reaches_definitions_and_choices() -> None:
    inner = {"type": "object", "properties": {"a": INTEGER}}
    closed = inner | {"required": ["a"], "additionalProperties": False}
    given = {
        "$defs": {"Inner": inner},
        "type": "object",
        "properties": {
            "one": {"oneOf": [inner, STRING]},
            "any": {"anyOf": [inner, {"$ref": "#/$defs/Inner"}]},
            "all": {"allOf": [inner]},
            "places": {"type": "array", "prefixItems": [inner], "items": {"type": "object"}},
            "map": {"type": "object", "propertyNames": STRING, "additionalProperties": STRING},
        },
    }
    assert strict_form(given) == {
        "$defs": {"Inner": closed},
        "type": "object",
        "properties": {
            "one": {"anyOf": [closed, STRING]},
            "any": {"anyOf": [closed, {"$ref": "#/$defs/Inner"}]},
            "all": {"allOf": [closed]},
            "places": {
                "type": "array",
                "prefixItems": [closed],
                "items": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
            },
            "map": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        },
        "required": ["one", "any", "all", "places", "map"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("schema", "obstacle"),
    [
        (MOVIE, None),
        (GIVEN, None),
        ({"type": "object", "properties": {}}, None),
        ({"enum": [1, "a"]}, None),
        (Node.model_json_schema(), None),
        ({}, "."),
        ({"type": "object"}, "."),
        ({"type": "object", "properties": {"a": {}}}, ".a"),
        ({"type": "object", "properties": {"a": {"type": "object", "additionalProperties": True}}}, ".a"),
        ({"type": "object", "properties": {"a": {"type": "array", "items": {}}}}, ".a[]"),
        ({"type": "object", "properties": {"a": {"anyOf": [STRING, {}]}}}, ".a"),
        ({"type": "object", "properties": {}, "additionalProperties": STRING}, "."),
        ({"$defs": {"Bag": {"type": "object"}}, "type": "object", "properties": {}}, "Bag"),
    ],
    ids=str,
)
def test_what_can_not_be_strict_is_found(schema: dict[str, Any], obstacle: str | None) -> None:
    assert strictly(schema).obstacle == obstacle
