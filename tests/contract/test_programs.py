"""Trying programs on both sides: improvised answers fit what was asked, and runs are judged."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.improvise import improvise, sample
from contracts.programs import Ran, judge, table
from contracts.script import Call, Reply

TOOL = {"name": "add", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}
ASKED = {"role": "user", "content": "Hi"}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [ASKED], "tools": [{"type": "function", "function": TOOL}]},
        {"input": [ASKED], "tools": [{"type": "function", **TOOL}]},
        {"messages": [ASKED], "tools": [{"name": "add", "input_schema": TOOL["parameters"]}]},
        {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], "tools": [{"functionDeclarations": [TOOL]}]},
    ],
)
def test_offered_tools_are_called_first(body: dict[str, Any]) -> None:
    assert improvise(body).calls == (Call("add", {"a": 3}, "call_0_add"),)


@pytest.mark.parametrize(
    "said",
    [
        {"messages": [ASKED, {"role": "tool", "content": "3"}]},
        {"input": [ASKED, {"type": "function_call_output", "output": "3"}]},
        {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": "3"}]}]},
        {"contents": [{"role": "user", "parts": [{"functionResponse": {"name": "add"}}]}]},
    ],
)
def test_results_of_tools_are_answered_with_text(said: dict[str, Any]) -> None:
    answered = improvise({**said, "tools": [{"type": "function", "function": TOOL}]})
    assert (answered.calls, answered.content) == ((), "Certainly, here is the answer.")


@pytest.mark.parametrize(
    "wish",
    [
        {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}},
        {"text": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        {"generationConfig": {"responseJsonSchema": SCHEMA}},
        {"format": SCHEMA},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ],
)
def test_a_schema_is_answered_with_a_value_that_fits(wish: dict[str, Any]) -> None:
    assert isinstance(improvise(wish), Reply)
    assert improvise(wish).content == '{"name": "sample"}'


def test_samples_fit_their_schemas() -> None:
    schema = {
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
        "type": "object",
        "properties": {
            "either": {"anyOf": [{"type": "null"}, {"type": "number"}]},
            "choice": {"enum": ["a", "b"]},
            "fixed": {"const": 7},
            "many": {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
            "least": {"type": "integer", "minimum": 10},
            "day": {"type": ["string", "null"], "format": "date"},
            "none": {"type": "null"},
        },
    }
    assert sample(schema) == {
        "either": 2.5, "choice": "a", "fixed": 7, "many": [True, True], "least": 10, "day": "2026-01-02", "none": None,
    }  # fmt: skip
    assert sample({"$ref": "#/$defs/Node", **schema}) is not None


def test_programs_are_judged_by_both_runs() -> None:
    good = Ran(0, "", "Hello", [{"at": "a", "body": {"model": "m"}}])
    other = [{"at": "a", "body": {"model": "n"}}]
    bad = Ran(1, "ModuleNotFoundError: No module named 'x.y'", "", [])
    verdicts = [
        judge("a", good, good),
        judge("b", good, bad),
        judge("c", bad, bad),
        judge("d", bad, good),
        judge("e", good, good._replace(asked=other)),
        judge("f", good, good._replace(printed="Hullo")),
    ]
    assert [verdict.kind for verdict in verdicts] == [
        "the same", "Agnolo fails", "reference fails", "only Agnolo runs it", "wire differs", "prints differ",
    ]  # fmt: skip
    assert "6 programs, of which the reference runs 4" in table(verdicts)
    assert "| `x.y` is missing | 1 |" in table(verdicts)
    assert "| requests.*.body.model | 1 |" in table(verdicts)


def asking(*bodies: Any) -> Ran:
    return Ran(0, "", "", [{"at": "a", "body": body} for body in bodies])


@pytest.mark.parametrize(
    ("expected", "got", "kind"),
    [
        ({"input": [{"content": "x"}]}, {"input": [{"content": "x", "type": "message"}]}, "wire differs as listed"),
        ({"input": [{"content": "x"}]}, {"input": [{"content": "x", "type": "other"}]}, "wire differs"),
        ({"tools": [{"description": "… Agent …"}]}, {"tools": [{"description": "…"}]}, "the same"),
        ({"tools": [{"description": "Mine"}]}, {"tools": [{"description": "…"}]}, "wire differs"),
    ],
)
def test_listed_differences_and_wordings_are_told_apart(expected: Any, got: Any, kind: str) -> None:
    assert judge("a", asking(expected), asking(got)).kind == kind


def test_a_request_that_is_missing_is_never_a_listed_difference() -> None:
    assert judge("a", asking({"model": "m"}, {"model": "m"}), asking({"model": "m"})).kind == "wire differs"
