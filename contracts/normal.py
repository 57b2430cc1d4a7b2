"""A capture without what differs from one time to the next, and without anybody's prose.

Ids, times, ports and folders become names. Of sentences that are not the scenario's own, only tags and the scenario's
texts stay: neither side's wording is compared, and none of the reference's is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

_TIME_KEYS = frozenset({
    "created_at", "updated_at", "start_time", "end_time", "started_at", "completed_at",
    "instantiated_at", "search_time_ms",
})  # fmt: skip
_SPAN_KEYS = frozenset({"duration", "time_to_first_token"})
_MADE_ID = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,12}"
    r"|(?:call|tool|toolu|fc)[-_][0-9A-Za-z]{8,}|[0-9a-f]{16,}"
)
_TAG = r"</?(?!unknown>|locals>|lambda>)[A-Za-z_][\w ]*(?:\s+[\w-]+=\"[^\"]*\")*>"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PROSE_WORDS = 4
"""Texts of fewer words than this are terms, not prose."""


class Normal:
    """One capture's normaliser: it remembers the names it has given."""

    def __init__(self, own: Iterable[str], *, places: dict[str, str]) -> None:
        self._own = frozenset(own)
        self._places = places
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        usable = sorted((text for text in self._own if _is_telling(text)), key=len, reverse=True)
        parts = [_TAG, *(_pattern(text) for text in usable)]
        self._known = re.compile("|".join(parts))
        self._own_flat = frozenset(_flat(text) for text in self._own)

    def capture(self, steps: list[dict[str, Any]], asked: list[dict[str, Any]]) -> dict[str, Any]:
        """Steps and requests in their written form."""
        return {"steps": [self.value(step, "") for step in steps], "requests": [self.value(one, "") for one in asked]}

    def value(self, value: Any, key: str) -> Any:
        """Any JSON value, found under `key`."""
        if isinstance(value, dict):
            return {self.text(name, ""): self.value(value[name], name) for name in sorted(value)}
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if key in _TIME_KEYS and value is not None and not isinstance(value, bool):
            return "<time>"
        if key in _SPAN_KEYS and isinstance(value, int | float):
            return "<seconds>"
        return self.text(value, key) if isinstance(value, str) else value

    def text(self, text: str, key: str) -> str:
        """A text under `key`."""
        for place, name in self._places.items():
            text = text.replace(place, name)
        if text in self._own:
            return text
        if _is_made(text, key):
            return self._named(text, key)
        if self._names:
            text = re.sub("|".join(map(re.escape, self._names)), lambda found: self._names[found[0]], text)
        if key == "arguments" or text[:1] in ("{", "["):
            return self._json(text)
        return self._skeleton(text) if len(text.split()) >= _PROSE_WORDS else text

    def _named(self, made: str, key: str) -> str:
        if made not in self._names:
            self._counts[key] = count = self._counts.get(key, 0) + 1
            self._names[made] = f"<{key}>" if count == 1 else f"<{key} {count}>"
        return self._names[made]

    def _json(self, text: str) -> str:
        """JSON in a text, with its own texts treated alike and its keys in order."""
        try:
            value = json.loads(text)
        except ValueError:
            return self._skeleton(text) if len(text.split()) >= _PROSE_WORDS else text
        return json.dumps(self.value(value, ""), sort_keys=True)

    def _skeleton(self, text: str) -> str:
        if _flat(text) in self._own_flat:
            return text
        kept: list[str] = []
        end = 0
        for found in self._known.finditer(text):
            kept += _between(text[end : found.start()])
            kept.append(" ".join(found[0].split()))
            end = found.end()
        kept += _between(text[end:])
        return " ".join(kept)


def _is_made(text: str, key: str) -> bool:
    """Whether this is an id that nobody gave."""
    return _UUID.fullmatch(text) is not None or (
        (key == "id" or key.endswith("_id")) and _MADE_ID.fullmatch(text) is not None
    )


def _is_telling(text: str) -> bool:
    """Whether finding this text in a sentence means that it was put there."""
    telling = re.search(r"\s\S|[A-Z0-9_]", text.strip()) is not None
    return telling and len(text) >= 4 and any(letter.isalnum() for letter in text)


def _pattern(text: str) -> str:
    inner = r"\s+".join(re.escape(word) for word in text.split())
    before = r"(?<!\w)" if text.lstrip()[:1].isalnum() else ""
    after = r"(?!\w)" if text.rstrip()[-1:].isalnum() else ""
    return f"{before}{inner}{after}"


def _between(text: str) -> list[str]:
    """Prose between known texts, as a mark that there is some."""
    return ["…"] if re.search(r"\w", text) else []


def _flat(text: str) -> str:
    return " ".join(text.split())
