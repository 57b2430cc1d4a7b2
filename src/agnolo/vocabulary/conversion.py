"""JSON values into values of Python types: by msgspec where it can, around it where it can't. Misfits raise Misfit."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import partial
from pathlib import PurePath
from typing import Annotated, Any, NamedTuple, NewType, TypeVar, Union, get_args, get_origin

import msgspec

from agnolo.vocabulary.guards import derives, is_array, is_object
from agnolo.vocabulary.pydantic_schema import is_model
from agnolo.vocabulary.records import is_named_tuple, is_record, is_typed_dict, record_fields

Converter = Callable[[Any], Any]

_MADE_FROM_JSON = (complex, PurePath, str, int, float, bytes, list, tuple, set, frozenset, deque, dict)
_CONTAINERS = (set, frozenset, tuple, deque)


class Misfit(ValueError):
    """A value does not fit. `path` leads to the place from the value's root (`.a[0]`); `reason` says what is wrong."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path.lstrip('.')}: {reason}" if path else reason)
        self.reason = reason
        self.path = path

    def below(self, path: str) -> Misfit:
        """The same, seen from further out."""
        return Misfit(self.reason, path + self.path)


def converter(kind: Any) -> Converter:  # noqa: ANN401 - any type form
    """What turns JSON values into values of `kind`; texts that spell a number, bool or null count as such.

    Made once and used often. Raises TypeError for a type that no value can be made for.
    """
    if _is_plain(kind, ()) and _is_native(kind):
        return partial(_native, kind)
    return _structural(kind)


# ---- what msgspec does


def _native(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a value of `kind`
    try:
        return msgspec.convert(value, kind, strict=False, dec_hook=_foreign)
    except msgspec.ValidationError as bad:
        reason, _, path = str(bad).partition(" - at `$")
        raise Misfit(reason.replace("`", ""), path.rstrip("`")) from bad


def _is_native(kind: Any) -> bool:  # noqa: ANN401 - any type form
    try:
        msgspec.json.Decoder(kind)
    except TypeError:
        return False
    return True


def _is_plain(kind: Any, outer: tuple[Any, ...]) -> bool:  # noqa: ANN401 - any type form
    """Whether no NamedTuple is inside: msgspec reads them from arrays, we show them to models as objects."""
    if is_named_tuple(kind):
        return False
    if kind in outer:
        return True
    inner = [field.kind for field in record_fields(kind)] if is_record(kind) else get_args(kind)
    return all(_is_plain(part, (*outer, kind)) for part in inner if not isinstance(part, str | int | list))


def _foreign(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a value of `kind`
    """The hook for types that msgspec does not know. Raises ValueError, which msgspec adds the path to."""
    if is_model(kind):
        return _model(kind, value)
    if kind is object:
        return value
    if get_origin(kind) is not None:
        return _structural(kind)(value)
    # Constructors of classes that we don't know may do anything: they are not called with a model's words.
    if not derives(kind, _MADE_FROM_JSON):
        raise Misfit(f"no value of {kind!r} can be made from JSON")
    try:
        return kind(value)
    except (TypeError, ValueError) as bad:
        raise Misfit(f"Expected {kind.__name__}, got {value!r:.60}") from bad


def _model(kind: Any, value: Any) -> Any:  # noqa: ANN401 - a pydantic model
    try:
        return kind.model_validate(value)
    except ValueError as bad:
        raise ValueError(pydantic_problems(bad)) from bad


def pydantic_problems(error: ValueError) -> str:
    """What a pydantic ValidationError says, in one line and without the links."""
    told: Callable[[], list[dict[str, Any]]] | None = getattr(error, "errors", None)
    if told is None:
        return str(error)
    return "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}".removeprefix(": ") for problem in told())


# ---- what msgspec does not


def _structural(kind: Any) -> Converter:  # noqa: ANN401 - any type form
    origin, args = get_origin(kind), get_args(kind)
    if origin is Union or origin is types.UnionType:
        return partial(_one_of, kind, [converter(arg) for arg in args])
    if isinstance(kind, NewType):
        return converter(kind.__supertype__)
    if isinstance(kind, TypeVar):
        return converter(kind.__bound__ or Any)
    if origin is Annotated:
        return converter(args[0])
    if derives(kind, (Enum,)):
        return partial(_member, kind)
    if is_record(kind):
        return _Record(kind)
    if origin is not None:
        return _container(kind, origin, args)
    if (alias := getattr(kind, "__value__", None)) is not None:  # a `type X = …` statement of Python 3.12
        return converter(alias)
    raise TypeError(f"no value of {kind!r} can be made from JSON")


def _one_of(kind: Any, members: list[Converter], value: Any) -> Any:  # noqa: ANN401 - a value of `kind`
    reasons: list[str] = []
    for member in members:
        try:
            return member(value)
        except Misfit as bad:
            reasons.append(str(bad))
    raise Misfit(f"fits no part of {_spelled(kind)} ({'; '.join(reasons)})")


def _spelled(kind: Any) -> str:  # noqa: ANN401 - any type form
    return " | ".join(getattr(arg, "__name__", str(arg)) for arg in get_args(kind))


def _member(kind: type[Enum], value: Any) -> Any:  # noqa: ANN401 - a member of `kind`
    for member in kind:
        if member.value == value or member.name == value:
            return member
    raise Misfit(f"Invalid enum value {value!r:.60}")


class _Record:
    """Makes records field by field. Its parts are made when first needed, because a record may be inside itself."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - a record class
        self._kind = kind
        self._parts: list[_Part] | None = None

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - a value of the record class
        if not is_object(value):
            raise Misfit(f"Expected object, got {type(value).__name__}")
        if self._parts is None:
            self._parts = [_Part(f.name, f.attribute, converter(f.kind), f.required) for f in record_fields(self._kind)]
        made = dict(self._fields(self._parts, value))
        return made if is_typed_dict(self._kind) else self._kind(**made)

    def _fields(self, parts: list[_Part], value: dict[str, Any]) -> Iterable[tuple[str, Any]]:
        for part in parts:
            if part.name in value:
                yield part.attribute, _at(f".{part.name}", part.convert, value[part.name])
            elif part.required:
                raise Misfit(f"Object missing required field {part.name}")


class _Part(NamedTuple):
    name: str
    attribute: str
    convert: Converter
    required: bool


def _at(path: str, convert: Converter, value: Any) -> Any:  # noqa: ANN401 - what `convert` makes
    try:
        return convert(value)
    except Misfit as bad:
        raise bad.below(path) from bad


def _container(kind: Any, origin: Any, args: tuple[Any, ...]) -> Converter:  # noqa: ANN401 - any type form
    if derives(origin, (Mapping,)):
        return partial(_mapping, converter(args[0]), converter(args[1]))
    if origin is tuple and args and args[-1] is not Ellipsis:
        return partial(_tuple, [converter(arg) for arg in args])
    if derives(origin, (Iterable,)) and args:
        # An abstract container (Sequence, Iterable, Set …) is made as the list or set that msgspec would make.
        made = origin if origin in _CONTAINERS else list
        return partial(_list, made, converter(args[0]))
    raise TypeError(f"no value of {kind!r} can be made from JSON")


def _list(made: Callable[[list[Any]], Any], item: Converter, value: Any) -> Any:  # noqa: ANN401 - what `made` makes
    if not is_array(value):
        raise Misfit(f"Expected array, got {type(value).__name__}")
    return made([_at(f"[{index}]", item, part) for index, part in enumerate(value)])


def _tuple(items: list[Converter], value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a JSON value
    if not is_array(value) or len(value) != len(items):
        raise Misfit(f"Expected array of length {len(items)}")
    return tuple(_at(f"[{index}]", item, part) for index, (item, part) in enumerate(zip(items, value, strict=True)))


def _mapping(key: Converter, item: Converter, value: Any) -> dict[Any, Any]:  # noqa: ANN401 - a JSON value
    if not is_object(value):
        raise Misfit(f"Expected object, got {type(value).__name__}")
    return {key(name): _at(f".{name}", item, part) for name, part in value.items()}
