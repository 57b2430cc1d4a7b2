"""The calculator and the clock, called as a model calls them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from agnolo.ports.function import Injected
from agnolo.ports.toolkit import collect
from agnolo.tools.calculator import CalculatorTools
from agnolo.tools.clock import ClockTools, get_current_time
from agnolo.vocabulary.errors import ToolArgumentsError


def call(toolkit: Any, name: str, arguments: str) -> str:
    function = collect([toolkit]).functions[name]
    assert function.entrypoint is not None
    return function.entrypoint(**function.bind(arguments, Injected()))


def test_calculator_has_the_references_functions() -> None:
    toolkit = CalculatorTools()
    assert (toolkit.name, list(toolkit.functions)) == (
        "calculator",
        ["add", "subtract", "multiply", "divide", "exponentiate", "factorial", "is_prime", "square_root"],
    )
    assert toolkit.functions["divide"].parameters == {
        "type": "object",
        "properties": {
            "a": {"type": "number", "description": "(float) Numerator."},
            "b": {"type": "number", "description": "(float) Denominator."},
        },
        "required": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("add", '{"a": 1, "b": "2"}', {"operation": "addition", "result": 3.0}),
        ("subtract", '{"a": 1, "b": 2}', {"operation": "subtraction", "result": -1.0}),
        ("multiply", '{"a": 1.5, "b": 2}', {"operation": "multiplication", "result": 3.0}),
        ("multiply", '{"a": 1e300, "b": 1e300}', {"operation": "multiplication", "error": "The result is too large"}),
        ("divide", '{"a": 1, "b": 2}', {"operation": "division", "result": 0.5}),
        ("divide", '{"a": 1, "b": 0}', {"operation": "division", "error": "Division by zero is undefined"}),
        ("exponentiate", '{"a": 2, "b": 10}', {"operation": "exponentiation", "result": 1024.0}),
        ("exponentiate", '{"a": 10, "b": 999}', {"operation": "exponentiation", "error": "The result is too large"}),
        (
            "exponentiate",
            '{"a": -8, "b": 0.5}',
            {"operation": "exponentiation", "error": "The result is no real number"},
        ),
        ("factorial", '{"n": 5}', {"operation": "factorial", "result": 120}),
        (
            "factorial",
            '{"n": -1}',
            {"operation": "factorial", "error": "Factorial of a negative number is undefined"},
        ),
        ("factorial", '{"n": 100000}', {"operation": "factorial", "error": "Factorials are calculated up to 1000"}),
        ("is_prime", '{"n": 7}', {"operation": "prime_check", "result": True}),
        ("is_prime", '{"n": 1}', {"operation": "prime_check", "result": False}),
        ("is_prime", '{"n": -7}', {"operation": "prime_check", "result": False}),
        ("is_prime", '{"n": 49}', {"operation": "prime_check", "result": False}),
        (
            "is_prime",
            '{"n": 1000000000000000}',
            {"operation": "prime_check", "error": "Numbers are checked up to 100000000000000"},
        ),
        ("square_root", '{"n": 9}', {"operation": "square_root", "result": 3.0}),
        (
            "square_root",
            '{"n": -9}',
            {"operation": "square_root", "error": "Square root of a negative number is undefined"},
        ),
    ],
)
def test_calculator_answers_with_its_operation(name: str, arguments: str, answer: dict[str, Any]) -> None:
    assert msgspec.json.decode(call(CalculatorTools(), name, arguments)) == answer


def test_large_factorial_is_exact() -> None:
    import json
    import math

    assert json.loads(call(CalculatorTools(), "factorial", '{"n": 30}'))["result"] == math.factorial(30)


def test_toolkits_take_the_options_of_toolkits() -> None:
    assert list(CalculatorTools(include_tools=["add"]).functions) == ["add"]
    assert ClockTools(timeout=3).functions["get_current_time"].timeout == 3


@pytest.mark.parametrize(
    ("arguments", "zone", "offset"),
    [
        ("{}", "UTC", timedelta(0)),
        ('{"timezone": "utc"}', "utc", timedelta(0)),
        ('{"timezone": "Asia/Tokyo"}', "Asia/Tokyo", timedelta(hours=9)),
    ],
)
def test_clock_tells_time_weekday_and_zone(arguments: str, zone: str, offset: timedelta) -> None:
    told = call(ClockTools(), "get_current_time", arguments)
    moment, _, rest = told.partition(" ")
    parsed = datetime.fromisoformat(moment)
    assert (parsed.utcoffset(), rest) == (offset, f"({parsed:%A}, {zone})")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe"])
def test_clock_refuses_unknown_zones(zone: str) -> None:
    with pytest.raises(ToolArgumentsError) as raised:
        get_current_time(zone)
    assert str(raised.value) == f"timezone {zone!r} is unknown: use an IANA name such as Europe/Paris"
