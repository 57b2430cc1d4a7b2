"""Answers to requests that have no script: a call of the first tools, JSON that fits the schema, else a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.script import Call, Reply, answer, calls, say

SENTENCE = ("Certainly, ", "here is the answer.")
_CALLED_AT_ONCE = 2
_DEEPEST = 8


def improvise(body: dict[str, Any]) -> Reply:
    """The answer to a chat request in any dialect: the same one for the same request."""
    offered = list(_tools(body))
    if offered and not _has_results(body):
        return calls(*(Call(name, sample(schema)) for name, schema in offered[:_CALLED_AT_ONCE]))
    wished = _schema(body)
    return answer(sample(wished)) if wished else say(*SENTENCE)


def _tools(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for tool in body.get("tools") or ():
        if tool.get("type") not in (None, "function", "custom"):
            continue  # the provider's own
        for declared in tool.get("functionDeclarations") or tool.get("function_declarations") or [tool]:
            told = declared.get("function") or declared
            if "name" in told:
                keys = ("parameters", "parametersJsonSchema", "parameters_json_schema", "input_schema")
                yield told["name"], next((told[key] for key in keys if told.get(key)), {})


def _has_results(body: dict[str, Any]) -> bool:
    """Whether the last of the conversation are results of tools, or what a tool showed beside its result."""
    said = body.get("messages") or body.get("contents") or body.get("input")
    return isinstance(said, list) and any(map(_is_result, said[-2:]))


def _is_result(last: dict[str, Any]) -> bool:
    parts = last.get("content") or last.get("parts") or []
    told = {last.get("role"), last.get("type")} | {
        key for part in parts if isinstance(part, dict) for key in (part.get("type"), *part) if isinstance(key, str)
    }
    return not told.isdisjoint({"tool", "function_call_output", "tool_result", "functionResponse", "function_response"})


def _schema(body: dict[str, Any]) -> dict[str, Any] | None:
    """The schema that the answer must fit, where the dialect has a place for one."""
    generation = body.get("generationConfig") or {}
    places = (
        ((body.get("response_format") or {}).get("json_schema") or {}).get("schema"),
        ((body.get("text") or {}).get("format") or {}).get("schema"),
        generation.get("responseJsonSchema") or generation.get("responseSchema"),
        body.get("format"),
        (body.get("output_format") or (body.get("output_config") or {}).get("format") or {}).get("schema"),
    )
    return next((place for place in places if isinstance(place, dict)), None)


def sample(schema: dict[str, Any], rooted: dict[str, Any] | None = None, depth: int = 0) -> Any:
    """A value that fits the schema."""
    root = rooted or schema
    if "$ref" in schema:
        target = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target.get(name, {})
        return sample(target, root, depth + 1) if depth < _DEEPEST else None
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return sample(next((s for s in schema[key] if s.get("type") != "null"), {}), root, depth + 1)
    if "const" in schema or schema.get("enum"):
        return schema.get("const", (schema.get("enum") or [None])[0])
    return _typed(schema, root, depth)


def _typed(schema: dict[str, Any], root: dict[str, Any], depth: int) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = str(next((k for k in kinds if k != "null"), "null") if isinstance(kinds, list) else kinds).lower()
    match kind:
        case "object":
            named = schema.get("properties") or {}
            return {name: sample(one, root, depth + 1) for name, one in named.items()} if depth < _DEEPEST else {}
        case "array":
            least = max(1, schema.get("minItems", 1))
            return [sample(schema.get("items") or {}, root, depth + 1)] * least if depth < _DEEPEST else []
        case "integer" | "number":
            return schema.get("minimum", schema.get("maximum", 3 if kind == "integer" else 2.5))
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _text(schema)


def _text(schema: dict[str, Any]) -> str:
    told = {"date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02", "time": "03:04:05Z", "email": "ada@example.org",
            "uri": "https://example.org/", "uuid": "6f2d3c1a-0000-4000-8000-000000000001"}  # fmt: skip
    return told.get(schema.get("format", ""), "sample".ljust(schema.get("minLength", 0), "s"))
