"""Requests in the OpenAI chat dialect: our messages, tools and output form as a JSON body. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers import openai_content, openai_parameters, openai_turns
from agnolo.providers.answer_cap import capped
from agnolo.providers.profiles import Dialect
from agnolo.vocabulary import codec
from agnolo.vocabulary.messages import Message, ToolCall
from agnolo.vocabulary.schema import strictly

_CAPS = ("max_tokens", "max_completion_tokens")


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says besides the conversation. `parameters` are sent as they are and win over everything."""

    model: str
    dialect: Dialect
    parameters: Mapping[str, Any]
    role_map: Mapping[str, str] | None = None
    strict_output: bool = True


def encode(request: ModelRequest, wording: Wording) -> bytes:
    """The JSON body of a chat completion request. Raises InputError for media that can't be sent."""
    roles = {"system": wording.dialect.system_role, **(wording.role_map or {})}
    if wording.dialect.system_role == "system":
        roles.setdefault("developer", "system")
    body: dict[str, Any] = {
        "model": wording.model,
        "messages": _messages(request.messages, roles, wording.dialect),
    }
    if request.output is not None and (request.output.native or wording.dialect.output.takes_json_mode(request)):
        body["response_format"] = _response_format(request.output, wording)
    body |= _tools(request, wording)
    if request.stream:
        body["stream"] = True
        if not wording.dialect.usage_unasked:
            body["stream_options"] = {"include_usage": True}
    elif wording.dialect.thinkers is not None and re.match(wording.dialect.thinkers, wording.model):
        body["enable_thinking"] = False
    return codec.dumps(body | capped(wording.parameters, request, *_cap_names(wording)))


def _cap_names(wording: Wording) -> list[str]:
    """What the vendor calls the cap of an answer."""
    return [*openai_parameters.accepted({"max_tokens": 1}, dialect=wording.dialect, model=wording.model), *_CAPS]


# ---- messages


def _messages(messages: Sequence[Message], roles: Mapping[str, str], dialect: Dialect) -> list[dict[str, Any]]:
    said = [_message(message, roles, dialect) for message in messages]
    if dialect.alternating:
        said = openai_turns.joined(said)
    if dialect.marks_prefix and said and said[-1]["role"] == "assistant":
        said[-1]["prefix"] = True
    return said


def _message(message: Message, roles: Mapping[str, str], dialect: Dialect) -> dict[str, Any]:
    said: dict[str, Any] = {"role": roles.get(message.role, message.role), "content": _content(message, dialect)}
    if message.name is not None and (dialect.speaker_names or message.role == "tool"):
        said["name"] = message.name
    if message.role == "tool":
        said["tool_call_id"] = _call_id(message.tool_call_id, dialect)
    if message.tool_calls:
        said["tool_calls"] = [_call(call, dialect) for call in message.tool_calls]
    said |= _reasoning(message, dialect)
    if dialect.echo_details and message.provider_data and message.provider_data.get("reasoning_details"):
        said["reasoning_details"] = message.provider_data["reasoning_details"]
    return said


def _reasoning(message: Message, dialect: Dialect) -> dict[str, str]:
    """Thought before a tool call belongs to it, even if nothing was thought."""
    if not dialect.echo_reasoning or message.role != "assistant":
        return {}
    if message.reasoning_content or (dialect.echo_nothing and message.tool_calls):
        return {dialect.reasoning_field: message.reasoning_content or ""}
    return {}


def _content(message: Message, dialect: Dialect) -> str | list[Any]:
    """Null is not sent: some vendors refuse it, and none refuses the empty text."""
    parts = openai_content.parts(message)
    if parts is not None:
        return parts
    if isinstance(message.content, list) and dialect.flat_text and all(_is_text(part) for part in message.content):
        return message.text()
    return message.content if message.content is not None else ""


def _is_text(part: Any) -> bool:  # noqa: ANN401 - a content part
    return isinstance(part, str) or (isinstance(part, dict) and "text" in part)


def _call(call: ToolCall, dialect: Dialect) -> dict[str, Any]:
    function = {"name": call.function.name, "arguments": call.function.arguments}
    return {"id": _call_id(call.id, dialect), "type": "function", "function": function}


def _call_id(given: str | None, dialect: Dialect) -> str | None:
    """The same for a call and its result, also when another vendor named the call."""
    if given is None or not dialect.short_call_ids or re.fullmatch("[A-Za-z0-9]{9}", given):
        return given
    return hashlib.sha256(given.encode()).hexdigest()[:9]


# ---- tools and output


def _tools(request: ModelRequest, wording: Wording) -> dict[str, Any]:
    dialect = wording.dialect
    if not (request.tools or request.builtin_tools):
        return {}
    if not dialect.takes_tools:
        openai_parameters.tell_left_out(wording.model, "tools")
        return {}
    if request.tool_choice == "none" and not dialect.can_forbid_tools:
        return {}
    output = request.output
    strict = dialect.strict_tools and output is not None and output.native and output.strict
    offered = [*(_tool(spec, strict_beside_output=strict) for spec in request.tools), *request.builtin_tools]
    said: dict[str, Any] = {"tools": offered}
    if dialect.serial_models is not None and re.match(dialect.serial_models, wording.model):
        said["parallel_tool_calls"] = False
    if request.tool_choice is not None:
        said["tool_choice"] = _choice(request.tool_choice, request.tools)
    return said


def _tool(spec: ToolSpec, *, strict_beside_output: bool) -> dict[str, Any]:
    parameters = spec.parameters
    function: dict[str, Any] = {"name": spec.name, "description": spec.description or "", "parameters": parameters}
    if spec.strict or (spec.strict is None and strict_beside_output):
        form = strictly(parameters)
        if spec.strict or form.obstacle is None:
            function |= {"parameters": form.schema, "strict": True}
    return {"type": "function", "function": function}


def _choice(choice: str | dict[str, Any], tools: Sequence[ToolSpec]) -> str | dict[str, Any]:
    """A tool's bare name is taken as well."""
    if isinstance(choice, str) and any(spec.name == choice for spec in tools):
        return {"type": "function", "function": {"name": choice}}
    return choice


def _response_format(output: OutputFormat, wording: Wording) -> dict[str, Any]:
    if not output.native:
        return {"type": "json_object"}
    form: dict[str, Any] = {"name": output.name, "schema": output.schema}
    if output.strict:
        strict = strictly(output.schema)
        possible = strict.obstacle is None or wording.dialect.closed_schemas
        form["schema"] = strict.schema if possible else output.schema
        form["strict"] = possible and wording.strict_output
    return {"type": "json_schema", "json_schema": form}
