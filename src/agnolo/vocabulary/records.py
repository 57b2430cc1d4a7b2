"""Classes with named, typed fields (dataclass, TypedDict, NamedTuple, msgspec Struct) and what their fields are."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, NotRequired, Required, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from agnolo.vocabulary.guards import derives, is_class


class RecordField(NamedTuple):
    """One field: its name on the wire and in the class, its type, and whether a value must be given."""

    name: str
    attribute: str
    kind: Any
    required: bool


def is_struct(kind: Any) -> bool:  # noqa: ANN401 - any type form
    """Whether this is a msgspec Struct class."""
    return derives(kind, (msgspec.Struct,))


def is_named_tuple(kind: Any) -> bool:  # noqa: ANN401 - any type form
    """Whether this is a NamedTuple class."""
    return derives(kind, (tuple,)) and hasattr(kind, "_field_defaults")


def is_typed_dict(kind: Any) -> bool:  # noqa: ANN401 - any type form
    """Whether this is a TypedDict class, of `typing` or of `typing_extensions`."""
    return is_typeddict(kind) or (derives(kind, (dict,)) and hasattr(kind, "__total__"))


def is_record(kind: Any) -> bool:  # noqa: ANN401 - any type form
    """Whether values of this type are JSON objects with known fields."""
    known = is_struct(kind) or is_named_tuple(kind) or is_typed_dict(kind)
    return known or (is_class(kind) and dataclasses.is_dataclass(kind))


def record_fields(kind: Any) -> list[RecordField]:  # noqa: ANN401 - any type form
    """The fields of a record class in order. Raises NameError when an annotation can't be resolved."""
    if is_struct(kind):
        return [RecordField(f.encode_name, f.name, f.type, f.required) for f in msgspec.structs.fields(kind)]
    hints = get_type_hints(kind, include_extras=True)
    if is_typed_dict(kind):
        return [_typed_dict_field(name, hint, name in kind.__required_keys__) for name, hint in hints.items()]
    if is_named_tuple(kind):
        defaults = kind._field_defaults
        return [RecordField(name, name, hints.get(name, Any), name not in defaults) for name in kind._fields]
    return [RecordField(f.name, f.name, hints[f.name], _has_no_default(f)) for f in dataclasses.fields(kind) if f.init]


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _typed_dict_field(name: str, hint: Any, required: bool) -> RecordField:  # noqa: ANN401, FBT001 - any type form
    # Under postponed annotations Python 3.11 counts NotRequired keys as required: the hint knows better.
    match get_origin(hint):
        case origin if origin is NotRequired:
            return RecordField(name, name, get_args(hint)[0], required=False)
        case origin if origin is Required:
            return RecordField(name, name, get_args(hint)[0], required=True)
        case _:
            return RecordField(name, name, hint, required)
