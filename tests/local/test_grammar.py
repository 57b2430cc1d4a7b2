"""Schemas are made finite before the model writes under them."""

import pytest

from agnolo.providers.local_grammar import bounded, follows, json_of, repeating
from agnolo.vocabulary.codec import loads


def test_open_strings_arrays_and_objects_get_bounds_at_every_depth() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "note": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "many": {"type": "array", "minItems": 20},
            "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "anything": True,
            "part": {"$ref": "#/$defs/Part"},
        },
        "$defs": {"Part": {"type": "object", "properties": {"code": {"type": "string"}}}},
    }

    assert bounded(schema) == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 200},
            "note": {"type": ["string", "null"], "maxLength": 200},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 8},
            "many": {"type": "array", "minItems": 20, "maxItems": 20},
            "either": {"anyOf": [{"type": "string", "maxLength": 200}, {"type": "null"}]},
            "anything": True,
            "part": {"$ref": "#/$defs/Part"},
        },
        "$defs": {
            "Part": {
                "type": "object",
                "properties": {"code": {"type": "string", "maxLength": 200}},
                "additionalProperties": False,
            }
        },
        "additionalProperties": False,
    }


def test_bounds_that_are_given_stay() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "short": {"type": "string", "maxLength": 5},
            "choice": {"type": "string", "enum": ["a", "b"]},
            "fixed": {"type": "string", "const": "x"},
            "day": {"type": "string", "format": "date"},
            "code": {"type": "string", "pattern": "[a-z]{3}"},
            "pair": {"type": "array", "maxItems": 2, "items": {"type": "integer"}},
            "exact": {"type": "array", "prefixItems": [{"type": "integer"}], "items": False},
        },
    }

    assert bounded(schema) == schema


def test_the_given_schema_is_not_changed() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}

    bounded(schema)

    assert schema == {"type": "object", "properties": {"name": {"type": "string"}}}


def test_json_grammar_forbids_free_white_space() -> None:
    head, _, rule = json_of({"type": "string"}).partition("\n")

    assert head == "%llguidance {}"
    assert loads(rule.removeprefix("start: %json ")) == {
        "type": "string",
        "maxLength": 200,
        "x-guidance": {
            "whitespace_flexible": False,
            "item_separator": ", ",
            "key_separator": ": ",
            "lenient": True,
        },
    }


def test_repeated_text_is_quoted_in_the_grammar() -> None:
    assert repeating(["It is ", 'He said "'], 'a "b"\nc', ".").splitlines() == [
        "%llguidance {}",
        "start: LEAD TEXT",
        r'LEAD: "It is " | "He said \""',
        r'TEXT: "a \"b\"\nc."',
    ]


FIELDS = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}


@pytest.mark.parametrize(
    ("text", "whole", "cut"),
    [
        ('{"a": 1}', True, True),
        ('{"a": 1, "b": "x\\ny"}', True, True),
        ('{"a": 1, "b": "x', False, True),
        ("", False, True),
        ('{"c": 1}', False, False),
        ('{\n"a": 1}', False, False),
        ("[1]", False, False),
        ("Of course!", False, False),
        ('{"a": 1} and more', False, False),
    ],
)
def test_text_that_was_not_written_under_the_grammar_is_noticed(text: str, whole: bool, cut: bool) -> None:
    assert (follows(text, FIELDS, whole=True), follows(text, FIELDS, whole=False)) == (whole, cut)


def test_without_properties_any_json_follows() -> None:
    assert follows("[1, 2]", {"type": "array"}, whole=True)
