"""How a run's change is merged into its session: top-level keys of the state replace, metrics add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from agnolo.ports.journal import SessionChange
from agnolo.vocabulary.sessions import COMPACTION, SUMMARY


def merged(session_data: Mapping[str, Any], change: SessionChange) -> dict[str, Any]:
    """The session_data after the change; keys it does not name stay as they are."""
    data = dict(session_data)
    removed = set(change.state_removed)
    state: dict[str, Any] = data.get("session_state") or {}
    kept = {key: value for key, value in state.items() if key not in removed}
    data["session_state"] = kept | dict(change.state_set)
    if change.session_metrics is not None:
        data["session_metrics"] = added(data.get("session_metrics") or {}, change.session_metrics)
    if change.session_name is not None:
        data["session_name"] = change.session_name
    if change.summary is not None:
        data[SUMMARY] = change.summary
    if change.compaction is not None:
        data[COMPACTION] = change.compaction
    return data


def added(total: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Counts added up; `details` and other mappings are added key by key, lists of models model by model."""
    return dict(total) | {key: _sum(total.get(key), value) for key, value in more.items()}


def _sum(old: object, new: object) -> object:
    if new is None or old is None:
        return old if new is None else new
    if _is_number(old) and _is_number(new):
        return cast("float", old) + cast("float", new)  # _is_number narrows neither: bool is an int
    if isinstance(old, dict) and isinstance(new, dict):
        return added(cast("dict[str, Any]", old), cast("dict[str, Any]", new))  # JSON objects have text keys
    if isinstance(old, list) and isinstance(new, list):
        return _by_model(cast("list[Any]", old), cast("list[Any]", new))  # JSON values
    return new


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _by_model(old: list[Any], new: list[Any]) -> list[Any]:
    """Counts of the same model and provider are one entry; others are appended."""
    total = list(old)
    places = {_model(entry): place for place, entry in enumerate(total)}
    for entry in new:
        place = places.get(_model(entry))
        if place is None:
            places[_model(entry)] = len(total)
            total.append(entry)
        else:
            numbers = {key: value for key, value in entry.items() if key not in ("id", "provider")}
            total[place] = added(total[place], numbers)
    return total


def _model(entry: dict[str, Any]) -> tuple[Any, Any]:
    return entry.get("id"), entry.get("provider")
