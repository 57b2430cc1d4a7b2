"""What users say about themselves, found by MiniLM: SmolLM2 by itself garbles it when it extracts or recalls it.

A schema asks for it by its form: an array of objects with a property `memory`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agnolo.ports.model import ModelRequest
from agnolo.providers.local_embeddings import likeness
from agnolo.vocabulary.messages import Message

_Schema = Mapping[str, Any] | bool

NOTING_TOOL = "add_memory"
"""The tool that notes facts about a user. It is called by rule: a model this small makes facts up."""
MAX_STATEMENTS = 8
MARGIN = -0.1
"""How much likelier a clause may be to something not worth keeping; the first-person rule removes most of those."""
RECALL_LIKENESS = 0.27
"""Questions that statements answer were 0.27 to 0.82 like them, others up to 0.26."""
SAME_LIKENESS = 0.06
"""Statements this close say the same of different things, such as two homes: the later one holds."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_JOINT = re.compile(r"(?:[,;:]\s+(?:and\s+|but\s+)?|\s+(?:and|but)\s+)(?=(?:i|my|we|our)\b)", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|myself|we|our|us)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"(?:please\s+)?"
    r"(?:what|who|where|when|which|how|why|do|did|am|was|have|can you tell|tell me|repeat|remind me|say)\b",
    re.IGNORECASE,
)

_WORTH_KEEPING = (
    "My name is Anna.",
    "I am a teacher and work at a school.",
    "I live in London.",
    "I like music and playing football.",
    "I hate spiders.",
    "My brother is called Max.",
    "I have a dog.",
    "I am allergic to milk.",
    "I prefer tea.",
    "I was born in June.",
    "I plan to buy a car next year.",
    "My favourite film is old.",
)
_PASSING = (
    "Hello, good morning.",
    "Thank you, that helps me.",
    "Goodbye, see you later.",
    "Tell me a story.",
    "Write me a text.",
    "Calculate a number.",
    "Show me the list.",
    "Explain how it works.",
    "I have a question.",
    "Help me, please.",
    "I want to know the time.",
    "I need information about something.",
    "I don't understand.",
)


def statements(text: str) -> list[str]:
    """The clauses of a message in which users state a lasting fact about themselves, in their own words."""
    sentences = (found.group().strip() for found in _SENTENCE.finditer(text))
    clauses = (clause.strip(" ,.!-*•") for said in sentences if not said.endswith("?") for clause in _JOINT.split(said))
    return list(dict.fromkeys(clause for clause in clauses if _is_kept(clause)))


def _is_kept(clause: str) -> bool:
    if not _FIRST_PERSON.search(clause) or len(clause.split()) == 1:
        return False
    return likeness(clause, _WORTH_KEEPING) - likeness(clause, _PASSING) > MARGIN


def recalled(messages: Sequence[Message]) -> str | None:
    """The earlier statement that answers the user's question about themselves, or None if it is no such question.

    Statements are looked for in earlier user messages and in the system message, where memories are.
    """
    if not messages or messages[-1].role != "user":
        return None
    asked = messages[-1].text().strip()
    if not (_FIRST_PERSON.search(asked) and (asked.endswith("?") or _ASKING.match(asked))):
        return None
    told = [clause for m in messages[:-1] if m.role in ("user", "system") for clause in statements(m.text())]
    best = max((likeness(asked, (clause,)) for clause in told), default=0.0)
    if best <= RECALL_LIKENESS:
        return None
    return next(clause for clause in reversed(told) if likeness(asked, (clause,)) >= best - SAME_LIKENESS)


def noted(request: ModelRequest) -> list[str] | None:
    """What to call the tool that notes facts about a user with; None when no such tool is offered.

    Notes are the statements of the last message, in the user's own words, without those that the system message holds
    already. There are none after a tool's result.
    """
    if not any(
        tool.name == NOTING_TOOL and "memory" in tool.parameters.get("properties", {}) for tool in request.tools
    ):
        return None
    last = request.messages[-1]
    if last.role != "user":
        return []
    known = "\n".join(m.text() for m in request.messages if m.role == "system")
    return [clause for clause in statements(last.text()) if clause not in known][:MAX_STATEMENTS]


def with_statements(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The schema with each of its `memory` lists fixed to the statements in `text`; other fields stay the model's."""
    properties: dict[str, _Schema] = schema.get("properties", {})
    filled = {name: _filled(part, schema, text) for name, part in properties.items()}
    return {**schema, "properties": filled} if properties else dict(schema)


def _filled(part: _Schema, root: Mapping[str, Any], text: str) -> _Schema:
    item = None if isinstance(part, bool) else _item(part, root)
    if isinstance(part, bool) or item is None:
        return part
    found = statements(text)[: part.get("maxItems", MAX_STATEMENTS)]
    fixed = [{**item, "properties": {**item["properties"], "memory": {"const": clause}}} for clause in found]
    return {"type": "array", "prefixItems": fixed, "items": False, "minItems": len(fixed), "maxItems": len(fixed)}


def _item(part: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any] | None:
    """The object schema of a list of memories, or None if `part` is something else."""
    if part.get("type") != "array" or isinstance(part.get("items", True), bool):
        return None
    item: dict[str, Any] = part["items"]
    if "$ref" in item:
        item = root.get("$defs", {}).get(str(item["$ref"]).rpartition("/")[2], {})
    return item if "memory" in item.get("properties", {}) else None
