"""A tool as users hold it: a function with what the model is told of it and how its result is treated."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import cached_property, partial
from types import MethodType
from typing import Any, NoReturn, Self, TypedDict, Unpack

import msgspec

from agnolo.ports.arguments import Arguments, Injected, arguments_of, fitted, parse, without
from agnolo.ports.model import ToolSpec
from agnolo.ports.signatures import Supply, name_of
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.executions import UserInputField
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.schema import Schema, Strict, strictly

__all__ = ["Function", "FunctionOptions", "Injected", "ToolOptions", "ToolResult", "result_text"]


class ToolOptions(TypedDict, total=False):
    """What can be said of a tool. `title` and `annotations` are hints for clients; `timeout` is in seconds.

    `strict` None leaves the strict mode to the run. `stop_after_tool_call` implies `show_result`. A call waits for a
    person with one of `requires_confirmation`, `requires_user_input` (`user_input_fields`: the arguments that the model
    does not give) and `external_execution`. `pre_hook` and `post_hook` see the call; `tool_hooks` stand around it, the
    first outermost. With `cache_results` a result is kept in files for `cache_ttl` seconds.
    """

    name: str
    description: str | None
    title: str | None
    annotations: dict[str, Any] | None
    strict: bool | None
    instructions: str | None
    add_instructions: bool
    show_result: bool
    stop_after_tool_call: bool
    requires_confirmation: bool | None
    requires_user_input: bool | None
    user_input_fields: list[str] | None
    external_execution: bool | None
    external_execution_silent: bool | None
    pre_hook: Callable[..., Any] | None
    post_hook: Callable[..., Any] | None
    tool_hooks: list[Callable[..., Any]] | None
    cache_results: bool
    cache_dir: str | None
    cache_ttl: int
    timeout: float | None


class FunctionOptions(ToolOptions, total=False):
    """What can be said of a Function: with `skip_entrypoint_processing` schema and arguments are taken as given.

    `has_side_effects` says whether a call changes anything outside; None: not said.
    """

    parameters: Schema
    entrypoint: Callable[..., Any] | None
    skip_entrypoint_processing: bool
    approval_type: str | None
    user_input_schema: list[UserInputField] | None
    has_side_effects: bool | None


SAVED = (
    "name", "description", "parameters", "strict", "requires_confirmation", "external_execution", "approval_type",
)  # fmt: skip
"""What a saved tool keeps; all else comes from the tool of that name that is there when it is loaded."""
TOOL_OPTIONS = frozenset(ToolOptions.__annotations__)
FUNCTION_OPTIONS = frozenset({*ToolOptions.__annotations__, *FunctionOptions.__annotations__})
WAITS = ("requires_user_input", "requires_confirmation", "external_execution")
"""Options that make a call wait for a person; a tool has at most one."""


def refuse(owner: str, wrong: Iterable[str], known: Iterable[str], error: type[Exception] = TypeError) -> NoReturn:
    """Raise for options that do not exist, naming the nearest."""
    names, known = sorted(wrong), list(known)
    near = [
        f"{name!r}" + "".join(f" (did you mean {n!r}?)" for n in get_close_matches(name, known, 1)) for name in names
    ]
    raise error(f"{owner} has no option {', '.join(near)}. Options: {', '.join(sorted(known))}")


class Function:
    """A tool. Made by `from_callable`, `@tool` or by hand; schema and description are worked out when first needed."""

    name: str
    title: str | None = None
    annotations: dict[str, Any] | None = None
    strict: bool | None = None
    instructions: str | None = None
    add_instructions: bool = True
    entrypoint: Callable[..., Any] | None = None
    show_result: bool = False
    stop_after_tool_call: bool = False
    requires_confirmation: bool | None = None
    requires_user_input: bool | None = None
    user_input_fields: list[str] | None = None
    external_execution: bool | None = None
    external_execution_silent: bool | None = None
    approval_type: str | None = None
    has_side_effects: bool | None = None
    pre_hook: Callable[..., Any] | None = None
    post_hook: Callable[..., Any] | None = None
    tool_hooks: list[Callable[..., Any]] | None = None
    cache_results: bool = False
    cache_dir: str | None = None
    cache_ttl: int = 3600
    timeout: float | None = None
    skip_entrypoint_processing: bool = False
    owning_toolkit: str | None = None
    _fit: bool = False
    _read: tuple[Callable[..., Any], Arguments] | None = None
    """The entrypoint that was read last, and what it asks for: asked for several times a call."""

    def __init__(self, **options: Unpack[FunctionOptions]) -> None:
        given = checked("Function()", {**options}, FUNCTION_OPTIONS, TypeError)
        if "name" not in given:
            raise TypeError("Function() needs a name: Function(name=...) or Function.from_callable(fn)")
        # What is given stands in the instance; what is not is worked out by the cached property of that name.
        self.__dict__.update(given)
        self._fit = "parameters" in given and not self.skip_entrypoint_processing

    @classmethod
    def from_callable(cls, fn: Callable[..., Any], name: str | None = None, strict: bool = False) -> Self:  # noqa: FBT001, FBT002 - the reference's signature
        """The tool made of a callable: named after it, told by its docstring. Nothing is worked out yet."""
        made = cls.__new__(cls)
        own = made.__dict__
        own["name"] = name or name_of(fn)
        own["entrypoint"] = fn
        if strict:
            own["strict"] = True
        if own["name"] == "<lambda>":
            raise ConfigurationError(f"{fn!r} has no name: give one with Function.from_callable(fn, name=...)")
        return made

    def to_dict(self) -> dict[str, Any]:
        """What a saved agent keeps of it: what the model is told and how a call is approved, not what it does."""
        schema = self.parameters if self._own_schema else deepcopy(self._schema)
        told = {"name": self.name, "description": self.description, "parameters": schema}
        own = {name: self.__dict__[name] for name in SAVED if name in self.__dict__}
        return {name: value for name, value in {**told, **own}.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The tool as it was saved, without what it does: a registry gives it that back."""
        return cls(**{name: data[name] for name in SAVED if data.get(name) is not None})

    def worded(self, saved: Mapping[str, Any]) -> Self:
        """The tool as a saved one tells the model of it; what it does stays."""
        made = self.having(**{name: saved[name] for name in SAVED if saved.get(name) is not None})
        made._fit = made._own_schema and not made.skip_entrypoint_processing
        return made

    def __get__(self, instance: object | None, owner: type | None = None) -> Self:
        """A tool among a class's attributes is bound to the instance like any method."""
        if instance is None or self.entrypoint is None:
            return self
        return self.having(entrypoint=MethodType(self.entrypoint, instance))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    def having(self, **options: Unpack[FunctionOptions]) -> Self:
        """A copy with other options."""
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.__dict__.update(options)
        made._fit = made._fit and not made.skip_entrypoint_processing
        return made

    @cached_property
    def description(self) -> str | None:
        """What the model is told of it: the docstring without its sections, unless given."""
        said = self._arguments.docs.description
        if said or inspect.isroutine(self.entrypoint) or isinstance(self.entrypoint, partial):
            return said
        return inspect.getdoc(type(self.entrypoint)) or ""

    @cached_property
    def parameters(self) -> Schema:
        """The JSON schema of the arguments: as given, else after the signature. Yours to change."""
        return {"type": "object", "properties": {}} if self.skip_entrypoint_processing else deepcopy(self._schema)

    @cached_property
    def user_input_schema(self) -> list[UserInputField] | None:
        """What a person fills in: all arguments, with their types and what the docstring says of them."""
        return self._arguments.fields() if self.requires_user_input else None

    @property
    def waits(self) -> bool:
        """Whether a call of it waits for a person."""
        return bool(self.requires_confirmation or self.requires_user_input or self.external_execution)

    @property
    def supplied(self) -> frozenset[Supply]:
        """What it wants from the run besides the model's arguments."""
        return frozenset() if self.skip_entrypoint_processing else frozenset(self._arguments.supplied.values())

    def spec(self, strict: bool | None = None) -> ToolSpec:  # noqa: FBT001 - the one thing that can be said
        """What is sent to the model. `strict` is the run's wish, followed where the schema can be strict.

        Raises ConfigurationError when the tool itself insists on strict and its schema can't be.
        """
        strict = strict if self.strict is None else self.strict
        if not strict:
            return self._spec(self._schema, strict)
        form = self._strict
        if form.obstacle is None:
            return self._spec(form.schema, strict=True)
        if self.strict:
            raise ConfigurationError(
                f"tool {self.name!r} can't be strict: {form.obstacle.lstrip('.')!r} takes any value; "
                "give it a type with known fields, or leave strict out"
            )
        return self._spec(self._schema, strict=None)

    def _spec(self, schema: Schema, strict: bool | None) -> ToolSpec:  # noqa: FBT001 - as spec()
        return ToolSpec(name=self.name, description=self.description or None, parameters=schema, strict=strict)

    def bind(self, arguments: str, injected: Injected) -> dict[str, Any]:
        """Keyword arguments for `entrypoint`, made of the model's JSON and what the run supplies.

        Raises ToolArgumentsError with a message the model can act upon.
        """
        return self.fit(parse(self.name, arguments), injected)

    def fit(self, given: dict[str, Any], injected: Injected) -> dict[str, Any]:
        """The same for arguments that are no longer JSON text."""
        return given if self.skip_entrypoint_processing else self._arguments.bind(self.name, given, injected)

    @property
    def _arguments(self) -> Arguments:
        known = self._read
        if known is not None and known[0] is self.entrypoint:
            return known[1]
        if self.entrypoint is None:
            raise ConfigurationError(f"tool {self.name!r} has no entrypoint: give the function that does the work")
        read = arguments_of(self.entrypoint)
        self._read = self.entrypoint, read
        return read

    @property
    def _strict(self) -> Strict:
        return strictly(self._schema) if self._own_schema or self.user_input_fields else self._arguments.strict

    @property
    def _own_schema(self) -> bool:
        return self.skip_entrypoint_processing or "parameters" in self.__dict__

    @property
    def _schema(self) -> Schema:
        """The schema as sent: shared with other tools of the same function unless the user has put a hand on it."""
        if not self._own_schema:
            schema, kept_back = self._arguments.schema, self.user_input_fields
            return without(schema, kept_back) if kept_back else schema
        return fitted(self.parameters, self._arguments) if self._fit else self.parameters


def checked(owner: str, given: dict[str, Any], known: frozenset[str], error: type[Exception]) -> dict[str, Any]:
    """The options without those that ask for nothing. Raises for what is unknown or contradicts itself."""
    if not given.keys() <= known:
        refuse(owner, given.keys() - known, known, error)
    options = dict(given)
    if options.get("stop_after_tool_call"):
        options["show_result"] = True
    if options.get("user_input_fields"):
        options["requires_user_input"] = True
    if sum(bool(options.get(name)) for name in WAITS) > 1:
        raise ConfigurationError(f"{owner} takes at most one of {', '.join(WAITS)}: a call waits for one thing")
    if (seconds := options.get("timeout")) is not None and seconds <= 0:
        raise ConfigurationError(f"timeout={seconds!r}: give a number of seconds above 0, or None for no limit")
    for name in ("description", "parameters", "user_input_schema"):
        if name in options and options[name] is None:
            del options[name]
    return options


# ---- results


class ToolResult(msgspec.Struct, frozen=True):
    """A result with media. `content` is what the model reads, `metadata` stays with the run."""

    content: str
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audios: list[Audio] | None = None
    files: list[File] | None = None
    metadata: dict[str, Any] | None = None


def result_text(value: Any) -> str:  # noqa: ANN401 - whatever a tool returns
    """A tool's result as the model reads it: str() of it, not JSON; the pieces of a generator joined."""
    if isinstance(value, str):
        return value
    if isinstance(value, ToolResult):
        return value.content
    return _joined(value) if _is_generator(value) else str(value)


def _is_generator(value: object) -> bool:
    return isinstance(value, Generator)


def _joined(pieces: Iterable[Any]) -> str:
    return "".join(result_text(piece) for piece in pieces)


def runnable(function: Function) -> Function:
    """The function as a run calls it: a generator's pieces are collected inside the call, where its time is counted."""
    fn: Any = function.entrypoint
    if fn is None:
        raise ConfigurationError(f"tool {function.name!r} has no entrypoint: give the function that does the work")
    code = getattr(fn, "__code__", None)
    if code is not None and not code.co_flags & _GENERATORS:
        return function
    call = _called(fn)
    if inspect.isasyncgenfunction(call):
        return function.having(entrypoint=_collected_async(fn))
    return function.having(entrypoint=_collected(fn)) if inspect.isgeneratorfunction(call) else function


def _called(fn: Any) -> Any:  # noqa: ANN401 - any callable
    """The function that runs: of a callable object its `__call__`."""
    runs_itself: bool = any((inspect.isroutine(fn), isinstance(fn, partial)))
    return fn if runs_itself else type(fn).__call__


_GENERATORS = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def _collected(fn: Callable[..., Iterable[Any]]) -> Callable[..., str]:
    def collect(**arguments: Any) -> str:
        return _joined(fn(**arguments))

    collect.__dict__["__wrapped__"] = fn
    return collect


def _collected_async(fn: Callable[..., AsyncIterator[Any]]) -> Callable[..., Awaitable[str]]:
    async def collect(**arguments: Any) -> str:
        return "".join([result_text(piece) async for piece in fn(**arguments)])

    collect.__dict__["__wrapped__"] = fn
    return collect
