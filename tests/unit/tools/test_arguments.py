"""What becomes of a model's arguments: values of the declared types, or a message that it can act upon."""
# ruff: noqa: UP007, UP045, B008 - the old spellings are under test too

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import functools
import gc
import logging
import pathlib
import typing
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict, TypeVar, Union

import msgspec
import pydantic
import pytest
import typing_extensions
from hypothesis import given
from hypothesis import strategies as st

from agnolo.ports.function import Function, Injected
from agnolo.vocabulary.errors import ConfigurationError, ToolArgumentsError


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Mixed(enum.Enum):
    TEXT = "x"
    NUMBER = 1


class Address(pydantic.BaseModel):
    street: str
    number: int = 1


class Company(pydantic.BaseModel):
    title: str


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.0


@dataclasses.dataclass
class Circle:
    radius: int


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Row(TypedDict):
    pair: Pair


class Span(msgspec.Struct):
    begin: int
    last: Optional[Pair] = msgspec.field(default=None, name="end")


@dataclasses.dataclass
class Scene:
    shapes: list[Union[Point, Circle]]
    inner: Optional[Scene] = None


@pydantic.dataclasses.dataclass
class Positive:
    n: int = pydantic.Field(gt=0)


class Celsius(float): ...


class Opaque:
    def __init__(self, value: object = None) -> None:
        raise AssertionError("a class we don't know must not be called with a model's words")


class Even:
    """A class of the user's that tells pydantic how it is made."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(Annotated[int, pydantic.Field(multiple_of=2)])


class Homemade:
    """What looks like a pydantic model and fails in its own words."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return {"type": "object"}

    @classmethod
    def model_validate(cls, value: Any) -> Any:
        raise ValueError("not today")


Shape: Any = NewType("Shape", Union[Point, Circle])  # pyright: ignore[reportGeneralTypeIssues] - works at run time
ShapeVar = TypeVar("ShapeVar", bound=Union[Point, Circle])
Alias = typing_extensions.TypeAliasType("Alias", Union[Point, Circle])
UserId = NewType("UserId", int)
Bound = TypeVar("Bound", bound=int)
Free = TypeVar("Free")


def taking(kind: Any) -> Function:
    def take(value): ...

    take.__annotations__ = {"value": kind}
    return Function.from_callable(take)


def bound(kind: Any, value: Any) -> Any:
    return taking(kind).bind(msgspec.json.encode({"value": value}).decode(), Injected())["value"]


FITTING: list[tuple[Any, Any, Any]] = [
    (int, 5, 5),
    (int, "5", 5),
    (int, 5.0, 5),
    (int, 2**70, 2**70),
    (float, 1, 1.0),
    (float, "1e3", 1000.0),
    (bool, "true", True),
    (bool, 1, True),
    (bool, "yes", True),
    (bool, "Off", False),
    (str, "None", "None"),
    (str, "yes", "yes"),
    (Any, {"a": [1]}, {"a": [1]}),
    (object, "x", "x"),
    (Optional[int], None, None),
    (Optional[int], "null", None),
    (Optional[int], "None", None),
    (Optional[int], "7", 7),
    (int | str, "5", "5"),
    (int | str, 5, 5),
    (Literal["a", "b"], "a", "a"),
    (Literal[1, 2], "1", 1),
    (Color, "green", Color.GREEN),
    (list[Color], ["red"], [Color.RED]),
    (Mixed, 1, Mixed.NUMBER),
    (Mixed, "TEXT", Mixed.TEXT),
    (list[int], ["1", 2], [1, 2]),
    (list[int], "[1, 2]", [1, 2]),
    (list, [1, "x"], [1, "x"]),
    (set[int], [1, 1], {1}),
    (tuple[int, str], [1, "a"], (1, "a")),
    (deque[int], ["1"], deque([1])),
    (Iterable[int], ["1"], [1]),
    (dict[int, str], {"1": "a"}, {1: "a"}),
    (Mapping[str, int], {"a": "1"}, {"a": 1}),
    (dict[str, Any], '{"a": 1}', {"a": 1}),
    (datetime.date, "2026-01-02", datetime.date(2026, 1, 2)),
    (datetime.datetime, "2026-01-02T03:04:05Z", datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)),
    (datetime.timedelta, "PT1M", datetime.timedelta(minutes=1)),
    (decimal.Decimal, 1.5, decimal.Decimal("1.5")),
    (uuid.UUID, "12345678123456781234567812345678", uuid.UUID(int=0x12345678123456781234567812345678)),
    (bytes, "aGk=", b"hi"),
    (complex, "1+2j", 1 + 2j),
    (pathlib.Path, "/tmp", pathlib.Path("/tmp")),
    (Celsius, 20.5, Celsius(20.5)),
    (UserId, "3", 3),
    (Bound, "3", 3),
    (Free, "3", "3"),
    (Annotated[int, "how many"], "3", 3),
    (Address, {"street": "S", "number": "2"}, Address(street="S", number=2)),
    (Optional[Address], None, None),
    (list[Address], [{"street": "S"}], [Address(street="S")]),
    (dict[str, Address], {"a": {"street": "S"}}, {"a": Address(street="S")}),
    (Union[Address, Company], {"title": "T"}, Company(title="T")),
    (Union[Address, int], "3", 3),
    (Union[Point, Circle], {"radius": 3}, Circle(3)),
    (list[Union[Point, Circle]], [{"x": 1}, {"radius": 3}], [Point(1), Circle(3)]),
    (dict[str, Union[Point, Circle]], {"a": {"radius": 3}}, {"a": Circle(3)}),
    (tuple[Union[Point, Circle], int], [{"radius": 3}, 4], (Circle(3), 4)),
    (tuple[Union[Point, Circle], ...], [{"radius": 3}], (Circle(3),)),
    (set[Mixed], ["x"], {Mixed.TEXT}),
    (Annotated[Union[Point, Circle], "a shape"], {"radius": 3}, Circle(3)),
    (Point, {"x": "1"}, Point(1)),
    (Pair, {"left": "1"}, Pair(1)),
    (list[Pair], [{"left": 1, "right": "x"}], [Pair(1, "x")]),
    (Row, {"pair": {"left": 1}}, {"pair": Pair(1)}),
    (Span, {"begin": 1, "end": {"left": 2}}, Span(1, Pair(2))),
    (Scene, {"shapes": [{"x": 1}], "inner": {"shapes": []}}, Scene([Point(1)], Scene([]))),
    (Annotated[int, pydantic.Field(ge=1)], "3", 3),
    (list[Annotated[int, pydantic.Field(ge=1)]], ["3"], [3]),
    (pydantic.PositiveInt, "3", 3),
    (Even, 4, 4),
    (Shape, {"radius": 3}, Circle(3)),
    (ShapeVar, {"radius": 3}, Circle(3)),
    (Alias, {"radius": 3}, Circle(3)),
    (pydantic.HttpUrl, "http://a.b/c", pydantic.HttpUrl("http://a.b/c")),
    (Positive, {"n": "2"}, Positive(n=2)),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FITTING, ids=[f"{c[0]}-{c[1]}" for c in FITTING])
def test_fitting_value_becomes_one_of_the_declared_type(kind: Any, value: Any, expected: Any) -> None:
    made = bound(kind, value)
    assert (made, type(made)) == (expected, type(expected))


MISFITS: list[tuple[Any, Any, str]] = [
    (int, "x", 'value: expected integer, got "x" (Expected int, got str)'),
    (int, "yes", 'value: expected integer, got "yes" (Expected int, got str)'),
    (int, "[1]", 'value: expected integer, got "[1]" (Expected int, got str)'),
    (int, 5.5, "value: expected integer, got 5.5 (Expected int, got float)"),
    (int, True, "value: expected integer, got true (Expected int, got bool)"),
    (int, None, "value: expected integer, got null (Expected int, got null)"),
    (str, 5, "value: expected string, got 5 (Expected str, got int)"),
    (
        list[int],
        "[1,",
        'value: expected {"type":"array","items":{"type":"integer"}}, got "[1," (Expected array, got str)',
    ),
    (
        list[int],
        [1, "x"],
        'value: expected {"type":"array","items":{"type":"integer"}}, got [1,"x"] ([1]: Expected int, got str)',
    ),
    (
        Color,
        "blue",
        'value: expected {"type":"string","enum":["red","green"]}, got "blue" (Invalid enum value \'blue\')',
    ),
    (Mixed, 2, 'value: expected {"enum":["x",1]}, got 2 (Invalid enum value 2)'),
    (
        Union[Circle, Mixed],
        {"radius": "x"},
        'value: expected {"anyOf":[{"type":"object","properties":{"radius":{"type":"integer"}},'
        '"additionalProperties":false,"required":["radius"]},{"enum":["x",1]}]}, got {"radius":"x"} '
        "(fits no part of Circle | Mixed (radius: Expected int, got str; Invalid enum value {'radius': 'x'}))",
    ),
    (complex, "x", "value: expected number, got \"x\" (Expected complex, got 'x')"),
    (
        Opaque,
        {},
        'value: expected {"type":"object","properties":{},"additionalProperties":false}, got {} '
        f"(no value of {Opaque!r} can be made from JSON)",
    ),
    (
        Annotated[int, pydantic.Field(ge=1)],
        0,
        'value: expected {"minimum":1,"type":"integer"}, got 0 (Input should be greater than or equal to 1)',
    ),
    (
        Annotated[int, msgspec.Meta(ge=1)],
        0,
        'value: expected {"type":"integer","minimum":1}, got 0 (Expected int >= 1)',
    ),
]


@pytest.mark.parametrize(("kind", "value", "problem"), MISFITS, ids=[f"{c[0]}-{c[1]}" for c in MISFITS])
def test_misfit_is_told_with_name_expectation_and_value(kind: Any, value: Any, problem: str) -> None:
    with pytest.raises(ToolArgumentsError) as raised:
        bound(kind, value)
    assert str(raised.value) == f"The arguments of take do not fit: {problem}."


PLACES: list[tuple[Any, Any, str]] = [
    (list[Address], [{"street": "S"}, {"number": "x"}], "[1]: street: Field required; number: Input should be"),
    (Row, {"pair": {"left": "x"}}, "pair.left: Expected int, got str"),
    (Row, {}, "Object missing required field pair"),
    (Row, 3, "Expected object, got int"),
    (list[Pair], [{"left": 1}, 3], "[1]: Expected object, got int"),
    (list[Pair], 3, "Expected array, got int"),
    (tuple[Pair, int], [1], "Expected array of length 2"),
    (tuple[Pair, int], [{"left": 1}, "x"], "[1]: Expected int, got str"),
    (dict[str, Pair], {"a": {}}, "a: Object missing required field left"),
    (dict[str, Pair], [], "Expected object, got list"),
    (Iterable[int], ["x"], "[0]: Expected int, got str"),
    (Point, {"x": 1, "y": "?"}, "y: Expected float, got str"),
    (Optional[Address], {"number": 1}, "street: Field required"),
    (list[Homemade], [{}], "[0]: not today"),
    (Even, 3, "Input should be a multiple of 2"),
]


@pytest.mark.parametrize(("kind", "value", "place"), PLACES, ids=[f"{c[0]}-{c[1]}" for c in PLACES])
def test_misfit_names_the_place_inside_the_value(kind: Any, value: Any, place: str) -> None:
    with pytest.raises(ToolArgumentsError) as raised:
        bound(kind, value)
    assert f"({place}" in str(raised.value)


def search(query: str, limit: int = 10, *, deep: Optional[bool] = None) -> None:
    """Search."""


SEARCH = Function.from_callable(search)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "The arguments of search are no valid JSON (Input data was truncated): send one JSON object."),
        ("[]", "The arguments of search must be one JSON object, got []."),
        ("null", "The arguments of search must be one JSON object, got null."),
        ('"x"', 'The arguments of search must be one JSON object, got "x".'),
        ("", "The arguments of search do not fit: query is missing, expected string."),
        (" ", "The arguments of search do not fit: query is missing, expected string."),
        ("{}", "The arguments of search do not fit: query is missing, expected string."),
        (
            '{"query": "q", "limt": 3}',
            "The arguments of search do not fit: limt is no parameter (did you mean limit?).",
        ),
        (
            '{"query": "q", "z": 3}',
            "The arguments of search do not fit: z is no parameter (there are: query, limit, deep).",
        ),
        (
            '{"limit": "many", "z": 1}',
            "The arguments of search do not fit: query is missing, expected string; "
            'limit: expected integer, got "many" '
            "(Expected int, got str); z is no parameter (there are: query, limit, deep).",
        ),
    ],
)
def test_wrong_arguments_are_told_all_at_once(text: str, message: str) -> None:
    with pytest.raises(ToolArgumentsError) as raised:
        SEARCH.bind(text, Injected())
    assert str(raised.value) == message


def test_long_values_and_schemas_are_cut_in_messages() -> None:
    kind = Literal[tuple(f"choice number {n}" for n in range(100))]
    with pytest.raises(ToolArgumentsError) as raised:
        bound(kind, "x" * 1000)
    assert len(str(raised.value)) < 800


def test_arguments_that_are_left_out_keep_their_defaults() -> None:
    assert SEARCH.bind('{"query": "q"}', Injected()) == {"query": "q"}


def test_null_for_a_parameter_with_a_default_leaves_it_out() -> None:
    assert SEARCH.bind('{"query": "q", "limit": null, "deep": null}', Injected()) == {"query": "q", "deep": None}


def test_function_without_parameters_takes_no_text_as_no_arguments() -> None:
    def ping() -> None: ...

    assert Function.from_callable(ping).bind("", Injected()) == {}
    with pytest.raises(ToolArgumentsError, match=r"x is no parameter \(there are: none\)"):
        Function.from_callable(ping).bind('{"x": 1}', Injected())


def test_unhinted_parameters_take_any_value() -> None:
    def take(a, b=1): ...

    assert Function.from_callable(take).bind('{"a": [1], "b": {}}', Injected()) == {"a": [1], "b": {}}


def test_further_keywords_are_converted_and_counted_as_known() -> None:
    def take(a: int, *rest: str, **more: int): ...

    function = Function.from_callable(take)
    assert function.parameters == {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": True,
    }
    assert function.bind('{"a": 1, "b": "2"}', Injected()) == {"a": 1, "b": 2}
    with pytest.raises(ToolArgumentsError) as raised:
        function.bind('{"a": 1, "b": "x"}', Injected())
    assert str(raised.value) == (
        'The arguments of take do not fit: b: expected integer, got "x" (Expected int, got str).'
    )


def test_field_as_a_default_gives_description_limit_and_value() -> None:
    def take(
        a: int = pydantic.Field(description="the a", le=5),
        b: int = pydantic.Field(default=3),
        c: list = pydantic.Field(default_factory=list),
        d=pydantic.Field(default="x"),
    ): ...

    function = Function.from_callable(take)
    assert function.parameters["required"] == ["a"]
    assert function.parameters["properties"]["a"] == {"type": "integer", "description": "the a", "maximum": 5}
    assert function.bind('{"a": 1}', Injected()) == {"a": 1, "b": 3, "c": [], "d": "x"}
    with pytest.raises(ToolArgumentsError, match="less than or equal to 5"):
        function.bind('{"a": 6}', Injected())


def test_defaults_made_by_a_factory_are_not_shared_between_calls() -> None:
    def take(c: list = pydantic.Field(default_factory=list)): ...

    function = Function.from_callable(take)
    function.bind("{}", Injected())["c"].append(1)
    assert function.bind("{}", Injected()) == {"c": []}


def test_values_the_run_supplies_are_not_taken_from_the_model(caplog: pytest.LogCaptureFixture) -> None:
    def take(agent: Any, a: int): ...

    with caplog.at_level(logging.WARNING, "agnolo"):
        made = Function.from_callable(take).bind('{"a": 1, "agent": "me"}', Injected(agent="the agent"))
    assert made == {"a": 1, "agent": "the agent"}
    assert [r.getMessage() for r in caplog.records] == [
        "the model gave 'agent' to take, which the run supplies: dropped"
    ]


def test_plan_is_kept_no_longer_than_its_function() -> None:
    def make() -> tuple[Function, weakref.ref[Any]]:
        def take(a: Annotated[Union[Point, Circle], "x"], b: int = 1) -> None:
            """Doc."""

        return Function.from_callable(take), weakref.ref(take)

    function, alive = make()
    function.bind('{"a": {"x": 1}}', Injected())
    function.spec(strict=True)
    assert alive() is not None
    del function
    gc.collect()
    assert alive() is None


def test_callable_that_can_not_be_referred_to_weakly_works_all_the_same() -> None:
    class Slotted:
        __slots__ = ()

        def __call__(self, a: int) -> int:
            return a

    partial = functools.partial(Slotted(), 1)
    assert Function.from_callable(Slotted()).bind('{"a": "1"}', Injected()) == {"a": 1}
    assert Function.from_callable(partial).bind("{}", Injected()) == {}


class Unhashable(functools.partial):
    __hash__ = None  # type: ignore[assignment]


def test_callable_that_can_not_be_hashed_works_all_the_same() -> None:
    assert Function.from_callable(Unhashable(search, limit=1)).bind('{"query": "q"}', Injected()) == {"query": "q"}


@pytest.mark.parametrize("kind", [Callable[[int], int], type])
def test_optional_parameter_of_a_type_without_json_form_can_be_left_out(kind: Any) -> None:
    def take(a: int, b=None): ...

    take.__annotations__["b"] = kind
    assert Function.from_callable(take).bind('{"a": 1}', Injected()) == {"a": 1}
    with pytest.raises(ToolArgumentsError, match="can be made from JSON"):
        Function.from_callable(take).bind('{"a": 1, "b": 1}', Injected())


class Broken:
    __annotations__ = {"x": "Nowhere"}


@dataclasses.dataclass
class Dangling:
    x: Nowhere  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("kind", [Dangling, list[Dangling], typing.NoReturn])
def test_type_that_can_not_be_used_is_named_with_the_parameter(kind: Any) -> None:
    with pytest.raises(ConfigurationError, match="parameter 'value' of 'take' has the type"):
        taking(kind).bind('{"value": {"x": 1}}', Injected())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KINDS: list[Any] = [int, str, Optional[bool], Color, Mixed, list[Point], Union[Point, Circle], Address, Row, Scene]
TAKERS = [taking(kind) for kind in KINDS]


@given(st.sampled_from(TAKERS), JSON)
def test_any_json_value_is_converted_or_refused_for_the_model(function: Function, value: Any) -> None:
    text = msgspec.json.encode({"value": value}).decode()
    try:
        assert function.bind(text, Injected()).keys() == {"value"}
    except ToolArgumentsError as refused:
        assert str(refused).startswith("The arguments of take do not fit: value: expected ")


@given(st.text())
def test_any_text_is_bound_or_refused_for_the_model(text: str) -> None:
    try:
        assert SEARCH.bind(text, Injected()).keys() <= {"query", "limit", "deep"}
    except ToolArgumentsError as refused:
        assert str(refused).startswith("The arguments of search ")
