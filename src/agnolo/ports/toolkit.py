"""Sets of tools: Toolkit, which users subclass, and the Toolset that a run makes of all it was given."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypedDict, Unpack

import msgspec

from agnolo.ports.approval import MARK, marked
from agnolo.ports.function import Function, checked, runnable
from agnolo.ports.model import ToolSpec
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_object

log = logging.getLogger("agnolo.tools")

Tool = Function | Callable[..., Any]


class WordlessToolkitOptions(TypedDict, total=False):
    """What can be said of a toolkit but for its instructions. `timeout` is for tools that have none of their own.

    `cache_*` hold for those that do not cache already.
    """

    id: str | None
    async_tools: Sequence[tuple[Callable[..., Any], str]] | None
    include_tools: Sequence[str] | None
    exclude_tools: Sequence[str] | None
    requires_confirmation_tools: Sequence[str] | None
    external_execution_required_tools: Sequence[str] | None
    stop_after_tool_call_tools: Sequence[str] | None
    show_result_tools: Sequence[str] | None
    cache_results: bool
    cache_ttl: int
    cache_dir: str | None
    timeout: float | None
    auto_register: bool


class ToolkitOptions(WordlessToolkitOptions, total=False):
    """What can be said of a toolkit."""

    instructions: str | None
    add_instructions: bool


_OPTIONS = frozenset({*WordlessToolkitOptions.__annotations__, *ToolkitOptions.__annotations__})
_CACHING = ("cache_results", "cache_ttl", "cache_dir")


class Toolkit:
    """Tools that belong together. `functions` are called in any run; `async_functions` are preferred in async ones.

    One that needs a connection sets `_requires_connect` and overrides `connect` and `close`: a run calls them before
    the model is asked and when it ends, however it ends; of runs that overlap the first connects and the last closes.
    """

    _requires_connect: bool = False

    def __init__(
        self, name: str = "toolkit", tools: Sequence[Tool] | None = None, **options: Unpack[ToolkitOptions]
    ) -> None:
        given = checked(f"{type(self).__name__}()", {**options}, _OPTIONS, TypeError)
        self.name = name
        self.id: str = given.get("id") or name
        self.tools = list(tools or ())
        self.async_tools: list[tuple[Callable[..., Any], str]] = list(given.get("async_tools") or ())
        self.instructions: str | None = given.get("instructions")
        self.add_instructions: bool = given.get("add_instructions", False)
        self.timeout: float | None = given.get("timeout")
        self.functions: dict[str, Function] = {}
        self.async_functions: dict[str, Function] = {}
        self._include = self._known_names("include_tools", given)
        self._exclude = self._known_names("exclude_tools", given)
        self._confirm = self._known_names("requires_confirmation_tools", given)
        self._external = self._known_names("external_execution_required_tools", given)
        self._cached: dict[str, Any] = {name: given[name] for name in _CACHING if name in given}
        self._stop = self._known_names("stop_after_tool_call_tools", given)
        self._show = self._known_names("show_result_tools", given)
        if given.get("auto_register", True):
            for one in self.tools:
                self.register(one)
            for one, public_name in self.async_tools:
                self.register(one, public_name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, functions={list(self.functions | self.async_functions)})"

    @property
    def requires_connect(self) -> bool:
        """Whether runs connect it and close it."""
        return self._requires_connect

    def connect(self) -> None:
        """Open what the tools need. Plain, never async. What it raises ends the run as ToolkitConnectionError."""

    def close(self) -> None:
        """Let go of it. What it raises is logged."""

    def register(self, function: Tool, name: str | None = None) -> None:
        """Add a tool, unless include_tools or exclude_tools leave it out. Another of the same name is replaced."""
        made = _as_function(function, name)
        if made.name in self._exclude or (self._include and made.name not in self._include):
            return
        if made.timeout is None:
            made.timeout = self.timeout
        made.requires_confirmation = made.requires_confirmation or (made.name in self._confirm or None)
        made.external_execution = made.external_execution or (made.name in self._external or None)
        if self._cached.get("cache_results") and not made.cache_results:
            vars(made).update(self._cached)
        made.stop_after_tool_call = made.stop_after_tool_call or made.name in self._stop
        made.show_result = made.show_result or made.name in self._show or made.stop_after_tool_call
        functions = self.async_functions if _is_async(made) else self.functions
        functions[made.name] = made

    def get_functions(self) -> dict[str, Function]:
        """The tools of a sync run: those that have a sync form, then the async ones."""
        return self.functions | {n: f for n, f in self.async_functions.items() if n not in self.functions}

    def get_async_functions(self) -> dict[str, Function]:
        """The tools of an async run: the async form where there is one."""
        return self.functions | self.async_functions

    def _known_names(self, option: str, given: dict[str, Any]) -> frozenset[str]:
        """The names of one option, which must be those of tools given here."""
        names = frozenset[str](given.get(option) or ())
        if not names:
            return names
        known = [_as_function(one, None).name for one in self.tools] + [public for _, public in self.async_tools]
        if unknown := sorted(names - set(known)):
            problem = f"{option} of toolkit {self.name!r} names {', '.join(unknown)}"
            if option in ("include_tools", "exclude_tools"):
                raise ConfigurationError(f"{problem}; its tools are {', '.join(known) or 'none'}")
            log.warning("%s, which it does not have", problem)
        return names


def _as_function(given: Tool, name: str | None) -> Function:
    """A Function of the toolkit's own, so that its options can be set. Raises TypeError for what is no tool."""
    if isinstance(given, Function):
        return given.having(name=name or given.name)
    if not callable(given) or isinstance(given, type):
        raise TypeError(f"{given!r} is no tool: give a function, a method or a Function")
    return tool_of(given, name)


def tool_of(given: Callable[..., Any], name: str | None = None) -> Function:
    """The tool made of a callable, with the approval it is marked with."""
    made, kind = Function.from_callable(given, name=name), getattr(given, MARK, None)
    return made if kind is None else made.having(**marked({}, kind))


def _is_async(function: Function) -> bool:
    return inspect.iscoroutinefunction(function.entrypoint) or inspect.isasyncgenfunction(function.entrypoint)


def factory_of(tools: object) -> Callable[..., Any] | None:
    """The function that gives an agent's tools for each run, if `tools` is one."""
    return tools if callable(tools) and not isinstance(tools, (Toolkit, Function, type)) else None


def listed(tools: Sequence[Any] | Callable[..., Any] | None) -> Sequence[Any]:
    """An agent's tools as they were given; none where a function gives them. Raises ConfigurationError for one tool."""
    if tools is None or factory_of(tools) is not None:
        return ()
    if callable(tools) or isinstance(tools, (Toolkit, Function)):
        raise ConfigurationError(f"tools={tools!r} is no list: write tools=[...]")
    return tools


class Toolset(msgspec.Struct, frozen=True, kw_only=True):
    """All tools of a run: functions by name, tools the provider runs itself, and what the model is told besides.

    `connectable` are the toolkits that have to be connected.
    """

    functions: dict[str, Function]
    builtins: list[dict[str, Any]]
    instructions: list[str]
    connectable: list[Toolkit] = []

    def specs(self, *, strict: bool | None = None) -> list[ToolSpec]:
        """What the model is told of the functions, in the order of their names: the same tools tell the same."""
        return [function.spec(strict) for function in sorted(self.functions.values(), key=attrgetter("name"))]


def collect(tools: Iterable[Any], *, prefer_async: bool = False) -> Toolset:
    """One set of all that `tools` hold: toolkits, callables, Functions, and dicts for the provider.

    Of two tools with one name the first stays and a warning is logged once. Raises TypeError for anything else.
    """
    functions: dict[str, Function] = {}
    builtins: list[dict[str, Any]] = []
    instructions: list[str] = []
    connectable: list[Toolkit] = []
    for given in tools:
        if isinstance(given, Function):
            _add(functions, given)
        elif isinstance(given, Toolkit):
            for function in (given.get_async_functions() if prefer_async else given.get_functions()).values():
                _add(functions, function)
            if given.instructions and given.add_instructions:
                instructions.append(given.instructions)
            if given.requires_connect and all(known is not given for known in connectable):
                connectable.append(given)
        elif is_object(given):
            builtins.append(given)
        elif callable(given) and not isinstance(given, type):
            _add(functions, tool_of(given))
        else:
            raise TypeError(_no_tool(given))
    instructions += [f.instructions for f in functions.values() if f.instructions and f.add_instructions]
    return Toolset(functions=functions, builtins=builtins, instructions=instructions, connectable=connectable)


_told: set[str] = set()


def _add(functions: dict[str, Function], function: Function) -> None:
    if function.name not in functions:
        functions[function.name] = runnable(function)
    elif function.name not in _told:
        _told.add(function.name)
        log.warning("two tools are named %r: the first is used", function.name)


def _no_tool(given: object) -> str:
    if isinstance(given, type):
        return f"{given.__name__} is a class: give an instance, {given.__name__}()"
    return f"{given!r} is no tool: give a function, a Function, a Toolkit, or a dict for the provider"
