"""Requests in Gemini's dialect: our messages, tools and output form as a JSON body. Pure."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agnolo.ports.model import ModelRequest, ToolSpec
from agnolo.providers.answer_cap import capped
from agnolo.providers.gemini_schema import accepted
from agnolo.providers.gemini_turns import conversation
from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_object

_log = logging.getLogger("agnolo.providers")

_GENERATION = re.compile(r"gemini-(\d+)")
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "any": "ANY", "validated": "VALIDATED"}


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says besides the conversation.

    `config` is the generationConfig, `server_tools` are those that Google runs, `fields` stand beside the contents.
    `extra` is sent as it is and wins over everything, in `generationConfig` and `toolConfig` field by field.
    """

    model: str
    config: Mapping[str, Any]
    server_tools: Sequence[dict[str, Any]] = ()
    fields: Mapping[str, Any] = {}
    extra: Mapping[str, Any] = {}


def encode(request: ModelRequest, wording: Wording) -> bytes:
    """The JSON body of a generateContent request. Raises InputError for messages that can't be sent."""
    modern = joins_tools_and_form(wording.model)
    talk = conversation(request.messages, signed=modern)
    tools = _tools(request, wording, modern=modern)
    form, told = _form(request, in_words=bool(tools) and not modern)
    system = [*talk.system, *told]
    body: dict[str, Any] = {"contents": talk.turns, **wording.fields}
    if system:
        body["systemInstruction"] = {"role": "user", "parts": system}
    config = {**capped(wording.config, request, "maxOutputTokens"), **form}
    if config:
        body["generationConfig"] = config
    return codec.dumps(_with(body | tools, wording.extra))


def joins_tools_and_form(model: str) -> bool:
    """Whether the model takes functions together with Google's own tools and with an output schema: Gemini 3 does."""
    found = _GENERATION.search(model)
    return found is not None and int(found[1]) >= 3


def _with(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in extra.items():
        known = body.get(name)
        body[name] = {**known, **value} if is_object(known) and is_object(value) else value
    return body


# ---- output


def _form(request: ModelRequest, *, in_words: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What generationConfig says of the output, and what the instructions do where it may not."""
    output = request.output
    if output is None:
        return {}, []
    if in_words:
        text = f"Your final answer is one JSON object, without other words, of this schema:\n{_text(output.schema)}"
        return {}, [{"text": text}] if output.native else []
    form: dict[str, Any] = {"responseMimeType": "application/json"}
    if output.native:
        form["responseJsonSchema"] = accepted(output.schema)
    return form, []


def _text(schema: dict[str, Any]) -> str:
    return codec.dumps(schema).decode()


# ---- tools


def _tools(request: ModelRequest, wording: Wording, *, modern: bool) -> dict[str, Any]:
    """`tools` and `toolConfig`."""
    server = [*wording.server_tools, *request.builtin_tools]
    functions = request.tools
    if server and functions and not modern:
        _log.warning(
            "%s takes no functions beside Google's own tools: %s left out",
            wording.model,
            ", ".join(spec.name for spec in functions),
        )
        functions = ()
    tools = list(server)
    config: dict[str, Any] = {}
    if functions:
        tools.append({"functionDeclarations": [_declaration(spec) for spec in functions]})
        if request.tool_choice is not None:
            config["functionCallingConfig"] = _choice(request.tool_choice, functions)
        if server:
            config["includeServerSideToolInvocations"] = True
    return ({"tools": tools} if tools else {}) | ({"toolConfig": config} if config else {})


def _declaration(spec: ToolSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "description": spec.description or "",
        "parametersJsonSchema": accepted(spec.parameters),
    }


def _choice(choice: str | dict[str, Any], tools: Sequence[ToolSpec]) -> dict[str, Any]:
    """A mode, a tool to be called, in OpenAI's form or by its bare name, or Google's own configuration."""
    if isinstance(choice, dict):
        function: Any = choice.get("function")
        return _only(str(function.get("name"))) if is_object(function) else choice
    if any(spec.name == choice for spec in tools):
        return _only(choice)
    return {"mode": _MODES.get(choice.lower(), choice)}


def _only(name: str) -> dict[str, Any]:
    return {"mode": "ANY", "allowedFunctionNames": [name]}
