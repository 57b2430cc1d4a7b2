"""What counts as a difference between two captures."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.compare import differences


def told(*events: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [{"event": name} | ({} if text is None else {"content": text}) for name, text in events]


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({"total_tokens": 10}, {"total_tokens": 12}),
        ({"id": "<id 2>"}, {"id": "<id>"}),
        ({"content": "… <your_role> Cook </your_role> …"}, {"content": "<your_role>\nCook\n</your_role>"}),
        ({"attempts": 3}, {"attempts": 1}),
        ({"requests": [{"tools": []}]}, {"requests": [{}]}),
        ({"tools": [{"name": "b"}, {"name": "a"}]}, {"tools": [{"name": "a"}, {"name": "b"}]}),
        ([0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.45]),
    ],
)
def test_alike(expected: Any, got: Any) -> None:
    assert differences(expected, got) == []


@pytest.mark.parametrize(
    ("expected", "got", "found"),
    [
        ({"total_tokens": 10}, {"total_tokens": 13}, [("total_tokens", "value")]),
        ({"run_id": "<run_id>"}, {"run_id": "<run_id 2>"}, [("run_id", "value")]),
        ({"content": "… <your_role> …"}, {"content": "…"}, [("content", "value")]),
        ({"a": 1}, {"b": 1}, [("a", "missing"), ("b", "extra")]),
        ({"done": True}, {"done": 1}, [("done", "value")]),
        ([0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, 0.5], [("", "value")]),
        ([1, 2], [1], [(".1", "missing")]),
    ],
)
def test_unlike(expected: Any, got: Any, found: list[tuple[str, str]]) -> None:
    assert [(one.path, one.kind) for one in differences(expected, got)] == found


def test_one_event_too_few_shifts_no_others() -> None:
    whole = told(("Started", None), ("Content", ""), ("Content", "a"), ("Content", "b"), ("Ended", None))
    less = [event for event in whole if event.get("content") != ""]
    assert [(d.path, d.kind) for d in differences({"events": whole}, {"events": less})] == [
        ("events.Content", "missing")
    ]


def test_events_with_another_text_are_paired_by_name() -> None:
    found = differences(told(("Content", "a"), ("Ended", None)), told(("Content", "b"), ("Ended", None)))
    assert [(d.path, d.expected, d.got) for d in found] == [(".Content.content", "a", "b")]
