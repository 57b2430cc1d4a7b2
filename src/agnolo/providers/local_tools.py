"""Which tool to call, if any: MiniLM decides by likeness. With what: SmolLM2 fills the required parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from agnolo.ports.model import ModelRequest, ToolSpec
from agnolo.providers.local_embeddings import likeness
from agnolo.providers.local_prompt import Turn, question, turn
from agnolo.vocabulary.errors import ModelBadRequestError

MARGIN = 0.0
"""A message must be this much likelier to a tool than to talk. See artifacts/local-quality.md for what that gives."""

_TALK = (
    "Hello, how are you?",
    "Thank you, goodbye.",
    "Who are you and what can you do?",
    "Tell me about yourself.",
    "My name is Anna and I like music.",
    "I feel happy.",
    "What do you remember about me?",
    "What is the capital of a country?",
    "Who wrote this book?",
    "Explain how something works.",
    "Tell me a joke, a story or a poem.",
    "What is the meaning of this word?",
    "Give me advice.",
)
_SIGNS = {
    r"\s*(?:\*\*|\^)\s*": "to the power of",
    r"\s*[*×x]\s*": "multiplied by",
    r"\s*\+\s*": "plus",
    r"\s+[-−]\s+": "minus",
    r"\s*[/÷]\s*": "divided by",
}
"""A minus needs space around it: without it, it is mostly part of a date or a telephone number."""


def chosen(request: ModelRequest, recalled: str | None) -> ToolSpec | None:
    """The tool to call now, or None to answer in words: from `recalled`, when that is likelier to answer the question.

    A tool is called only straight after a user message. Raises ModelBadRequestError if the tool asked for is unknown.
    """
    asks = bool(request.messages) and request.messages[-1].role == "user"
    if not (asks and request.tools) or request.tool_choice == "none":
        return None
    if isinstance(request.tool_choice, dict):
        return _named(request.tool_choice, request.tools)
    asked = _worded(question(request.messages))
    talk = _TALK if recalled is None else (*_TALK, recalled)
    best = max(request.tools, key=lambda tool: likeness(asked, _texts(tool)))
    if request.tool_choice == "required" or likeness(asked, _texts(best)) - likeness(asked, talk) > MARGIN:
        return best
    return None


def _worded(text: str) -> str:
    """The text with arithmetic signs between numbers in words: MiniLM takes every sign for a plus."""
    for sign, words in _SIGNS.items():
        text = re.sub(rf"(?<=[\d)])(?:{sign})(?=[\d(])", f" {words} ", text)
    return text


def _texts(tool: ToolSpec) -> tuple[str, ...]:
    """What a tool is known by: the likest of these counts."""
    name = tool.name.replace("_", " ")
    if not tool.description:
        return (name,)
    return name, tool.description, f"{name}: {tool.description}"


def _named(choice: dict[str, Any], tools: Sequence[ToolSpec]) -> ToolSpec:
    name = str(choice.get("function", choice).get("name"))
    for tool in tools:
        if tool.name == name:
            return tool
    names = [tool.name for tool in tools]
    nearest = get_close_matches(name, names, 1, 0)[0]
    raise ModelBadRequestError(
        f"tool_choice names {name!r}, which is not among the tools; did you mean {nearest!r}?", provider="Local"
    )


def required_part(schema: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of the required parameters alone, or None if nothing is required.

    Optional parameters keep their defaults: SmolLM2 fills them with inventions.
    """
    required: list[str] = schema.get("required", [])
    if not required:
        return None
    properties = {name: part for name, part in schema.get("properties", {}).items() if name in required}
    return {**schema, "properties": properties}


def filling(tool: ToolSpec, schema: dict[str, Any], asked: str) -> list[Turn]:
    """The request that makes SmolLM2 take the arguments out of the user's message."""
    lines = [f"- {name}: {part.get('description', '')}".rstrip(": ") for name, part in schema["properties"].items()]
    system = f"{tool.description or tool.name} Extract these values from the message as JSON:\n" + "\n".join(lines)
    return [turn("system", system), turn("user", asked)]
