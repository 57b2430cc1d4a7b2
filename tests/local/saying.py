"""Messages and tools that tests of the local model share."""

from typing import Any

from agnolo.ports.model import ToolSpec
from agnolo.vocabulary.messages import Message, ToolCall


def system(text: str) -> Message:
    return Message(role="system", content=text)


def user(text: str) -> Message:
    return Message(role="user", content=text)


def assistant(text: str) -> Message:
    return Message(role="assistant", content=text)


def after_tool(asked: str, *results: str, error: bool | None = None) -> list[Message]:
    """A question, the call of a tool for each result, and the results."""
    calls = [ToolCall.of(f"call_{n}", "lookup", "{}") for n in range(len(results))]
    return [
        user(asked),
        Message(role="assistant", tool_calls=calls),
        *(
            Message(role="tool", tool_call_id=call.id, tool_name="lookup", content=result, tool_call_error=error)
            for call, result in zip(calls, results, strict=True)
        ),
    ]


def tool(name: str, description: str | None, required: dict[str, Any] | None = None, **optional: Any) -> ToolSpec:
    properties = {**(required or {}), **optional}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return ToolSpec(name=name, description=description, parameters=schema)


CLOCK = tool("get_current_time", "Get the current date and time.", timezone={"type": "string"})
MULTIPLY = tool(
    "multiply",
    "Multiply two numbers and return the result.",
    {
        "a": {"type": "number", "description": "First number."},
        "b": {"type": "number", "description": "Second number."},
    },
)
TOOLS = (CLOCK, MULTIPLY)
