"""Numbers in usage objects, which vendors also write as strings, as null or not at all."""

from __future__ import annotations

from typing import Any


def count(counts: dict[str, Any], name: str) -> int:
    """A count; 0 where nothing, or nonsense, is said."""
    value: Any = counts.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 < value < 1e15 else 0
