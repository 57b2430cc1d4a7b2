"""The form of a JSON value: its keys and the kind of each scalar, so that two servers' answers can be compared."""

from __future__ import annotations

import re
from typing import Any

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def form_of(value: Any) -> Any:
    """Keys stay; scalars become the names of their kinds; a list becomes the form of its first item."""
    if isinstance(value, dict):
        return {key: form_of(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [form_of(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "bool"
    if isinstance(value, int | float):
        return "number"
    return "time" if ISO.fullmatch(value) else "text"


def differences(ours: Any, theirs: Any, *, at: str = "", ignore: frozenset[str] = frozenset()) -> list[str]:
    """Where two forms differ. `ignore` names keys that may be on either side only, or differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found: list[str] = []
        for key in sorted((ours.keys() | theirs.keys()) - ignore):
            where = f"{at}.{key}" if at else key
            if key not in ours or key not in theirs:
                found.append(f"{where}: only {'theirs' if key in theirs else 'ours'}")
            else:
                found += differences(ours[key], theirs[key], at=where, ignore=ignore)
        return found
    if isinstance(ours, list) and isinstance(theirs, list):
        return differences(ours[0], theirs[0], at=f"{at}[]", ignore=ignore) if ours and theirs else []
    return [] if ours == theirs else [f"{at}: ours {ours}, theirs {theirs}"]
