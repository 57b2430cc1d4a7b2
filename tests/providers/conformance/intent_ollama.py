"""What a recorded request in Ollama's own dialect wanted, in our terms, and what its speakers say differently."""

from __future__ import annotations

import json
from typing import Any

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.ollama_model import PARAMETERS
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.cassettes import Cassette
from tests.providers.conformance.equivalence import Body, Equivalence, each, said, without
from tests.providers.conformance.intent_chat import Intent

PROMPTS = ("suffix", "template", "context", "raw")
"""What goes with a prompt alone."""


def intent(body: Body) -> Intent:
    """Of a recorded body; a prompt to /api/generate is a conversation of one message, and what else it says is lost."""
    body = body if "messages" in body else without(_conversation(body), *PROMPTS)
    form = body.get("format")
    tools = [tool["function"] for tool in body.get("tools") or []]
    rest = without(body, "model", "messages", "tools", "format", "stream")
    options = {name: value for name, value in rest.items() if name in PARAMETERS}
    request = ModelRequest(
        messages=[_message(message) for message in body["messages"]],
        tools=[
            ToolSpec(name=tool["name"], description=tool.get("description"), parameters=tool["parameters"])
            for tool in tools
        ],
        output=_output(form) if form else None,
        stream=body.get("stream", True),
    )
    return Intent(request, {"id": body["model"], **options, "request_params": without(rest, *options)})


def _output(form: Any) -> OutputFormat:
    return OutputFormat(name="o", schema=form if isinstance(form, dict) else {}, native=isinstance(form, dict))


def _message(message: Body) -> Message:
    images = message.get("images") or ()
    calls = [
        ToolCall.of("c", call["function"]["name"], json.dumps(call["function"]["arguments"]))
        for call in message.get("tool_calls") or ()
    ]
    return Message(
        role=message["role"],
        content=message.get("content"),
        tool_calls=calls or None,
        tool_name=message.get("tool_name"),
        reasoning_content=message.get("thinking"),
        images=[Image.from_base64(image) for image in images] or None,
    )


# ---- equivalences


def _conversation(body: Body) -> Body:
    """A chat for a prompt, one of nothing for none, which loads the model."""
    if "messages" in body:
        return body
    if "prompt" not in body:
        return {**body, "messages": []}
    asked = {"role": "user", "content": body["prompt"]} | ({"images": shown} if (shown := body.get("images")) else {})
    told = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    return {**without(body, "prompt", "images", "system"), "messages": [*told, asked]}


def _streams(body: Body) -> Body:
    return {**body, "stream": body.get("stream") is not False or "no"}


def _owns(body: Body) -> Body:
    def bare(message: Body) -> Body:
        calls = [{"function": without(call["function"], "index")} for call in message.get("tool_calls") or []]
        return without(message, "tool_call_id", "id") | ({"tool_calls": calls} if calls else {})

    tools = [{"function": tool["function"]} for tool in body.get("tools") or []]
    return each(body, "messages", bare) | ({"tools": tools} if tools else {})


EQUIVALENT = [
    Equivalence("silence on streaming means a stream", "`stream` is true by default", _streams),
    Equivalence("null, empty and absent are one", "Ollama is written in Go, where they are the same value", said),
    Equivalence("a prompt is a chat of one message", "/api/generate puts it into the same template", _conversation),
    Equivalence("calls belong by order and name", "ids, indexes and types are not read back", _owns),
]  # fmt: skip


def equivalent(cassette: Cassette) -> list[Equivalence]:
    """For Ollama alone."""
    return EQUIVALENT
