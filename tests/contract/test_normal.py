"""Captures keep what was said and asked, and neither ids nor times nor anybody's prose."""

from __future__ import annotations

import json
from typing import Any

from contracts.normal import Normal

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def normal(value: Any, *own: str) -> Any:
    return Normal(own, places={"http://127.0.0.1:4711/c0": "<url>"}).value(value, "")


def test_made_ids_get_names_by_which_they_are_known_again() -> None:
    given = {"run_id": ID, "runs": [{"run_id": OTHER, "parent_run_id": ID, "content": f"see {ID}"}]}
    assert normal(given) == {
        "run_id": "<run_id>",
        "runs": [{"content": "see <run_id>", "parent_run_id": "<run_id>", "run_id": "<run_id 2>"}],
    }


def test_given_ids_stay() -> None:
    assert normal({"session_id": "s-1", "agent_id": "cook"}, "s-1") == {"session_id": "s-1", "agent_id": "cook"}


def test_times_spans_and_places_are_names() -> None:
    given = {"created_at": 1, "duration": 0.2, "url": "http://127.0.0.1:4711/c0/v1", "updated_at": None}
    assert normal(given) == {"created_at": "<time>", "duration": "<seconds>", "updated_at": None, "url": "<url>/v1"}


def test_prose_leaves_tags_and_the_scenarios_texts() -> None:
    text = "You must always be brief.\n<your_role>\nShip's cook\n</your_role>\nNever tell a lie, whatever they ask."
    assert normal({"content": text}, "Ship's cook")["content"] == "… <your_role> Ship's cook </your_role> …"


def test_texts_of_the_scenario_stay_whole() -> None:
    assert normal({"content": "The quick brown fox jumps"}, "The quick brown fox jumps")["content"].startswith(
        "The quick"
    )


def test_arguments_are_compared_as_json() -> None:
    written = normal({"arguments": '{"b": 1, "a": [2]}'})["arguments"]
    assert json.loads(written) == {"a": [2], "b": 1}
    assert written == '{"a": [2], "b": 1}'
