"""What a recorded Responses request wanted, in our terms, and what speakers of the dialect say differently."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from agnolo.ports.model import ModelRequest, OutputFormat
from agnolo.providers.openai_responses_model import PARAMETERS, SEALED
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.cassettes import Cassette
from tests.providers.conformance.equivalence import Body, Equivalence, each, said, without
from tests.providers.conformance.intent_chat import Intent, closed_schema, spec

TOLD = ("message", "function_call_output", "additional_tools")
"""Types of items that are not the assistant's."""


def intent(body: Body) -> Intent:
    """Of a recorded body."""
    items = _items(body["input"])
    tools = [{**tool, **tool.get("function", {})} for tool in body.get("tools") or []]
    functions = [tool for tool in tools if tool["type"] == "function" and not tool.get("defer_loading")]
    text = dict(body.get("text") or {})
    output = _output(text.pop("format", None) or {})
    rest = without(body, "model", "input", "tools", "tool_choice", "stream", "text")
    options = {name: value for name, value in rest.items() if name in (*PARAMETERS, "reasoning")}
    request = ModelRequest(
        messages=[message for own, run in groupby(items, _is_assistants) for message in _messages(own, list(run))],
        tools=[spec(tool) for tool in functions],
        builtin_tools=[
            tool for tool in body.get("tools") or [] if tool["type"] != "function" or "defer_loading" in tool
        ],
        tool_choice=body.get("tool_choice"),
        output=output,
        stream=bool(body.get("stream")),
    )
    extra = without(rest, *options) | ({"text": body["text"]} if text and output is None else {})
    return Intent(request, {"id": body["model"], "store": None, **options, "request_params": extra})


def _items(given: Any) -> list[Body]:
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def _output(form: Body) -> OutputFormat | None:
    match form.get("type"):
        case "json_object":
            return OutputFormat(name="o", schema={}, native=False)
        case "json_schema":
            return OutputFormat(name=form["name"], schema=form["schema"], strict=bool(form.get("strict")))
        case _:
            return None


def _is_assistants(item: Body) -> bool:
    return item.get("role") == "assistant" or item.get("type", "message") not in TOLD


def _messages(assistants: bool, items: list[Body]) -> list[Message]:
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


def _told(item: Body) -> Message:
    if item.get("type") == "function_call_output":
        return Message(role="tool", tool_call_id=item["call_id"], content=item["output"])
    return Message(role=item["role"], content=item["content"])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


# ---- equivalences


def _listed(body: Body) -> Body:
    return {**body, "input": _items(body["input"])}


def _typed(body: Body) -> Body:
    """A message is an item of type message, and whatever was said is completed."""

    def bare(item: Body) -> Body:
        kind = item.get("type", "message")
        return without(item, "status", *(["type"] if kind == "message" else []))

    return each(body, "input", bare)


def _texts(body: Body) -> Body:
    def joined(item: Body) -> Body:
        for name in ("content", "output"):
            parts = item.get(name)
            if isinstance(parts, list) and all(part.get("type") in ("input_text", "output_text") for part in parts):
                item = {**item, name: "".join(part.get("text", "") for part in parts) or None}
        return {name: value for name, value in item.items() if value is not None}

    return each(body, "input", joined)


def _roles(body: Body) -> Body:
    return each(body, "input", lambda i: {**i, "role": "developer"} if i.get("role") == "system" else i)


def _flat_tools(body: Body) -> Body:
    def flat(tool: Body) -> Body:
        return {**without(tool, "function"), **(tool.get("function") or {})}

    body = each(body, "tools", flat)
    listed = sorted(body.get("tools") or [], key=lambda tool: str(tool.get("type")) == "function")
    return {**body, "tools": listed} if listed else body


def _strict(body: Body) -> Body:
    def closed(tool: Body) -> Body:
        return {**tool, "parameters": closed_schema(tool["parameters"])} if tool.get("strict") else tool

    form = (body.get("text") or {}).get("format") or {}
    if form.get("strict"):
        body = {**body, "text": {**body["text"], "format": {**form, "schema": closed_schema(form["schema"])}}}
    return each(body, "tools", closed)


def _kept(body: Body) -> Body:
    return without(body, "store") if body.get("store") is True else body


def _sealed(body: Body) -> Body:
    asked = [name for name in body.get("include") or [] if name != SEALED]
    return {**body, "include": asked} if asked else without(body, "include")


EQUIVALENT = [
    Equivalence("a text is a list of one message", "`input` takes both", _listed),
    Equivalence("null, empty and absent are one", "no speaker of the dialect tells them apart", said),
    Equivalence("items name what they are by default", "`type: message` and `status` are optional", _typed),
    Equivalence("one text or a list of texts", "documented to be the same", _texts),
    Equivalence("system and developer are one", "OpenAI reads them alike", _roles),
    Equivalence("tools are flat and in no order", "the chat dialect's form is taken", _flat_tools),
    Equivalence("strict schemas are closed", "`strict` demands what we write out", _strict),
    Equivalence("replies are kept unless refused", "`store` is true by default", _kept),
    Equivalence("reasoning comes sealed", "we ask for it where no record is kept", _sealed),
]  # fmt: skip


def equivalent(cassette: Cassette) -> list[Equivalence]:
    """For any provider."""
    return EQUIVALENT
