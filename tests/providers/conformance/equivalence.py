"""Ways of saying the same in a request's body. Each has a name, and is counted where it is needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Body = dict[str, Any]


class Equivalence(NamedTuple):
    """A spelling to which both bodies are brought before they are compared, and why that loses nothing."""

    name: str
    why: str
    apply: Callable[[Body], Body]


def normal(body: Body, ways: Sequence[Equivalence]) -> Body:
    """The body in the spelling to which these lead."""
    for way in ways:
        body = way.apply(body)
    return body


def needed(recorded: Body, ours: Body, ways: Sequence[Equivalence]) -> list[str]:
    """The equivalences without which the bodies would differ. For bodies that are equal with all of them."""
    if recorded == ours:
        return []
    kept = list(ways)
    for way in ways:
        fewer = [other for other in kept if other is not way]
        if normal(recorded, fewer) == normal(ours, fewer):
            kept = fewer
    return [way.name for way in kept]


def differing(recorded: Body, ours: Body, ways: Sequence[Equivalence]) -> list[str]:
    """The fields of the bodies that differ with all equivalences, with both values, shortened."""
    left, right = normal(recorded, ways), normal(ours, ways)
    names = [name for name in {**left, **right} if left.get(name, ...) != right.get(name, ...)]
    return [f"{name}: {_short(left.get(name))} but we send {_short(right.get(name))}" for name in names]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:300]}…{text[-100:]}"


def each(body: Body, field: str, change: Callable[[Any], Any]) -> Body:
    """The body with each item of a list changed; as it is if there is no such list."""
    listed = body.get(field)
    return {**body, field: [change(item) for item in listed]} if isinstance(listed, list) else body


def without(value: Body, *names: str) -> Body:
    """Without these fields."""
    return {name: inner for name, inner in value.items() if name not in names}


def said(value: Any) -> Any:
    """Without the fields that are null, empty or false, down to the leaves of what is not a schema's own."""
    if isinstance(value, list):
        return [said(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: said(inner) if name not in OPAQUE else inner for name, inner in value.items()}
    return {name: inner for name, inner in kept.items() if inner not in (None, "", [], {}) and inner is not False}


OPAQUE = {"parameters", "schema", "parametersJsonSchema", "responseJsonSchema", "args", "response", "arguments"}
"""Fields whose values are the user's: nothing in them says nothing."""
