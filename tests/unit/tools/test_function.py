"""Tools as users make them: Function, @tool, what the model is told, what the run supplies, what results read like."""

from __future__ import annotations

import functools
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pytest

from agnolo.ports.function import Function, Injected, ToolResult, result_text
from agnolo.ports.model import ToolSpec
from agnolo.ports.tool import tool
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.runs import RunContext

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent


def search(query: str, limit: int = 10, *, near: Optional[str] = None) -> str:  # noqa: UP045 - the old spelling
    """Search the shelves.

    Finds books by title
    or author.

    Args:
        query (str): What to look for,
            in words.
        limit: How many.
        near (str, optional): A place.
        ghost: Not there.

    Returns:
        str: the titles
    """
    return f"{query}, {limit}, {near}"


SEARCH_PARAMETERS = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "description": "(str) What to look for,\nin words."},
        "limit": {"type": "integer", "description": "How many."},
        "near": {"type": "string", "description": "(str) A place."},
    },
    "required": ["query"],
}
SOURCES = Path(__file__).parents[3] / "src"


def run(program: str) -> None:
    """Run a program in a fresh interpreter, as an assertion that it ends well."""
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(SOURCES)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


SEARCH_DESCRIPTION = "Search the shelves.\nFinds books by title\nor author."


# ---- what the model is told


def test_function_is_told_by_its_name_signature_and_docstring() -> None:
    assert Function.from_callable(search).spec() == ToolSpec(
        name="search", description=SEARCH_DESCRIPTION, parameters=SEARCH_PARAMETERS
    )


def test_parameter_named_without_a_word_is_not_described() -> None:
    def take(a: int):
        """Take.

        Args:
            a:
        """

    assert Function.from_callable(take).parameters["properties"] == {"a": {"type": "integer"}}


def test_numpy_and_rest_docstrings_are_understood() -> None:
    def numpy(a: int, b: str):
        """Short.

        Parameters
        ----------
        a : int
            The a.
        b : str, optional
            The b.
        """

    def rest(a: int, b: str):
        """Short.

        :param a: The a.
        :type a: int
        :param str b: The b.
        """

    expected = {
        "a": {"type": "integer", "description": "(int) The a."},
        "b": {"type": "string", "description": "(str) The b."},
    }
    for fn in (numpy, rest):
        function = Function.from_callable(fn)
        assert (function.description, function.parameters["properties"]) == ("Short.", expected)


def test_without_docstring_parser_the_whole_docstring_is_the_description() -> None:
    program = """
import sys
sys.modules["docstring_parser"] = sys.modules["pydantic"] = None
from agnolo.ports.function import Function
def search(query: str):
    '''Search.

    Args:
        query: What to look for.
    '''
spec = Function.from_callable(search).spec()
assert spec.description == "Search.\\n\\nArgs:\\n    query: What to look for.", spec.description
assert spec.parameters["properties"] == {"query": {"type": "string"}}
"""
    run(program)


def test_nothing_optional_is_imported_before_it_is_needed() -> None:
    program = """
import sys
from agnolo.ports.tool import tool
from agnolo.ports.toolkit import collect
def plain(a: int, b: list[str]): ...
toolset = collect([plain, tool(name="named")(plain)])
function = toolset.functions["plain"]
function.spec()
from agnolo.ports.function import Injected
function.bind('{"a": 1, "b": []}', Injected())
assert not {"pydantic", "docstring_parser", "asyncio"} & sys.modules.keys()
"""
    run(program)


def test_function_without_docstring_has_no_description() -> None:
    def silent(): ...

    assert Function.from_callable(silent).spec() == ToolSpec(
        name="silent", parameters={"type": "object", "properties": {}, "required": []}
    )


def test_given_name_and_description_win() -> None:
    function = Function(name="find", description="Find it.", entrypoint=search)
    assert function.spec() == ToolSpec(name="find", description="Find it.", parameters=SEARCH_PARAMETERS)
    assert Function(name="search", description=None, entrypoint=search).spec() == Function.from_callable(search).spec()
    assert Function.from_callable(search, name="find").spec().name == "find"


def test_given_schema_is_kept_and_required_follows_the_function() -> None:
    given = {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "mine"}, "limit": {"type": "integer"}, "x": {}},
        "required": ["limit", "x"],
    }
    function = Function(name="find", parameters=given, entrypoint=search)
    assert function.spec().parameters == given | {"required": ["query"], "additionalProperties": False}
    assert given["required"] == ["limit", "x"]


def test_given_schema_of_a_function_that_takes_any_keyword_keeps_its_required() -> None:
    def anything(a: int = 1, **more: Any): ...

    given = {"properties": {"a": {}, "b": {}, "c": {}}, "required": ["a", "b"]}
    function = Function(name="anything", parameters=given, entrypoint=anything)
    assert function.spec().parameters == {
        "type": "object",
        "properties": {"a": {}, "b": {}, "c": {}},
        "required": ["b"],
        "additionalProperties": False,
    }


def test_unprocessed_entrypoint_is_taken_as_given() -> None:
    given = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    function = Function(name="remote", parameters=given, entrypoint=lambda **a: a, skip_entrypoint_processing=True)
    assert function.spec() == ToolSpec(name="remote", parameters=given, description=None)
    assert function.bind('{"z": "1"}', Injected(agent="me")) == {"z": "1"}
    assert function.supplied == frozenset()
    assert Function(name="bare", skip_entrypoint_processing=True, description="d").spec() == ToolSpec(
        name="bare", description="d", parameters={"type": "object", "properties": {}}
    )


# ---- strict


STRICT_SEARCH = SEARCH_PARAMETERS | {"required": ["query", "limit", "near"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("own", "wish", "schema", "told"),
    [
        (None, None, SEARCH_PARAMETERS, None),
        (None, False, SEARCH_PARAMETERS, False),
        (None, True, STRICT_SEARCH, True),
        (True, None, STRICT_SEARCH, True),
        (True, False, STRICT_SEARCH, True),
        (False, True, SEARCH_PARAMETERS, False),
    ],
)
def test_strict_follows_the_run_unless_the_function_says_otherwise(
    own: bool | None, wish: bool | None, schema: dict[str, Any], told: bool | None
) -> None:
    spec = Function(name="search", entrypoint=search, strict=own).spec(wish)
    assert (spec.parameters, spec.strict) == (schema, told)


def test_from_callable_can_ask_for_strict() -> None:
    spec = Function.from_callable(search, strict=True).spec()
    assert (spec.parameters, spec.strict) == (STRICT_SEARCH, True)


def test_free_form_parameter_keeps_a_tool_from_being_strict() -> None:
    def store(record: dict[str, Any]): ...

    plain = Function.from_callable(store)
    assert plain.spec(strict=True) == plain.spec()
    with pytest.raises(ConfigurationError, match="tool 'store' can't be strict: 'record' takes any value"):
        Function.from_callable(store, strict=True).spec()


def test_given_schema_has_a_strict_form_too() -> None:
    given = {"type": "object", "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}}}
    spec = Function(name="find", parameters=given, entrypoint=search).spec(strict=True)
    assert spec.parameters == given | {"required": ["query", "limit"], "additionalProperties": False}


# ---- what the run supplies


CONTEXT = RunContext(run_id="r", session_id="s", session_state={"n": 1}, dependencies={"d": 2})
SUPPLIED = Injected(
    agent="the agent",
    team="the team",
    run_context=CONTEXT,
    images=[Image(url="http://i")],
    audios=[],
    videos=[],
    files=[],
)


def test_reserved_names_are_supplied_and_not_shown() -> None:
    def take(agent, team, run_context, session_state, dependencies, images, audios, videos, files, q: str): ...

    function = Function.from_callable(take)
    assert function.parameters == {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
    assert function.bind('{"q": "x"}', SUPPLIED) == {
        "q": "x",
        "agent": "the agent",
        "team": "the team",
        "run_context": CONTEXT,
        "session_state": {"n": 1},
        "dependencies": {"d": 2},
        "images": [Image(url="http://i")],
        "audios": [],
        "videos": [],
        "files": [],
    }
    assert function.supplied == set(function.bind('{"q": "x"}', SUPPLIED)) - {"q"}


def test_session_state_is_the_runs_own() -> None:
    def count(session_state: dict[str, int]) -> int:
        session_state["n"] += 1
        return session_state["n"]

    context = RunContext(run_id="r", session_id="s", session_state={"n": 1})
    count(**Function.from_callable(count).bind("", Injected(run_context=context)))
    assert context.session_state == {"n": 2}


def test_without_a_run_there_is_no_state() -> None:
    def take(session_state, dependencies, ctx: RunContext): ...

    assert Function.from_callable(take).bind("{}", Injected()) == {
        "session_state": None,
        "dependencies": None,
        "ctx": None,
    }


class OwnContext(RunContext): ...


@pytest.mark.parametrize(
    "annotation",
    [
        RunContext,
        Optional[RunContext],  # noqa: UP045 - the old spelling
        RunContext | None,
        Annotated[RunContext, "the run"],
        OwnContext,
        "RunContext",
        "Optional[RunContext]",
        "Context | None",
        "Unknown[RunContext]",
    ],
)
def test_run_context_is_supplied_under_any_name_by_annotation(annotation: Any) -> None:
    def take(ctx, q: str = "x"): ...

    take.__annotations__["ctx"] = annotation
    function = Function.from_callable(take)
    if annotation == "Context | None":  # known to type checkers only and under another name: can't be guessed
        with pytest.raises(ConfigurationError, match=r"annotation 'Context \| None' of parameter 'ctx' of 'take'"):
            function.spec()
        return
    assert function.spec().parameters["properties"] == {"q": {"type": "string"}}
    assert function.bind("{}", SUPPLIED) == {"ctx": CONTEXT}


def test_agent_is_supplied_by_an_annotation_for_type_checkers_only() -> None:
    def take(me: Agent, boss: Team | None, q: str): ...  # type: ignore[name-defined]  # noqa: F821

    assert Function.from_callable(take).bind('{"q": "x"}', SUPPLIED) == {
        "me": "the agent",
        "boss": "the team",
        "q": "x",
    }


def test_agent_is_supplied_by_its_class() -> None:
    ours = type("Agent", (), {"__module__": "agnolo.agent.agent"})
    users = type("Mine", (ours,), {})
    stranger = type("Agent", (), {"__module__": "elsewhere"})

    def take(a, b, c=None): ...

    take.__annotations__ = {"a": ours, "b": users, "c": stranger}
    assert Function.from_callable(take).bind("{}", SUPPLIED) == {"a": "the agent", "b": "the agent"}


def test_list_of_contexts_is_not_supplied() -> None:
    def take(several: list[RunContext]): ...

    assert Function.from_callable(take).parameters["required"] == ["several"]


# ---- annotations as text


class Shelf:
    pass


def test_annotations_see_what_the_function_closes_over() -> None:
    def make() -> Callable[..., Any]:
        Local = dict[str, int]

        def take(a: Local) -> Any:  # type: ignore[valid-type]
            return Local

        return take

    assert Function.from_callable(make()).parameters["properties"]["a"]["type"] == "object"


def test_unknown_annotation_is_named_with_its_parameter() -> None:
    def take(a: Nowhere, b: int): ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ConfigurationError, match="annotation 'Nowhere' of parameter 'a' of 'take' can't be resolved"):
        Function.from_callable(take).spec()


@pytest.mark.parametrize("text", ["not a type!", "Shelf.nothing", "3"])
def test_annotation_that_is_no_type_is_named_with_its_parameter(text: str) -> None:
    def take(a, b: int): ...

    take.__annotations__["a"] = text
    with pytest.raises(ConfigurationError, match="parameter 'a' of 'take'"):
        Function.from_callable(take).bind('{"a": 1, "b": 1}', Injected())


# ---- kinds of callables


class Shop:
    """A shop."""

    def sell(self, item: str) -> str:
        """Sell."""
        return f"sold {item}"

    @classmethod
    def open(cls, hour: int) -> str:
        """Open."""
        return f"{cls.__name__} opens at {hour}"

    @staticmethod
    def greet(name: str) -> str:
        """Greet."""
        return f"hello {name}"

    @tool(show_result=True)
    def close(self, hour: int) -> str:
        """Close."""
        return f"{type(self).__name__} closes at {hour}"


class Adder:
    """Adds."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __call__(self, a: int) -> int:
        return self.n + a


def logged(fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    ("fn", "name", "description", "arguments", "result"),
    [
        (Shop().sell, "sell", "Sell.", '{"item": "pen"}', "sold pen"),
        (Shop.open, "open", "Open.", '{"hour": "9"}', "Shop opens at 9"),
        (Shop.greet, "greet", "Greet.", '{"name": "you"}', "hello you"),
        (Adder(2), "Adder", "Adds.", '{"a": 3}', 5),
        (functools.partial(search, limit=3), "search", SEARCH_DESCRIPTION, '{"query": "q"}', "q, 3, None"),
        (functools.partial(search, "q"), "search", SEARCH_DESCRIPTION, '{"limit": 2}', "q, 2, None"),
        (functools.partial(Shop().sell, item="pen"), "sell", "Sell.", "{}", "sold pen"),
        (logged(search), "search", SEARCH_DESCRIPTION, '{"query": "q"}', "q, 10, None"),
        (logged(logged(Shop().sell)), "sell", "Sell.", '{"item": "pen"}', "sold pen"),
        (functools.partial(logged(search), limit=1), "search", SEARCH_DESCRIPTION, '{"query": "q"}', "q, 1, None"),
        (math.prod, "prod", "", None, None),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_any_callable_can_be_a_tool(
    fn: Callable[..., Any], name: str, description: str, arguments: str | None, result: Any
) -> None:
    function = Function.from_callable(fn)
    assert function.name == name
    if arguments is None:
        with pytest.raises(ConfigurationError, match="'iterable' of 'prod' is positional-only"):
            function.spec()
        return
    assert (function.description, fn(**function.bind(arguments, Injected()))) == (description, result)


def test_what_a_partial_fixes_is_not_shown() -> None:
    function = Function.from_callable(functools.partial(search, "q", limit=3))
    assert list(function.parameters["properties"]) == ["near"]


def test_unbound_method_shows_no_self() -> None:
    assert Function.from_callable(Shop.sell).parameters["required"] == ["item"]


def test_signature_set_by_hand_is_followed() -> None:
    import inspect

    def wrapper(**kwargs: Any) -> Any:
        return kwargs

    wrapper.__dict__["__wrapped__"] = search
    wrapper.__dict__["__signature__"] = inspect.Signature(
        [inspect.Parameter("only", inspect.Parameter.KEYWORD_ONLY, annotation=int)]
    )
    assert Function.from_callable(wrapper).parameters["properties"] == {"only": {"type": "integer"}}


def test_callable_without_a_readable_signature_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="the parameters of 'dict' can't be read"):
        Function(name="made", entrypoint=dict).spec()


def test_lambda_needs_a_name() -> None:
    with pytest.raises(ConfigurationError, match="has no name"):
        Function.from_callable(lambda x: x)
    assert Function.from_callable(lambda x: x, name="same").spec() == ToolSpec(
        name="same", parameters={"type": "object", "properties": {"x": {}}, "required": ["x"]}
    )


# ---- options


def test_stop_after_tool_call_implies_show_result() -> None:
    function = Function(name="last", entrypoint=search, stop_after_tool_call=True, show_result=False)
    assert (function.stop_after_tool_call, function.show_result) == (True, True)


def test_options_have_the_references_defaults() -> None:
    function = Function(name="f", entrypoint=search)
    assert {
        name: getattr(function, name)
        for name in ("title", "annotations", "strict", "instructions", "add_instructions", "show_result", "timeout")
    } == {
        "title": None,
        "annotations": None,
        "strict": None,
        "instructions": None,
        "add_instructions": True,
        "show_result": False,
        "timeout": None,
    }


def test_attributes_can_be_set() -> None:
    function = Function.from_callable(search)
    function.description = "Mine."
    function.parameters = {"type": "object", "properties": {"query": {"type": "string"}}}
    assert function.spec() == ToolSpec(
        name="search", description="Mine.", parameters={"type": "object", "properties": {"query": {"type": "string"}}}
    )


def test_function_without_a_name_is_refused() -> None:
    with pytest.raises(TypeError, match="Function\\(\\) needs a name"):
        Function(entrypoint=search)


def test_function_without_an_entrypoint_says_so_when_it_is_used() -> None:
    with pytest.raises(ConfigurationError, match="tool 'x' has no entrypoint"):
        Function(name="x").spec()


@pytest.mark.parametrize("seconds", [0, -1.5])
def test_timeout_must_be_positive(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match=f"timeout={seconds}"):
        Function(name="x", entrypoint=search, timeout=seconds)


def test_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"Function\(\) has no option 'show_reslt' \(did you mean 'show_result'\?\)"):
        Function(name="x", show_reslt=True)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match=r"@tool has no option 'naem' \(did you mean 'name'\?\)\. Options: add_in"):
        tool(naem="x")  # type: ignore[call-overload]


# ---- @tool


def test_tool_makes_a_function_bare_or_with_options() -> None:
    @tool
    def bare(a: int):
        """Bare."""

    @tool()
    def empty(a: int):
        """Empty."""

    @tool(name="other", description="Said.", strict=True, instructions="Use it.", stop_after_tool_call=True, timeout=3)
    def full(a: int):
        """Full."""

    parameters = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    assert bare.spec() == ToolSpec(name="bare", description="Bare.", parameters=parameters)
    assert empty.spec() == ToolSpec(name="empty", description="Empty.", parameters=parameters)
    assert full.spec() == ToolSpec(
        name="other", description="Said.", parameters=parameters | {"additionalProperties": False}, strict=True
    )
    assert (full.instructions, full.stop_after_tool_call, full.show_result, full.timeout) == ("Use it.", True, True, 3)


def test_tool_on_a_method_is_bound_to_its_instance() -> None:
    bound = Shop().close
    assert bound.spec().parameters["required"] == ["hour"]
    assert bound.entrypoint is not None
    assert bound.entrypoint(**bound.bind('{"hour": 5}', Injected())) == "Shop closes at 5"
    assert bound.show_result
    assert Shop.close is Shop.__dict__["close"]


def test_tool_refuses_what_is_no_function() -> None:
    with pytest.raises(TypeError, match="@tool decorates functions, not 'name'"):
        tool("name")  # type: ignore[call-overload]


def test_function_shows_its_name() -> None:
    assert repr(Function.from_callable(search)) == "Function(name='search')"


# ---- results


class Thing:
    def __str__(self) -> str:
        return "a thing"


def pieces() -> Iterator[Any]:
    yield "a"
    yield 1
    yield ToolResult("b")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        (None, "None"),
        (1.5, "1.5"),
        ({"a": [True, None]}, "{'a': [True, None]}"),
        ([], "[]"),
        (b"x", "b'x'"),
        (Thing(), "a thing"),
        (ToolResult("hello", images=[Image(url="http://i")], metadata={"z": 1}), "hello"),
        (pieces(), "a1b"),
    ],
)
def test_result_reads_as_the_values_text(value: Any, text: str) -> None:
    assert result_text(value) == text
