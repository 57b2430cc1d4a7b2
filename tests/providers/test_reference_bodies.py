"""Requests of the vendors in the table beside the reference's for the same conversation.

reference_bodies.json holds what Agno 3.1.10 sent to a fake server: a plain request, and what tools and streaming change
in it. What we send otherwise on purpose is listed here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelRequest, ToolSpec
from agnolo.providers.catalog import resolve
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.scripted_wire import HELLO, Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio

FIXTURE: dict[str, Any] = json.loads(Path(__file__).with_name("reference_bodies.json").read_text("utf-8"))
MESSAGES = (
    Message(role="system", content="sys"),
    Message(role="user", content="hi"),
    Message(
        role="assistant",
        content="t",
        reasoning_content="why",
        tool_calls=[ToolCall.of("call_0123456789", "f", "{}")],
    ),
    Message(role="tool", content="1", tool_call_id="call_0123456789"),
)
TOOL = ToolSpec(name="f", description="F.", parameters={"type": "object", "properties": {}, "required": []})
FORMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "tools": {"tools": [TOOL], "tool_choice": "auto"},
    "stream": {"stream": True},
}
COMPLETION = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
ADDRESS = {"azure-openai": {"azure_endpoint": "http://h"}}

USAGE = {"stream_options": {"include_usage": True}}
MORE: dict[str, dict[str, dict[str, Any]]] = {
    "cerebras": {"tools": {"tool_choice": "auto"}, "stream": USAGE},  # recorded: both are accepted
}
LESS = {"requesty": {"requesty"}}
"""Requesty's object is empty without a user and session."""
ECHOES = {"siliconflow"}
"""Reasoning goes back to them, as their documentation wants; not in the reference."""


async def sent(key: str, form: str) -> dict[str, Any]:
    wire = Wire(Clock(), [Answer(*HELLO) if form == "stream" else whole(COMPLETION)])
    kind: Any = type(resolve(f"{key}:some-model"))
    where = ADDRESS.get(key, {"base_url": "http://h/v1"})
    model = kind(id="some-model", api_key="k", transport=wire, **where)
    async for _ in model.exchange(ModelRequest(messages=MESSAGES, **FORMS[form])):
        pass
    return json.loads(wire.requests[0].body)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", sorted(FIXTURE["vendors"]))
async def test_a_vendor_gets_what_it_gets_from_the_reference(key: str, form: str) -> None:
    known = FIXTURE["vendors"][key]
    expected = {**known["plain"], **(known[form] if form != "plain" else {}), **MORE.get(key, {}).get(form, {})}
    if expected["messages"] == "usual":
        expected["messages"] = [dict(message) for message in FIXTURE["usual"]]
    if key in ECHOES:
        expected["messages"][2]["reasoning_content"] = "why"
    assert await sent(key, form) == {name: value for name, value in expected.items() if name not in LESS.get(key, ())}
