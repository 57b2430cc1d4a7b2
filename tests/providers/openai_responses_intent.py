"""What a recorded Responses request meant, in our words: written from the vendor's facts."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from agnolo.ports.model import ModelRequest, ToolSpec
from agnolo.vocabulary.messages import Message, ToolCall


def request_of(asked: dict[str, Any]) -> ModelRequest:
    given = asked["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    tools = [{**tool, **tool.get("function", {})} for tool in asked.get("tools") or []]
    functions = [tool for tool in tools if tool["type"] == "function" and not tool.get("defer_loading")]
    return ModelRequest(
        messages=[message for own, run in groupby(items, _is_assistants) for message in _messages(own, list(run))],
        tools=[_spec(tool) for tool in functions],
        builtin_tools=[
            tool for tool in asked.get("tools") or [] if tool["type"] != "function" or "defer_loading" in tool
        ],
        tool_choice=asked.get("tool_choice"),
        stream=bool(asked.get("stream")),
    )


def _spec(tool: dict[str, Any]) -> ToolSpec:
    return ToolSpec(
        name=tool["name"],
        description=tool.get("description"),
        parameters=tool["parameters"],
        strict=tool.get("strict") or False,
    )


def _is_assistants(item: dict[str, Any]) -> bool:
    return item.get("role") == "assistant" or (
        item.get("type", "message") not in ("message", "function_call_output", "additional_tools")
    )


def _messages(assistants: bool, items: list[dict[str, Any]]) -> list[Message]:
    if not assistants:
        return [_told(item) for item in items]
    texts = [_text(item["content"]) for item in items if item.get("role") == "assistant"]
    calls = [item for item in items if item.get("type") == "function_call"]
    opaque = any(item.get("id") or item.get("type") not in (None, "message", "function_call") for item in items)
    return [
        Message(
            role="assistant",
            content="".join(texts) or None,
            tool_calls=[ToolCall.of(call["call_id"], call["name"], call["arguments"]) for call in calls] or None,
            provider_data={"output": items} if opaque else None,
        )
    ]


def _told(item: dict[str, Any]) -> Message:
    if item.get("type") == "function_call_output":
        return Message(role="tool", tool_call_id=item["call_id"], content=item["output"])
    return Message(role=item["role"], content=item["content"])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)
