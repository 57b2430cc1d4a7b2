"""The schema of 90 parameter types, as data. What differs from the reference on purpose is marked with why."""
# ruff: noqa: UP006, UP007, UP045 - the old spellings are under test too

from __future__ import annotations

import collections.abc as abc
import dataclasses
import datetime
import decimal
import enum
import pathlib
import typing
import uuid
from collections import OrderedDict, deque
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    Required,
    TypedDict,
    TypeVar,
    Union,
)

import msgspec
import pydantic
import pytest
import typing_extensions

from agnolo.ports.function import Function
from agnolo.vocabulary.schema import json_schema


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Mixed(enum.Enum):
    TEXT = "x"
    NUMBER = 1


class Address(pydantic.BaseModel):
    """An address."""

    street: str = pydantic.Field(description="Street name")
    zip: Optional[str] = None


class Person(pydantic.BaseModel):
    name: str
    age: int = pydantic.Field(default=3, ge=0)
    home: Address = pydantic.Field(description="Where they live")
    color: Color = Color.RED


class Node(pydantic.BaseModel):
    value: int
    children: list[Node] = []


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]


class Dog(pydantic.BaseModel):
    kind: Literal["dog"]


class Owner(pydantic.BaseModel):
    pet: Union[Cat, Dog] = pydantic.Field(discriminator="kind")


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.0


@dataclasses.dataclass
class Tree:
    label: str
    branches: list[Tree] = dataclasses.field(default_factory=list)
    hidden: int = dataclasses.field(default=0, init=False)


class Options(TypedDict, total=False):
    depth: Required[int]
    title: str


class Row(TypedDict):
    a: int
    b: NotRequired[str]


class Pair(NamedTuple):
    left: int
    right: str = "x"


class Span(msgspec.Struct):
    begin: int
    end: int | None = None
    kind: str = msgspec.field(default="", name="type")


class Celsius(float):
    pass


class Opaque:
    pass


Alias = typing_extensions.TypeAliasType("Alias", list[int])
UserId = NewType("UserId", int)
T = TypeVar("T")
Number = TypeVar("Number", bound=int)

INTEGER = {"type": "integer"}
STRING = {"type": "string"}
NUMBER = {"type": "number"}
CLOSED = {"type": "object", "properties": {}, "additionalProperties": False}
ADDRESS = {
    "title": "Address",
    "description": "An address.",
    "type": "object",
    "properties": {
        "street": {"title": "Street", "description": "Street name", "type": "string"},
        "zip": {"title": "Zip", "anyOf": [STRING, {"type": "null"}], "default": None},
    },
    "required": ["street"],
}
POINT = {"type": "object", "properties": {"x": INTEGER, "y": NUMBER}, "additionalProperties": False, "required": ["x"]}

CORPUS: list[tuple[str, Any, dict[str, Any]]] = [
    ("int", int, INTEGER),
    ("float", float, NUMBER),
    ("str", str, STRING),
    ("bool", bool, {"type": "boolean"}),
    ("complex", complex, NUMBER),
    ("Decimal", decimal.Decimal, NUMBER),
    ("None", None, {"type": "null"}),
    ("NoneType", type(None), {"type": "null"}),
    ("Any: the reference closes it, so that nothing can be given", Any, {}),
    ("object", object, {}),
    ("bytes", bytes, {"type": "string", "contentEncoding": "base64"}),
    ("datetime", datetime.datetime, {"type": "string", "format": "date-time"}),
    ("date", datetime.date, {"type": "string", "format": "date"}),
    ("time", datetime.time, {"type": "string", "format": "time"}),
    ("timedelta", datetime.timedelta, {"type": "string", "format": "duration"}),
    ("UUID", uuid.UUID, {"type": "string", "format": "uuid"}),
    ("Path", pathlib.Path, STRING),
    ("PosixPath", pathlib.PurePosixPath, STRING),
    ("subclass of float", Celsius, NUMBER),
    ("NewType", UserId, INTEGER),
    ("TypeVar", T, {}),
    ("bound TypeVar", Number, INTEGER),
    ("type alias", Alias, {"type": "array", "items": INTEGER}),
    ("other class", Opaque, CLOSED),
    ("Callable", abc.Callable[[int], int], CLOSED),
    ("type", type, CLOSED),
    ("list: providers refuse arrays without items", list, {"type": "array", "items": STRING}),
    ("List", typing.List, {"type": "array", "items": STRING}),
    ("list[int]", list[int], {"type": "array", "items": INTEGER}),
    ("list[Any]", list[Any], {"type": "array", "items": {}}),
    ("nested lists", list[list[int]], {"type": "array", "items": {"type": "array", "items": INTEGER}}),
    ("list of dicts", list[dict], {"type": "array", "items": {"type": "object", "additionalProperties": True}}),
    ("tuple", tuple, {"type": "array", "items": STRING}),
    ("tuple[int, ...]", tuple[int, ...], {"type": "array", "items": INTEGER}),
    ("tuple[int]", tuple[int], {"type": "array", "items": INTEGER}),
    ("tuple[int, int]", tuple[int, int], {"type": "array", "items": INTEGER, "minItems": 2, "maxItems": 2}),
    (
        "tuple[int, str]",
        tuple[int, str],
        {"type": "array", "items": {"anyOf": [INTEGER, STRING]}, "minItems": 2, "maxItems": 2},
    ),
    ("set", set, {"type": "array", "items": STRING}),
    ("set[int]", set[int], {"type": "array", "items": INTEGER}),
    ("frozenset[str]", frozenset[str], {"type": "array", "items": STRING}),
    ("deque[int]", deque[int], {"type": "array", "items": INTEGER}),
    ("Sequence[str]", abc.Sequence[str], {"type": "array", "items": STRING}),
    ("Iterable[int]", typing.Iterable[int], {"type": "array", "items": INTEGER}),
    ("dict", dict, {"type": "object", "additionalProperties": True}),
    ("Dict", typing.Dict, {"type": "object", "additionalProperties": True}),
    (
        "dict[str, int]",
        dict[str, int],
        {"type": "object", "propertyNames": STRING, "additionalProperties": INTEGER},
    ),
    ("dict[str, Any]", dict[str, Any], {"type": "object", "propertyNames": STRING, "additionalProperties": True}),
    (
        "dict[int, str]",
        dict[int, str],
        {"type": "object", "propertyNames": INTEGER, "additionalProperties": STRING},
    ),
    (
        "dict of lists",
        dict[str, list[int]],
        {"type": "object", "propertyNames": STRING, "additionalProperties": {"type": "array", "items": INTEGER}},
    ),
    (
        "Mapping",
        abc.Mapping[str, int],
        {"type": "object", "propertyNames": STRING, "additionalProperties": INTEGER},
    ),
    ("OrderedDict", OrderedDict, {"type": "object", "additionalProperties": True}),
    ("Literal of str", Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
    ("Literal of int", Literal[1, 2], {"type": "integer", "enum": [1, 2]}),
    ("mixed Literal", Literal["a", 1], {"enum": ["a", 1]}),
    ("Literal with None", Literal["a", None], {"enum": ["a", None]}),
    ("Enum", Color, {"type": "string", "enum": ["red", "green"]}),
    ("IntEnum: its values are no strings", Level, {"type": "integer", "enum": [1, 2]}),
    ("mixed Enum", Mixed, {"enum": ["x", 1]}),
    ("list of Enum", list[Color], {"type": "array", "items": {"type": "string", "enum": ["red", "green"]}}),
    ("Optional[int]", Optional[int], INTEGER),
    ("Optional[list]", Optional[list[str]], {"type": "array", "items": STRING}),
    ("Optional[Literal]", Optional[Literal["a", "b"]], {"type": "string", "enum": ["a", "b"]}),
    ("Optional[Enum]", Optional[Color], {"type": "string", "enum": ["red", "green"]}),
    ("int | None keeps null", int | None, {"anyOf": [INTEGER, {"type": "null"}]}),
    ("int | str", int | str, {"anyOf": [INTEGER, STRING]}),
    ("Union", Union[int, str], {"anyOf": [INTEGER, STRING]}),
    ("Union with None", Union[int, str, None], {"anyOf": [INTEGER, STRING, {"type": "null"}]}),
    ("union of list and str", list[int] | str, {"anyOf": [{"type": "array", "items": INTEGER}, STRING]}),
    ("Annotated text", Annotated[int, "how many"], {"type": "integer", "description": "how many"}),
    ("Annotated without text", Annotated[int, object()], INTEGER),
    (
        "Annotated Meta",
        Annotated[int, msgspec.Meta(ge=1, lt=9, description="a digit")],
        {"type": "integer", "description": "a digit", "minimum": 1, "exclusiveMaximum": 9},
    ),
    (
        "Annotated str Meta",
        Annotated[str, msgspec.Meta(min_length=2, pattern="^a")],
        {"type": "string", "pattern": "^a", "minLength": 2},
    ),
    (
        "Annotated list Meta",
        Annotated[list[int], msgspec.Meta(max_length=2)],
        {"type": "array", "items": INTEGER, "maxItems": 2},
    ),
    (
        "Annotated items",
        list[Annotated[int, "one of them"]],
        {"type": "array", "items": {"type": "integer", "description": "one of them"}},
    ),
    (
        "Field: the reference does not tell its limits",
        Annotated[int, pydantic.Field(ge=1, description="from one")],
        {"type": "integer", "minimum": 1, "description": "from one"},
    ),
    ("pydantic type", pydantic.HttpUrl, {"type": "string", "format": "uri", "minLength": 1, "maxLength": 2083}),
    ("pydantic model", Address, ADDRESS),
    ("Optional model", Optional[Address], ADDRESS),
    ("list of models", list[Address], {"type": "array", "items": ADDRESS}),
    (
        "dict of models",
        dict[str, Address],
        {"type": "object", "propertyNames": STRING, "additionalProperties": ADDRESS},
    ),
    (
        "model in model: what the place says wins",
        Person,
        {
            "title": "Person",
            "type": "object",
            "properties": {
                "name": {"title": "Name", "type": "string"},
                "age": {"title": "Age", "type": "integer", "default": 3, "minimum": 0},
                "home": ADDRESS | {"description": "Where they live"},
                "color": {"title": "Color", "type": "string", "enum": ["red", "green"], "default": "red"},
            },
            "required": ["name", "home"],
        },
    ),
    (
        "recursive model is cut",
        Node,
        {
            "title": "Node",
            "type": "object",
            "properties": {
                "value": {"title": "Value", "type": "integer"},
                "children": {
                    "title": "Children",
                    "type": "array",
                    "default": [],
                    "items": {"type": "object", "description": "Again a Node, with the same fields."},
                },
            },
            "required": ["value"],
        },
    ),
    (
        "discriminated union",
        Owner,
        {
            "title": "Owner",
            "type": "object",
            "properties": {
                "pet": {
                    "title": "Pet",
                    "oneOf": [
                        {
                            "title": name,
                            "type": "object",
                            "properties": {"kind": {"title": "Kind", "type": "string", "const": name.lower()}},
                            "required": ["kind"],
                        }
                        for name in ("Cat", "Dog")
                    ],
                }
            },
            "required": ["pet"],
        },
    ),
    ("dataclass", Point, POINT),
    ("Optional dataclass", Optional[Point], POINT),
    ("union of model and dataclass", Union[Address, Point], {"anyOf": [ADDRESS, POINT]}),
    (
        "recursive dataclass is cut",
        Tree,
        {
            "type": "object",
            "properties": {
                "label": STRING,
                "branches": {
                    "type": "array",
                    "items": {"type": "object", "description": "Again a Tree, with the same fields."},
                },
            },
            "additionalProperties": False,
            "required": ["label"],
        },
    ),
    (
        "TypedDict",
        Row,
        {"type": "object", "properties": {"a": INTEGER, "b": STRING}, "additionalProperties": False, "required": ["a"]},
    ),
    (
        "partial TypedDict",
        Options,
        {
            "type": "object",
            "properties": {"depth": INTEGER, "title": STRING},
            "additionalProperties": False,
            "required": ["depth"],
        },
    ),
    (
        "NamedTuple",
        Pair,
        {
            "type": "object",
            "properties": {"left": INTEGER, "right": STRING},
            "additionalProperties": False,
            "required": ["left"],
        },
    ),
    (
        "Struct, with its wire names",
        Span,
        {
            "type": "object",
            "properties": {"begin": INTEGER, "end": {"anyOf": [INTEGER, {"type": "null"}]}, "type": STRING},
            "additionalProperties": False,
            "required": ["begin"],
        },
    ),
    ("list of records", list[Row], {"type": "array", "items": json_schema(Row)}),
]


@pytest.mark.parametrize(("kind", "expected"), [c[1:] for c in CORPUS], ids=[c[0] for c in CORPUS])
def test_parameter_has_the_schema_of_its_type(kind: Any, expected: dict[str, Any]) -> None:
    def take(given): ...

    take.__annotations__ = {"given": kind}
    assert Function.from_callable(take).parameters == {
        "type": "object",
        "properties": {"given": expected},
        "required": ["given"],
    }


def test_docstring_of_a_parameter_replaces_what_its_type_says() -> None:
    def take(given: Annotated[int, "of the type"], where: Address):
        """Take it.

        Args:
            given (int): of the docstring
            where: of the docstring too
        """

    assert Function.from_callable(take).parameters["properties"] == {
        "given": {"type": "integer", "description": "(int) of the docstring"},
        "where": ADDRESS | {"description": "of the docstring too"},
    }


def test_schema_is_the_users_own_copy() -> None:
    def take(given: int): ...

    first, second = Function.from_callable(take), Function.from_callable(take)
    first.parameters["properties"]["given"]["minimum"] = 1
    assert first.spec().parameters["properties"]["given"] == {"type": "integer", "minimum": 1}
    assert second.spec().parameters["properties"]["given"] == {"type": "integer"}


def test_qualifiers_of_class_attributes_are_looked_through() -> None:
    assert json_schema(typing.Final[int]) == {"type": "integer"}
