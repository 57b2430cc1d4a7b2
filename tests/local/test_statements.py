"""Which clauses of a message are kept as memories, and which earlier one answers a question."""

from pathlib import Path

import pytest

from agnolo.ports.model import ModelRequest, ToolSpec
from agnolo.providers.local_statements import noted, recalled, statements, with_statements
from agnolo.vocabulary.messages import Message
from tests.local.saying import assistant, system, user

pytestmark = [pytest.mark.local_model, pytest.mark.usefixtures("weights")]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("My name is Ada and I live in Paris.", ["My name is Ada", "I live in Paris"]),
        ("I'm a nurse. What time is it? I have two cats!", ["I'm a nurse", "I have two cats"]),
        ("The user's message:\nI love hiking, my brother is called Bo", ["I love hiking", "my brother is called Bo"]),
        ("I live in Paris. I live in Paris.", ["I live in Paris"]),
        ("- My name is Ada\n- I have a dog", ["My name is Ada", "I have a dog"]),
        ("What is my name?", []),
        ("Tell me a joke.", []),
        ("Thanks!", []),
        ("The sky is blue.", []),
        ("", []),
    ],
)
def test_clauses_about_the_user_are_kept_word_for_word(text: str, kept: list[str]) -> None:
    assert statements(text) == kept


LIST = {"type": "object", "properties": {"memory": {"type": "string"}, "topics": {"type": "array"}}}


def fixed(*clauses: str) -> dict[str, object]:
    items = [
        {"type": "object", "properties": {"memory": {"const": clause}, "topics": {"type": "array"}}}
        for clause in clauses
    ]
    return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items), "maxItems": len(items)}


def test_a_list_of_memories_is_fixed_to_what_was_said() -> None:
    schema = {
        "type": "object",
        "properties": {"memories": {"type": "array", "items": LIST}, "count": {"type": "integer"}},
    }

    assert with_statements(schema, "My name is Ada and I live in Paris.") == {
        "type": "object",
        "properties": {"memories": fixed("My name is Ada", "I live in Paris"), "count": {"type": "integer"}},
    }


def test_a_referenced_list_of_memories_is_found_and_its_limit_kept() -> None:
    schema = {
        "type": "object",
        "properties": {"memories": {"type": "array", "maxItems": 1, "items": {"$ref": "#/$defs/Memory"}}},
        "$defs": {"Memory": LIST},
    }

    changed = with_statements(schema, "My name is Ada and I live in Paris.")

    assert changed == {**schema, "properties": {"memories": fixed("My name is Ada")}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "object", "properties": {"memory": {"type": "string"}, "open": True}},
        {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}}}},
        {"type": "object", "properties": {"any": {"type": "array"}, "none": {"type": "array", "items": False}}},
        {"type": "object", "properties": {"memories": {"type": "array", "items": {"$ref": "#/$defs/Gone"}}}},
    ],
)
def test_other_schemas_stay_as_they_are(schema: dict[str, object]) -> None:
    assert with_statements(schema, "My name is Ada.") == schema


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([user("My name is Ada."), assistant("Hello Ada."), user("What is my name?")], "My name is Ada"),
        (
            [system("Known about the user:\n- I live in Oslo\n- I have a cat"), user("Where do I live?")],
            "I live in Oslo",
        ),
        ([user("I live in Paris."), user("I live in London."), user("Where do I live?")], "I live in London"),
        ([user("My name is Ada."), user("Please repeat my name.")], "My name is Ada"),
        ([user("My name is Ada."), user("What is the capital of France?")], None),
        ([user("My name is Ada."), user("I like tea.")], None),
        ([user("My name is Ada."), user("How do I bake bread?")], None),
        ([user("What is my name?")], None),
        ([user("My name is Ada."), assistant("What is my name?")], None),
        ([], None),
    ],
)
def test_a_question_about_the_user_recalls_what_they_said(messages: list[Message], found: str | None) -> None:
    assert recalled(messages) == found


def test_statements_need_the_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGNOLO_CACHE_DIR", str(tmp_path))

    with pytest.raises(Exception, match="agnolo local pull"):
        statements("My favourite number is 4711, and this clause was never seen before.")


def test_a_tool_that_notes_facts_is_called_with_what_was_said_and_is_not_known() -> None:
    tool = ToolSpec(name="add_memory", parameters={"type": "object", "properties": {"memory": {"type": "string"}}})
    said = user("My name is Ada and I live in Paris.")
    known = system("Memory: My name is Ada")

    assert noted(ModelRequest(messages=[said], tools=[tool])) == ["My name is Ada", "I live in Paris"]
    assert noted(ModelRequest(messages=[known, said], tools=[tool])) == ["I live in Paris"]
    assert noted(ModelRequest(messages=[said, Message(role="tool", content="Kept")], tools=[tool])) == []
    assert noted(ModelRequest(messages=[said])) is None
