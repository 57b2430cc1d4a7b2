"""What the local model may say, as llguidance grammars: JSON of a schema, or a lead-in and a given text.

Grammars go through the request's `grammar` field: llama.cpp's own `tools` and `response_format` let small models
wander (endless white space, text before the first call) until the token limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import DecodeError

from agnolo.vocabulary.codec import dumps, loads

MAX_STRING = 200
MAX_ITEMS = 8
HEAD = "%llguidance {}\n"
_Schema = Mapping[str, Any] | bool
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": ", "lenient": True}
_SUBSCHEMAS = ("properties", "$defs", "definitions")
_BRANCHES = ("anyOf", "oneOf", "allOf", "prefixItems")
_BOUNDED = frozenset({"maxLength", "enum", "const", "format", "pattern"})


def json_of(schema: Mapping[str, Any]) -> str:
    """JSON of this schema on one line, made finite: bounded strings and arrays, no properties but the declared ones.

    Keywords that llguidance does not know are not enforced.
    """
    return f"{HEAD}start: %json {dumps({**bounded(schema), 'x-guidance': _LAYOUT}).decode()}"


def repeating(lead_ins: Sequence[str], text: str, end: str) -> str:
    """One of the lead-ins, of the model's choice, then the text word for word."""
    leads = " | ".join(_literal(lead) for lead in lead_ins)
    return f"{HEAD}start: LEAD TEXT\nLEAD: {leads}\nTEXT: {_literal(text + end)}"


def bounded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with bounds wherever it leaves a string, an array or an object open."""
    closed: dict[str, Any] = dict(schema)
    for key in _SUBSCHEMAS:
        if key in closed:
            closed[key] = {name: _bounded_any(part) for name, part in closed[key].items()}
    for key in _BRANCHES:
        if key in closed:
            closed[key] = [_bounded_any(part) for part in closed[key]]
    if "items" in closed:
        closed["items"] = _bounded_any(closed["items"])
    return closed | _bounds(closed)


def _bounded_any(part: _Schema) -> _Schema:
    return part if isinstance(part, bool) else bounded(part)


def _bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    stated: str | list[str] = schema.get("type", [])
    kinds = [stated] if isinstance(stated, str) else stated
    bounds: dict[str, Any] = {}
    if "string" in kinds and not _BOUNDED & schema.keys():
        bounds["maxLength"] = MAX_STRING
    if "array" in kinds and "maxItems" not in schema and schema.get("items", True) is not False:
        bounds["maxItems"] = max(MAX_ITEMS, int(schema.get("minItems", 0)))
    if "properties" in schema:
        bounds["additionalProperties"] = False
    return bounds


def follows(text: str, schema: Mapping[str, Any], *, whole: bool) -> bool:
    """Whether a text can have been written under `json_of(schema)`, or be the beginning of one that is not `whole`.

    llama.cpp drops a grammar that it can't compile without a word, and the model then writes what it likes.
    """
    if "\n" in text:
        return False
    try:
        value = loads(text)
    except DecodeError as broken:
        return not whole and "truncated" in str(broken)
    names: Mapping[str, Any] = schema.get("properties", {})
    return not names or (isinstance(value, dict) and value.keys() <= names.keys())


def _literal(text: str) -> str:
    """A quoted literal. JSON leaves DEL as it is, which llguidance does not take."""
    return dumps(text).decode().replace("\x7f", "\\u007f")
