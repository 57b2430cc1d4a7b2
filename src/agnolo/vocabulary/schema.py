"""JSON schemas of Python types, and the schema of an answer that a model is asked for."""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, MutableMapping, MutableSequence, MutableSet, Sequence, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypeVar, Union, get_args, get_origin
from uuid import UUID

from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import derives, is_class, is_object
from agnolo.vocabulary.pydantic_schema import inlined, is_model
from agnolo.vocabulary.records import is_record, record_fields

Schema = dict[str, Any]

_SCALARS: dict[Any, Schema] = {
    Any: {},
    object: {},
    NoneType: {"type": "null"},
    None: {"type": "null"},
    int: {"type": "integer"},
    float: {"type": "number"},
    complex: {"type": "number"},
    Decimal: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
    timedelta: {"type": "string", "format": "duration"},
    UUID: {"type": "string", "format": "uuid"},
    Path: {"type": "string"},
    PurePath: {"type": "string"},
}
LISTS = frozenset(
    {list, tuple, set, frozenset, deque, Sequence, MutableSequence, Iterable, Collection, Set, MutableSet}
)
MAPPINGS = frozenset({dict, OrderedDict, defaultdict, Mapping, MutableMapping})

_CONSTRAINTS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
}


def json_schema(kind: Any) -> Schema:  # noqa: ANN401 - any type form
    """The JSON schema of a type, without references: a class inside itself is cut to a bare object.

    `Optional[X]` is shown as X and `X | None` with null, as in the reference. A type without a JSON form is a closed
    empty object. Raises NameError when an annotation inside a class can't be resolved.
    """
    return _schema(kind, ())


def _schema(kind: Any, outer: tuple[type, ...]) -> Schema:  # noqa: ANN401 - any type form
    origin = get_origin(kind)
    if origin is not None:
        return _generic(kind, origin, outer)
    if (scalar := _SCALARS.get(kind)) is not None:
        return dict(scalar)
    if is_class(kind):
        return _class(kind, outer)
    if isinstance(kind, NewType):
        return _schema(kind.__supertype__, outer)
    if isinstance(kind, TypeVar):
        return _schema(kind.__bound__ or Any, outer)
    alias = getattr(kind, "__value__", None)  # a `type X = …` statement of Python 3.12
    return _closed({}) if alias is None else _schema(alias, outer)


def _generic(kind: Any, origin: Any, outer: tuple[type, ...]) -> Schema:  # noqa: ANN401 - any type form
    args = get_args(kind)
    if origin is Annotated:
        return _annotated(_schema(args[0], outer), args[1:])
    if origin is Literal:
        return _choices(list(args))
    if origin is Union or origin is UnionType:
        return _union(args, outer, collapse=origin is Union)
    if origin in LISTS:
        return _list(origin, args, outer)
    if origin in MAPPINGS:
        return _mapping(args, outer)
    if is_class(origin):
        return _class(origin, outer)
    return _schema(args[0], outer)  # Required, NotRequired, Final, ReadOnly


def _class(kind: Any, outer: tuple[type, ...]) -> Schema:  # noqa: ANN401 - a class
    if derives(kind, (Enum,)):
        return _choices([member.value for member in kind])
    if kind in outer:
        return {"type": "object", "description": f"Again a {kind.__name__}, with the same fields."}
    if is_model(kind):
        return inlined(kind).schema
    if is_record(kind):
        return _record(kind, (*outer, kind))
    if kind in LISTS or derives(kind, (list, tuple, set, frozenset)):
        return _list(kind, (), outer)
    if kind in MAPPINGS or derives(kind, (dict,)):
        return _mapping((), outer)
    scalar = next((_SCALARS[base] for base in kind.__mro__[:-1] if base in _SCALARS), None)
    return _closed({}) if scalar is None else dict(scalar)


def _closed(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _record(kind: type, outer: tuple[type, ...]) -> Schema:
    fields = record_fields(kind)
    properties = {field.name: _schema(field.kind, outer) for field in fields}
    return _closed(properties) | {"required": [field.name for field in fields if field.required]}


def _choices(values: list[Any]) -> Schema:
    """An enumeration; its type is given when all values share one."""
    kinds: set[type[Any]] = {type(value) for value in values}
    shared = _SCALARS.get(kinds.pop()) if len(kinds) == 1 else None
    return {**(shared or {}), "enum": values}


def _union(args: tuple[Any, ...], outer: tuple[type, ...], *, collapse: bool) -> Schema:
    some = [arg for arg in args if arg is not NoneType]
    if collapse and len(some) == 1:
        return _schema(some[0], outer)
    return {"anyOf": [_schema(arg, outer) for arg in args]}


def _list(origin: Any, args: tuple[Any, ...], outer: tuple[type, ...]) -> Schema:  # noqa: ANN401 - any type form
    if origin is not tuple or len(args) < 2 or args[-1] is Ellipsis:
        items = _schema(args[0], outer) if args else {"type": "string"}
        return {"type": "array", "items": items}
    places = [_schema(arg, outer) for arg in args]
    distinct = [place for index, place in enumerate(places) if place not in places[:index]]
    items = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
    return {"type": "array", "items": items, "minItems": len(args), "maxItems": len(args)}


def _mapping(args: tuple[Any, ...], outer: tuple[type, ...]) -> Schema:
    if not args:
        return {"type": "object", "additionalProperties": True}
    return {
        "type": "object",
        "propertyNames": _schema(args[0], outer),
        "additionalProperties": _schema(args[1], outer) or True,
    }


def _annotated(schema: Schema, metadata: tuple[Any, ...]) -> Schema:
    """Add what annotations say: text, or objects with a description and constraints (msgspec.Meta and its like)."""
    for extra in metadata:
        text = extra if isinstance(extra, str) else getattr(extra, "description", None)
        text = getattr(extra, "documentation", None) if text is None else text
        if isinstance(text, str):
            schema["description"] = text
        for name, keyword in _CONSTRAINTS.items():
            if (limit := getattr(extra, name, None)) is not None:
                schema[keyword] = limit
        unit = "Items" if schema.get("type") == "array" else "Length"
        for end in ("min", "max"):
            if (limit := getattr(extra, f"{end}_length", None)) is not None:
                schema[f"{end}{unit}"] = limit
    return schema


# ---- the strict form


_NOT_STRICT = frozenset({"default", "propertyNames", "contentEncoding", "discriminator"})


class Strict(NamedTuple):
    """The strict form of a schema, and the path of the first place that it can't express, if there is one."""

    schema: Schema
    obstacle: str | None


def strictly(schema: Schema) -> Strict:
    """The strict form, and what stands in its way: a free-form object or an untyped value."""
    return Strict(strict_form(schema), _obstacle(schema, ""))


def strict_form(schema: Schema) -> Schema:
    """The schema as strict modes want it: every object closed, every property required, recursively."""
    strict = {key: _strict_part(key, part) for key, part in schema.items() if key not in _NOT_STRICT}
    if "oneOf" in strict:
        strict["anyOf"] = strict.pop("oneOf")
    if strict.get("type") == "object" or "properties" in strict:
        strict.setdefault("properties", {})
        strict["additionalProperties"] = False
        strict["required"] = list(strict["properties"])
    return strict


def _strict_part(key: str, part: Any) -> Any:  # noqa: ANN401 - any JSON value
    if key in ("properties", "$defs"):
        return {name: strict_form(inner) for name, inner in part.items()}
    if key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        return [strict_form(inner) for inner in part]
    return strict_form(part) if key == "items" else part


def _obstacle(schema: Schema, path: str) -> str | None:
    free = schema.get("additionalProperties") not in (None, False)
    shaped = {"type", "enum", "anyOf", "oneOf", "allOf", "$ref", "const"} & schema.keys()
    if free or not shaped or (schema.get("type") == "object" and "properties" not in schema):
        return path or "."
    inner = [(f"{path}.{name}", part) for name, part in schema.get("properties", {}).items()]
    inner += [(path, part) for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, ())]
    inner += [(f"{path}[]", schema["items"])] if "items" in schema else []
    inner += [(name, part) for name, part in schema.get("$defs", {}).items()]
    return next((found for where, part in inner if (found := _obstacle(part, where))), None)


# ---- structured output


class OutputSchema(NamedTuple):
    """What a model is asked to answer: the name of the form and its JSON schema."""

    name: str
    schema: Schema


def output_schema(kind: Any) -> OutputSchema:  # noqa: ANN401 - a class or a schema
    """The schema of an answer: of a pydantic model, dataclass, TypedDict, NamedTuple or Struct, or the one given.

    A given schema may be bare or in OpenAI's wrapping; it is kept as it is. A recursive pydantic model keeps its
    references. Raises ConfigurationError for anything else.
    """
    if is_object(kind):
        return _given_schema(kind)
    if is_model(kind):
        written = inlined(kind)
        return OutputSchema(_form_name(kind.__name__), kind.model_json_schema() if written.cut else written.schema)
    if is_record(kind):
        return OutputSchema(_form_name(kind.__name__), json_schema(kind))
    raise ConfigurationError(
        f"output_schema {kind!r} is no pydantic model, dataclass, TypedDict, NamedTuple, msgspec Struct or JSON "
        "schema: give one of these, with a field for the value you want"
    )


def _given_schema(given: dict[str, Any]) -> OutputSchema:
    wrapped: Any = given.get("json_schema", given)
    schema: Any = wrapped.get("schema") if is_object(wrapped) else None
    if is_object(schema):
        return OutputSchema(_form_name(str(wrapped.get("name") or schema.get("title") or "output")), schema)
    return OutputSchema(_form_name(str(given.get("title") or "output")), given)


def _form_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:64].strip("_") or "output"
