"""JSON schemas in the part of the language that Anthropic enforces; what is outside is told in words."""

from __future__ import annotations

from typing import Any

from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_array, is_object

_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)  # fmt: skip
_CHOICES = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
_DEFINITIONS = ("$defs", "definitions")


def fitted(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer: objects closed, `oneOf` as `anyOf`, unenforced rules moved into descriptions."""
    left = dict(schema)
    made: dict[str, Any] = {}
    for name in _DEFINITIONS:
        if is_object(defined := left.pop(name, None)):
            made[name] = {key: fitted(part) for key, part in defined.items()}
    if "$ref" in left:
        return made | {"$ref": left["$ref"]}
    made |= {name: left.pop(name) for name in ("title", "description", "enum", "const") if name in left}
    kind: Any = left.pop("type", None)
    if is_array(kind):
        made["anyOf"] = [fitted(schema | {"type": one}) for one in kind]
        return made
    for name, form in _CHOICES.items():
        if is_array(parts := left.pop(name, None)):
            made[form] = [fitted(part) for part in parts]
    if kind is not None and not ({"enum", "const"} & made.keys()):
        made["type"] = kind
    _take_parts(kind, left, made)
    return _told(left, made)


def _take_parts(kind: Any, left: dict[str, Any], made: dict[str, Any]) -> None:  # noqa: ANN401 - a JSON value
    """What only some kinds have."""
    if kind == "object":
        parts: Any = left.pop("properties", None) or {}
        made["properties"] = {name: fitted(part) for name, part in parts.items()}
        if left.get("additionalProperties") in (True, False):
            del left["additionalProperties"]
        made["additionalProperties"] = False
        made |= {name: left.pop(name) for name in ("required",) if name in left}
    elif kind == "array":
        if is_object(items := left.pop("items", None)):
            made["items"] = fitted(items)
        if left.get("minItems") in (0, 1):
            made["minItems"] = left.pop("minItems")
    elif kind == "string" and left.get("format") in _FORMATS:
        made["format"] = left.pop("format")


def _told(left: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    if left:
        rules = codec.dumps(left).decode()
        made["description"] = f"{made['description']}\n\n{rules}" if made.get("description") else rules
    return made


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments: objects with named fields take no others, the rest stays."""
    made = {name: _closed_part(name, part) for name, part in schema.items()}
    if "properties" in made:
        made["additionalProperties"] = False
    return made


def _closed_part(name: str, part: Any) -> Any:  # noqa: ANN401 - a JSON value
    if name in ("properties", *_DEFINITIONS) and is_object(part):
        return {key: closed(one) if is_object(one) else one for key, one in part.items()}
    if name in _CHOICES and is_array(part):
        return [closed(one) if is_object(one) else one for one in part]
    return closed(part) if name == "items" and is_object(part) else part
