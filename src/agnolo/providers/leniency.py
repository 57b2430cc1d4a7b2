"""Replies whose fields are not of the type that was agreed: what fits is kept, what does not counts as not said.

The strict decoders are the fast way; this one is for the replies that they refuse.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from agnolo.vocabulary.guards import is_array, is_object

Said = TypeVar("Said")
_LOST = object()
"""Stands for a value that can't be made to fit."""


def mended(body: bytes, kind: type[Said]) -> Said:
    """The JSON as this struct, or list of them, whatever its fields are.

    Numbers may be strings and strings numbers, a lone object stands for a list of one, null for what is missing; a
    field (or an item) that still does not fit is left out. Raises msgspec.DecodeError for what is nothing of the sort.
    """
    value: Any = msgspec.json.decode(body)
    fitting = _fit(value, _known(kind))
    return msgspec.convert(value if fitting is _LOST else fitting, kind, strict=False)


@cache
def _known(kind: type[Any]) -> inspect.Type:
    return inspect.type_info(kind)


def _object(value: dict[str, Any], fields: tuple[inspect.Field, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in fields:
        if field.encode_name in value:
            fitting = _fit(value[field.encode_name], field.type)
            if fitting is not _LOST:
                made[field.encode_name] = fitting
    return made


def _fit(value: Any, kind: inspect.Type) -> Any:  # noqa: ANN401 - a JSON value
    match kind:
        case inspect.AnyType():
            return value
        case inspect.UnionType():
            return _first(value, kind.types)
        case inspect.StructType():
            return _object(value, kind.fields) if is_object(value) else _LOST
        case inspect.ListType():
            return _items(value, kind.item_type)
        case inspect.DictType():
            return value if is_object(value) else _LOST
        case inspect.NoneType():
            return None if value is None else _LOST
        case _:
            return _plain(value, kind)


def _first(value: Any, kinds: tuple[inspect.Type, ...]) -> Any:  # noqa: ANN401 - a JSON value
    """As the kind that it is, else as the first that it can be made."""
    for kind in kinds:
        if _is(value, kind):
            return _fit(value, kind)
    return next((fitting for kind in kinds if (fitting := _fit(value, kind)) is not _LOST), _LOST)


def _is(value: Any, kind: inspect.Type) -> bool:  # noqa: ANN401 - a JSON value
    match kind:
        case inspect.StructType() | inspect.DictType():
            return is_object(value)
        case inspect.ListType():
            return is_array(value)
        case inspect.StrType():
            return isinstance(value, str)
        case _:
            return False


def _items(value: Any, kind: inspect.Type) -> Any:  # noqa: ANN401 - a JSON value
    listed = value if is_array(value) else [value] if is_object(value) else None
    if listed is None:
        return _LOST
    return [fitting for item in listed if (fitting := _fit(item, kind)) is not _LOST]


def _plain(value: Any, kind: inspect.Type) -> Any:  # noqa: ANN401 - a JSON value
    match kind:
        case inspect.StrType():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if isinstance(value, str) else str(value) if number else _LOST
        case inspect.IntType():
            return _converted(value, int)
        case inspect.FloatType():
            return _converted(value, float)
        case inspect.BoolType():
            return _converted(value, bool)
        case _:
            return _LOST  # Unset has no JSON


def _converted(value: Any, kind: type[Any]) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, bool) and kind is not bool:
        return _LOST
    try:
        return msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, OverflowError):
        return _LOST
