"""What a provider demands of a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from agnolo import Message


def assert_valid_history(messages: Sequence[Message]) -> None:
    """Every tool call is answered, once, before anything else is said; no result is without its call."""
    open_calls: set[str] = set()
    for message in messages:
        if message.role == "tool":
            assert message.tool_call_id in open_calls, f"result without a call: {message}"
            open_calls.discard(message.tool_call_id or "")
            continue
        assert not open_calls, f"calls without a result before {message}: {open_calls}"
        open_calls = {call.id for call in message.tool_calls or ()}
    assert not open_calls, f"calls without a result at the end: {open_calls}"
