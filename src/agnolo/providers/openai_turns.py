"""Messages of the OpenAI chat dialect for vendors where speakers have to take turns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_JOINABLE = ("system", "user", "assistant")


def joined(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one speaker as one message, texts with an empty line between. Tool calls and results stay apart."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        last = turns[-1] if turns else None
        if last is None or last["role"] != message["role"] or not (_joinable(last) and _joinable(message)):
            turns.append(message)
        else:
            turns[-1] = {**last, "content": _both(last["content"], message["content"])}
    return turns


def _joinable(message: dict[str, Any]) -> bool:
    return message["role"] in _JOINABLE and "tool_calls" not in message


def _both(first: str | list[Any], second: str | list[Any]) -> str | list[Any]:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_parts(first), *_parts(second)]


def _parts(content: str | list[Any]) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
