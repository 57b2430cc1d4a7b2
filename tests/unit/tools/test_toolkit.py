"""Toolkits, and the one set that a run makes of all the tools it was given."""

from __future__ import annotations

import functools
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from agnolo.ports.function import Function, Injected
from agnolo.ports.tool import tool
from agnolo.ports.toolkit import Toolkit, Toolset, collect
from agnolo.vocabulary.errors import ConfigurationError


class Desk(Toolkit):
    def __init__(self, **options: Any) -> None:
        self.drawer: list[str] = []
        super().__init__(name="desk", tools=[self.put, self.count, self.burn], **options)

    def put(self, thing: str) -> str:
        """Put it in."""
        self.drawer.append(thing)
        return "put"

    @tool(show_result=True)
    def count(self) -> int:
        """Count."""
        return len(self.drawer)

    async def burn(self) -> None:
        """Burn all."""
        self.drawer.clear()


def call(function: Function, arguments: str = "{}") -> Any:
    assert function.entrypoint is not None
    return function.entrypoint(**function.bind(arguments, Injected()))


def flags(toolkit: Toolkit) -> dict[str, tuple[bool, bool]]:
    return {name: (f.show_result, f.stop_after_tool_call) for name, f in toolkit.get_functions().items()}


def test_methods_of_a_toolkit_work_on_the_toolkit() -> None:
    desk = Desk()
    call(desk.functions["put"], '{"thing": "pen"}')
    assert (call(desk.functions["count"]), desk.drawer) == (1, ["pen"])


def test_sync_and_async_tools_are_told_apart() -> None:
    desk = Desk()
    assert (list(desk.functions), list(desk.async_functions)) == (["put", "count"], ["burn"])
    assert list(desk.get_functions()) == list(desk.get_async_functions()) == ["put", "count", "burn"]
    assert repr(desk) == "Desk(name='desk', functions=['put', 'count', 'burn'])"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"put": (False, False), "count": (True, False), "burn": (False, False)}),
        ({"include_tools": ["put"]}, {"put": (False, False)}),
        ({"exclude_tools": ["put"]}, {"count": (True, False), "burn": (False, False)}),
        ({"include_tools": ["put"], "exclude_tools": ["put"]}, {}),
        (
            {"stop_after_tool_call_tools": ["put"]},
            {"put": (True, True), "count": (True, False), "burn": (False, False)},
        ),
        ({"show_result_tools": ["put"]}, {"put": (True, False), "count": (True, False), "burn": (False, False)}),
        ({"auto_register": False}, {}),
    ],
    ids=str,
)
def test_options_choose_and_mark_tools(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert flags(Desk(**options)) == expected


@pytest.mark.parametrize("option", ["include_tools", "exclude_tools"])
def test_choosing_an_unknown_tool_is_refused(option: str) -> None:
    asked: dict[str, Any] = {option: ["put", "nope"]}
    with pytest.raises(ValueError, match=f"{option} of toolkit 'desk' names nope; its tools are put, count, burn"):
        Desk(**asked)


def test_choosing_from_an_empty_toolkit_is_refused() -> None:
    with pytest.raises(ValueError, match="its tools are none"):
        Toolkit(include_tools=["x"])


def test_marking_an_unknown_tool_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "agnolo"):
        Desk(show_result_tools=["nope"])
    assert [r.getMessage() for r in caplog.records] == [
        "show_result_tools of toolkit 'desk' names nope, which it does not have"
    ]


def test_timeout_of_a_toolkit_holds_for_tools_without_one() -> None:
    def quick() -> None: ...
    def slow() -> None: ...

    toolkit = Toolkit(tools=[quick, tool(timeout=60)(slow)], timeout=5)
    assert {name: f.timeout for name, f in toolkit.functions.items()} == {"quick": 5, "slow": 60}


def test_marks_of_a_toolkit_do_not_reach_the_users_function() -> None:
    @tool
    def shared() -> None: ...

    Toolkit(tools=[shared], stop_after_tool_call_tools=["shared"], timeout=1)
    assert (shared.stop_after_tool_call, shared.show_result, shared.timeout) == (False, False, None)


def test_tools_can_be_registered_later_and_under_another_name() -> None:
    desk = Desk(auto_register=False)
    desk.register(desk.put, name="store")
    desk.register(lambda: 1, name="one")
    desk.register(lambda: 2, name="one")
    assert (list(desk.functions), call(desk.functions["one"])) == (["store", "one"], 2)


def test_async_forms_are_preferred_where_asked_for() -> None:
    def fetch() -> str:
        return "sync"

    async def afetch() -> str:
        return "async"

    async def only() -> str:
        return "only"

    toolkit = Toolkit(tools=[fetch], async_tools=[(afetch, "fetch"), (only, "only")])
    assert {n: f.entrypoint for n, f in collect([toolkit]).functions.items()} == {"fetch": fetch, "only": only}
    preferred = collect([toolkit], prefer_async=True)
    assert {n: f.entrypoint for n, f in preferred.functions.items()} == {"fetch": afetch, "only": only}
    assert toolkit.async_tools == [(afetch, "fetch"), (only, "only")]


@pytest.mark.parametrize("wrong", ["search", 5, None, dict, Desk])
def test_toolkit_refuses_what_is_no_tool(wrong: Any) -> None:
    with pytest.raises(TypeError, match="is no tool: give a function"):
        Toolkit(tools=[wrong])


def test_unknown_option_of_a_toolkit_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"Desk\(\) has no option 'include_tool' \(did you mean 'include_tools'\?\)"):
        Desk(include_tool=["put"])


def test_toolkit_has_an_id() -> None:
    assert (Toolkit().id, Toolkit(name="a").id, Toolkit(name="a", id="b").id) == ("toolkit", "a", "b")


# ---- collect


def plain(a: int) -> int:
    return a


class Caller:
    def __call__(self) -> str:
        return "called"


def test_everything_that_can_be_a_tool_is_collected_in_order() -> None:
    async def later() -> None: ...

    given = [plain, Desk(), Function(name="own", entrypoint=plain), {"type": "web_search"}, Caller(), Desk().put]
    toolset = collect([*given, functools.partial(sorted, key=len), later])
    assert list(toolset.functions) == ["plain", "put", "count", "burn", "own", "Caller", "sorted", "later"]
    assert toolset.builtins == [{"type": "web_search"}]
    assert collect([]) == Toolset(functions={}, builtins=[], instructions=[])


def test_instructions_are_collected_where_they_are_wanted() -> None:
    toolset = collect(
        [
            Toolkit(tools=[plain], instructions="Count well.", add_instructions=True),
            Toolkit(name="quiet", instructions="Unsaid."),
            Function(name="a", entrypoint=plain, instructions="Use a."),
            Function(name="b", entrypoint=plain, instructions="Unsaid.", add_instructions=False),
        ]
    )
    assert toolset.instructions == ["Count well.", "Use a."]


def test_first_of_two_tools_with_one_name_stays_and_the_other_is_warned_about_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = Function(name="twice_in_this_test", entrypoint=lambda: 1)
    second = Function(name="twice_in_this_test", entrypoint=lambda: 2)
    with caplog.at_level(logging.WARNING, "agnolo"):
        assert collect([first, second, second]).functions == {"twice_in_this_test": first}
        collect([first, second])
    assert [r.getMessage() for r in caplog.records] == ["two tools are named 'twice_in_this_test': the first is used"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("search", "'search' is no tool: give a function, a Function, a Toolkit, or a dict for the provider"),
        (5, "5 is no tool: give a function, a Function, a Toolkit, or a dict for the provider"),
        (None, "None is no tool: give a function, a Function, a Toolkit, or a dict for the provider"),
        (Desk, "Desk is a class: give an instance, Desk()"),
    ],
)
def test_collecting_what_is_no_tool_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        collect([wrong])
    assert str(raised.value) == message


def test_collecting_a_function_that_can_not_run_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="tool 'x' has no entrypoint"):
        collect([Function(name="x")])


# ---- generators


def count(n: int, times: int = 1) -> Iterator[Any]:
    """Count up."""
    yield from range(n * times)


async def acount(n: int) -> AsyncIterator[str]:
    """Count up."""
    for number in range(n):
        yield str(number)


class Streams:
    def __call__(self, n: int) -> Iterator[str]:
        """Count up."""
        yield from map(str, range(n))


class Shelf(Toolkit):
    def __init__(self) -> None:
        super().__init__(tools=[self.count])

    @tool
    def count(self, n: int) -> Iterator[str]:
        """Count up."""
        yield from map(str, range(n))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (count, "count"),
        (Function(name="named", entrypoint=count), "named"),
        (functools.partial(count, times=1), "count"),
        (Streams(), "Streams"),
        (Streams().__call__, "__call__"),
        (Shelf(), "count"),
    ],
    ids=["function", "Function", "partial", "object", "method", "toolkit"],
)
def test_pieces_of_a_generator_are_joined_inside_the_call(given: Any, name: str) -> None:
    function = collect([given]).functions[name]
    assert (call(function, '{"n": "3"}'), function.spec().description) == ("012", "Count up.")


@pytest.mark.anyio
async def test_pieces_of_an_async_generator_are_joined_inside_the_call() -> None:
    function = collect([acount]).functions["acount"]
    assert function.spec().parameters["required"] == ["n"]
    assert await call(function, '{"n": 3}') == "012"
    toolkit = Toolkit(tools=[acount])
    assert list(toolkit.async_functions) == ["acount"]
