"""The value of a model's answer under an output schema, and what is wrong with an answer that has none."""

from __future__ import annotations

import re
from typing import Any

from agnolo.vocabulary import codec
from agnolo.vocabulary.conversion import Misfit, converter
from agnolo.vocabulary.errors import OutputSchemaError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.schema import Schema, output_schema

_FENCED = re.compile(r"```(?:json)?(.*?)```", re.DOTALL | re.IGNORECASE)
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)


def parse_output(kind: Any, text: str) -> Any:  # noqa: ANN401 - a value of `kind`
    """The value a model's answer stands for; for a given schema a dict.

    JSON may stand in a fence or between words, and a list may end in a comma. Raises OutputSchemaError with the answer
    as `text`.
    """
    value = _json_in(text)
    try:
        if not is_object(kind):
            return converter(kind)(value)
        form = output_schema(kind).schema
        check(value, form, root=form)
        return value
    except Misfit as bad:
        name = output_schema(kind).name
        raise OutputSchemaError(f"the answer does not fit {name!r}: {bad}", text=text) from bad


def _json_in(text: str) -> dict[str, Any]:
    """The first JSON object that can be read: the whole text, a fenced block, or what stands between braces."""
    readings = [text, *_FENCED.findall(text), text[text.find("{") : text.rfind("}") + 1]]
    for reading in readings:
        for tried in (reading, _STRING_OR_COMMA.sub(_without_comma, reading)):
            try:
                value = codec.loads(tried)
            except (ValueError, RecursionError):
                continue
            if is_object(value):
                return value
    raise OutputSchemaError(f"the answer holds no JSON object: it begins with {text[:60]!r}", text=text)


def _without_comma(found: re.Match[str]) -> str:
    return "" if found[0] == "," else found[0]


# ---- JSON schema, as far as its meaning is beyond doubt


def check(value: Any, schema: Schema, *, root: Schema, path: str = "") -> None:  # noqa: ANN401 - any JSON value
    """Raise Misfit where the value breaks a schema that was given as JSON.

    Looks at types, enums, required and known properties, items, unions and local references, at nothing else.
    """
    schema = _resolved(schema, root)
    kinds: Any = schema.get("type")
    wanted: list[Any] = [kinds] if isinstance(kinds, str) else kinds if is_array(kinds) else []
    if wanted and not any(_is(kind, value) for kind in wanted):
        raise Misfit(f"Expected {' or '.join(map(str, wanted))}, got {_spelled(value)}", path)
    allowed: Any = [schema["const"]] if "const" in schema else schema.get("enum")
    if is_array(allowed) and value not in allowed:
        raise Misfit(f"Expected one of {', '.join(map(repr, allowed))}, got {value!r:.60}", path)
    _check_unions(value, schema, root, path)
    if is_object(value):
        _check_properties(value, schema, root, path)
    items: Any = schema.get("items")
    if isinstance(value, list) and is_object(items):
        for i, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
            check(item, items, root=root, path=f"{path}[{i}]")


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference: Any = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found: Any = root
    for step in reference[2:].split("/"):
        found = found.get(step) if is_object(found) else None
    return found if is_object(found) else {}


def _check_unions(value: Any, schema: Schema, root: Schema, path: str) -> None:  # noqa: ANN401 - any JSON value
    for part in schema.get("allOf", ()):
        check(value, part, root=root, path=path)
    members: Any = schema.get("anyOf") or schema.get("oneOf")
    if not is_array(members):
        return
    misfits: list[Misfit] = []
    for member in members:
        try:
            check(value, member, root=root, path=path)
        except Misfit as misfit:
            misfits.append(misfit)
        else:
            return
    if misfits:
        raise max(misfits, key=lambda misfit: len(misfit.path))


def _check_properties(value: dict[str, Any], schema: Schema, root: Schema, path: str) -> None:
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        raise Misfit(f"missing {', '.join(missing)}", path)
    for name, part in schema.get("properties", {}).items():
        if name in value and is_object(part):
            check(value[name], part, root=root, path=f"{path}.{name}")


def _is(kind: Any, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    match kind:
        case "object":
            return is_object(value)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "integer":
            whole = value.is_integer() if isinstance(value, float) else isinstance(value, int)
            return whole and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return True


def _spelled(value: Any) -> str:  # noqa: ANN401 - any JSON value
    kinds = ("object", "array", "string", "boolean", "null", "integer", "number")
    return next(kind for kind in kinds if _is(kind, value))
