"""Where Agnolo's capture of a scenario differs from the reference's: by path, with what was expected and what came."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

TOKENS = 2
"""By how many tokens counts may differ."""
COSINE = 0.98
"""How alike vectors must be."""

_NUMBERED = re.compile(r"<(id|tool_call_id|call_id|item_id|error_id) \d+>")
_IGNORED = frozenset({"attempts"})
_NOTHING = (None, "", [], {})
"""What a provider reads as a field left out."""


class Difference(NamedTuple):
    """One difference. `path` has dots between keys, indexes, and names of events."""

    path: str
    kind: Literal["missing", "extra", "value"]
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}, expected {_short(self.expected)}, got {_short(self.got)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"


def differences(expected: Any, got: Any, path: str = "") -> list[Difference]:
    """All of them, in the order of the reference's capture."""
    return list(_differ(expected, got, path))


def _differ(expected: Any, got: Any, path: str) -> Iterator[Difference]:
    key = path.rsplit(".", 1)[-1]
    if key in _IGNORED:
        return
    if isinstance(expected, dict) and isinstance(got, dict):
        yield from _of_objects(expected, got, path)
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _of_lists(expected, got, path)
    elif not _alike(expected, got, key):
        yield Difference(path, "value", expected, got)


def _of_objects(expected: dict[str, Any], got: dict[str, Any], path: str) -> Iterator[Difference]:
    for name in sorted({*expected, *got} - _IGNORED):
        at = f"{path}.{name}" if path else name
        if path.startswith("requests") and expected.get(name) in _NOTHING and got.get(name) in _NOTHING:
            continue
        if name not in got:
            yield Difference(at, "missing", expected[name], None)
        elif name not in expected:
            yield Difference(at, "extra", None, got[name])
        else:
            yield from _differ(expected[name], got[name], at)


def _of_lists(expected: list[Any], got: list[Any], path: str) -> Iterator[Difference]:
    if _is_vector(expected) and _is_vector(got) and len(expected) == len(got):
        if _cosine(expected, got) < COSINE:
            yield Difference(path, "value", expected, got)
        return
    if path.rsplit(".", 1)[-1] in ("tools", "functionDeclarations"):
        expected, got = sorted(expected, key=_tool), sorted(got, key=_tool)
    names, other = _labels(expected), _labels(got)
    matcher = SequenceMatcher(None, names, other, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "replace" and _told(expected):
            yield from _of_events(expected[a:b], got[c:d], path)
            continue
        paired = min(b - a, d - c)
        for at in range(paired):
            yield from _differ(expected[a + at], got[c + at], f"{path}.{_label(expected, a + at)}")
        for at in range(a + paired, b):
            yield Difference(f"{path}.{_label(expected, at)}", "missing", expected[at], None)
        for at in range(c + paired, d):
            yield Difference(f"{path}.{_label(got, at)}", "extra", None, got[at])


def _of_events(expected: list[Any], got: list[Any], path: str) -> Iterator[Difference]:
    """Stretches of events with other texts: paired by name alone, in order."""
    left = list(got)
    for event in expected:
        other = next((item for item in left if item["event"] == event["event"]), None)
        if other is None:
            yield Difference(f"{path}.{event['event']}", "missing", event, None)
        else:
            left.remove(other)
            yield from _differ(event, other, f"{path}.{event['event']}")
    yield from (Difference(f"{path}.{event['event']}", "extra", None, event) for event in left)


def _told(items: list[Any]) -> bool:
    """Whether these are events."""
    return bool(items) and all(isinstance(item, dict) and isinstance(item.get("event"), str) for item in items)


def _labels(items: list[Any]) -> list[str]:
    """By what items of two lists are paired: events and messages by kind, all else by place.

    Deltas are told apart by their text, so that one too many or too few shifts no others.
    """
    if _told(items):
        return [f"{item['event']} {item.get('content')}" if "content" in item else item["event"] for item in items]
    if items and all(isinstance(item, dict) and "role" in item for item in items):
        return [str(item["role"]) for item in items]
    return [""] * len(items)


def _tool(item: Any) -> str:
    """By what tools are ordered: a model is offered a set of them."""
    named = item.get("function", item) if isinstance(item, dict) else {}
    return str(named.get("name") or named.get("tool_name") or json.dumps(item, sort_keys=True))


def _label(items: list[Any], at: int) -> str:
    return items[at]["event"] if _told(items) else str(at)


def _is_vector(items: list[Any]) -> bool:
    return len(items) >= 4 and all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)


def _cosine(a: list[float], b: list[float]) -> float:
    sizes = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / sizes if sizes else float(a == b)


def _alike(expected: Any, got: Any, key: str) -> bool:
    if isinstance(expected, str) and isinstance(got, str):
        return _bare(expected) == _bare(got)
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return abs(expected - got) <= (TOKENS if key.endswith("tokens") else 1e-9)
    return expected == got


def _bare(text: str) -> str:
    """Without marks of prose, and with ids that are numbered by appearance as one."""
    return _NUMBERED.sub(r"<\1>", " ".join(text.replace("…", " ").split()))
