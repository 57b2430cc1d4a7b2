"""Tool arguments: the schema a model is shown, and keyword arguments made of what it sends."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any, NamedTuple, get_args
from weakref import WeakKeyDictionary

import msgspec

from agnolo.ports.extras import reach
from agnolo.ports.signatures import UNTYPED, Parameter, Signature, Source, Supply, name_of, read, source_of
from agnolo.vocabulary import codec
from agnolo.vocabulary.conversion import Converter, Misfit, converter
from agnolo.vocabulary.errors import ConfigurationError, MissingExtraError, ToolArgumentsError
from agnolo.vocabulary.executions import UserInputField
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.pydantic_schema import is_model
from agnolo.vocabulary.runs import RunContext
from agnolo.vocabulary.schema import Schema, Strict, json_schema, strictly

log = logging.getLogger("agnolo.tools")

_TOLD_TYPE = re.compile(r"^\([^)]*\) ?")
"""The type that a docstring states, before the description."""


class Injected(msgspec.Struct, frozen=True, kw_only=True):
    """What a run gives to the functions that ask for it."""

    agent: Any = None
    team: Any = None
    run_context: RunContext | None = None
    images: Sequence[Image] | None = None
    audios: Sequence[Audio] | None = None
    videos: Sequence[Video] | None = None
    files: Sequence[File] | None = None

    @property
    def session_state(self) -> dict[str, Any] | None:
        """The state of the session, to be changed in place."""
        return None if self.run_context is None else self.run_context.session_state

    @property
    def dependencies(self) -> dict[str, Any] | None:
        """The dependencies of the run."""
        return None if self.run_context is None else self.run_context.dependencies


class Docs(NamedTuple):
    """What a docstring says of a function and of each parameter."""

    description: str
    parameters: dict[str, str]


class _Read(NamedTuple):
    """A parameter the model fills: how it is shown and how its value is made."""

    parameter: Parameter
    schema: Callable[[], Schema]
    convert: Converter


class Arguments:
    """What one function asks for, worked out once. Refers to the function nowhere: it is kept while that lives."""

    def __init__(self, source: Source) -> None:
        self._name = name_of(source.function)
        self._signature: Signature = read(source)
        shown = [p for p in self._signature.parameters if p.supply is None]
        self._fallbacks = {p.name: p.fallback for p in shown if p.fallback is not None}
        self._shown = shown
        self.supplied: dict[str, Supply] = {p.name: p.supply for p in self._signature.parameters if p.supply}
        """Parameters that the run fills, and with what."""

    @property
    def required(self) -> list[str]:
        """Names without a default."""
        return [p.name for p in self._shown if p.required]

    @property
    def names(self) -> list[str]:
        """Names the model may give."""
        return [p.name for p in self._shown]

    def fields(self) -> list[UserInputField]:
        """What a person is asked for: the same names, with their types."""
        said = self.docs.parameters
        kinds = {p.name: str if p.kind is UNTYPED else p.kind for p in self._shown}
        return [
            UserInputField(name, kind, _TOLD_TYPE.sub("", said[name]) if name in said else None)
            for name, kind in kinds.items()
        ]

    @property
    def open(self) -> bool:
        """Whether further names are taken."""
        return self._signature.keywords is not None

    @cached_property
    def docs(self) -> Docs:
        """The docstring taken apart; whole when docstring_parser is not installed."""
        text = self._signature.doc
        parse = _docstring_parser() if text else None
        return parse(text) if parse else Docs(text, {})

    @cached_property
    def schema(self) -> Schema:
        """The JSON schema of the arguments. Shared: copy it to change it."""
        properties = {name: self._property(one) for name, one in self._reads.items()}
        schema: Schema = {"type": "object", "properties": properties, "required": self.required}
        return schema | {"additionalProperties": True} if self.open else schema

    @cached_property
    def strict(self) -> Strict:
        """The same in strict form."""
        return strictly(self.schema)

    def _property(self, one: _Read) -> Schema:
        said = self.docs.parameters.get(one.parameter.name)
        return one.schema() | ({"description": said} if said else {})

    @cached_property
    def _reads(self) -> dict[str, _Read]:
        return {p.name: _read(self._name, p) for p in self._shown}

    @cached_property
    def _further(self) -> _Read:
        return _read(self._name, Parameter("**", self._signature.keywords, required=True))

    def bind(self, tool: str, given: dict[str, Any], injected: Injected) -> dict[str, Any]:
        """Keyword arguments for the call. Raises ToolArgumentsError naming everything that does not fit."""
        problems: list[str] = []
        made = {name: make() for name, make in self._fallbacks.items()}
        for name, one in self._reads.items():
            if name in given:
                _take(one, name, given[name], made, problems)
            elif one.parameter.required:
                problems.append(f"{name} is missing, expected {_wanted(one)}")
        if not given.keys() <= self._reads.keys():
            self._take_further(tool, given, made, problems)
        if problems:
            raise ToolArgumentsError(f"The arguments of {tool} do not fit: {'; '.join(problems)}.")
        for name, supply in self.supplied.items():
            made[name] = getattr(injected, supply)
        return made

    def _take_further(self, tool: str, given: dict[str, Any], made: dict[str, Any], problems: list[str]) -> None:
        """Handle names that are no parameters of the model's."""
        for name in [name for name in given if name not in self._reads]:
            if name in self.supplied:
                log.warning("the model gave %r to %s, which the run supplies: dropped", name, tool)
            elif self.open:
                _take(self._further, name, given[name], made, problems)
            else:
                near = get_close_matches(name, self._reads, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(self._reads) or 'none'}"
                problems.append(f"{name} is no parameter ({hint})")


_plans: WeakKeyDictionary[Any, Arguments] = WeakKeyDictionary()
_bound_plans: WeakKeyDictionary[Any, Arguments] = WeakKeyDictionary()


def arguments_of(fn: Callable[..., Any]) -> Arguments:
    """The arguments of a callable, kept for as long as its function lives. Raises ConfigurationError."""
    source = source_of(fn)
    plans = _bound_plans if source.bound else _plans
    try:
        known = plans.get(source.function)
    except TypeError:  # can't be hashed or referred to weakly
        return Arguments(source)
    if known is None:
        known = plans[source.function] = Arguments(source)
    return known


def parse(tool: str, text: str) -> dict[str, Any]:
    """The arguments as the model wrote them; no text means none. Raises ToolArgumentsError."""
    if not text or text.isspace():
        return {}
    try:
        given = codec.loads(text)
    except msgspec.DecodeError as bad:
        raise ToolArgumentsError(f"The arguments of {tool} are no valid JSON ({bad}): send one JSON object.") from bad
    if not is_object(given):
        raise ToolArgumentsError(f"The arguments of {tool} must be one JSON object, got {_cut(text.strip(), 60)}.")
    return given


# ---- one parameter


def _read(function: str, parameter: Parameter) -> _Read:
    kind = parameter.kind
    if kind is UNTYPED:
        return _Read(parameter, dict, _as_given)
    try:
        if _needs_pydantic(kind):
            reader = reach("agnolo.ports.pydantic_models", "tools").Reader(kind)
            return _Read(parameter, reader.schema, reader.convert)
        return _Read(parameter, lambda: json_schema(kind), converter(kind))
    except (NameError, TypeError) as unknown:
        raise ConfigurationError(
            f"parameter {parameter.name!r} of {function!r} has the type {kind!r}, which can't be used: {unknown}"
        ) from unknown


def _as_given(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value


def _needs_pydantic(kind: Any) -> bool:  # noqa: ANN401 - any type form
    """Whether a type has parts from pydantic other than plain models, in view: fields of classes are not looked at."""
    if is_model(kind):
        return False
    home = getattr(kind, "__module__", "") if isinstance(kind, type) else type(kind).__module__
    if home.partition(".")[0] in ("pydantic", "pydantic_core", "annotated_types"):
        return True
    if hasattr(kind, "__get_pydantic_core_schema__") or hasattr(kind, "__pydantic_validator__"):
        return True
    return any(_needs_pydantic(part) for part in (*get_args(kind), *getattr(kind, "__metadata__", ())))


def _take(one: _Read, name: str, value: Any, made: dict[str, Any], problems: list[str]) -> None:  # noqa: ANN401 - JSON
    """Put the value of one parameter into `made`, or what is wrong with it into `problems`."""
    try:
        made[name] = _made(one.convert, value)
    except Misfit as bad:
        # Where a schema makes every name required, null is how a model leaves one out.
        if value is not None or one.parameter.required:
            told = _cut(codec.dumps(value).decode(), 60)
            problems.append(f"{name}: expected {_wanted(one)}, got {told} ({_cut(str(bad), 300)})")


def _made(convert: Converter, value: Any) -> Any:  # noqa: ANN401 - what `convert` makes
    try:
        return convert(value)
    except Misfit as first:
        meant = _meant(value)
        if meant is value:
            raise
        try:
            return convert(meant)
        except Misfit:
            raise first from None


_SPELLINGS: dict[str, Any] = {"none": None, "yes": True, "on": True, "no": False, "off": False}


def _meant(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """What a model may have meant by a text: a Python or YAML word, or JSON encoded twice. Else the value itself."""
    if not isinstance(value, str):
        return value
    if value[:1] in ("[", "{"):
        try:
            return codec.loads(value)
        except msgspec.DecodeError:
            return value
    return _SPELLINGS.get(value.lower(), value)


def _wanted(one: _Read) -> str:
    """A parameter's schema in few words: its type if that says all, else the schema itself."""
    schema = {key: part for key, part in one.schema().items() if key not in ("description", "title")}
    if schema.keys() == {"type"}:
        return str(schema["type"])
    return _cut(codec.dumps(schema).decode(), 300)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


@cache
def _docstring_parser() -> Callable[[str], Docs] | None:
    try:
        return reach("agnolo.ports.docstrings", "tools").parse
    except MissingExtraError:
        return None


# ---- parameters given by the user


def fitted(given: Schema, arguments: Arguments) -> Schema:
    """A schema the user wrote, with `required` after the function: its properties without a default there.

    A function that takes any keyword leaves `required` to the user.
    """
    required = set(arguments.required)
    if arguments.open:
        required |= {name for name in given.get("required", ()) if name not in arguments.names}
    whole: Schema = {"type": "object", "properties": {}, "additionalProperties": False, **given}
    return {**whole, "required": [name for name in whole["properties"] if name in required]}


def without(schema: Schema, names: Collection[str]) -> Schema:
    """The schema without some properties: those that a person fills in instead of the model."""
    kept = {name: part for name, part in schema["properties"].items() if name not in names}
    return {**schema, "properties": kept, "required": [name for name in schema["required"] if name not in names]}
