"""Requests of Anthropic Messages: our messages, tools and output form as a JSON body. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from agnolo.ports.model import ModelRequest, ToolSpec
from agnolo.providers.answer_cap import capped
from agnolo.providers.anthropic_schema import closed, fitted
from agnolo.providers.anthropic_turns import conversation
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.messages import Message

Ttl = Literal["5m", "1h"]

CODE_EXECUTION = {"type": "code_execution_20250825", "name": "code_execution"}
"""The tool that skills run in."""


class SystemPromptBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the system prompt that is cached on its own, for `ttl` or the model's default time."""

    text: str
    cache: bool = True
    ttl: Ttl | None = None


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says besides the conversation. `parameters` are sent as they are and win over everything.

    `ttl` is how long caches are kept, `trailing` what the user says if the assistant had the last word.
    """

    model: str
    parameters: Mapping[str, Any]
    native_output: bool = True
    citations: bool = True
    trailing: str | None = None
    system_blocks: Sequence[SystemPromptBlock] = ()
    cache_system: bool = False
    cache_tools: bool = False
    ttl: Ttl = "5m"
    skills: Sequence[Mapping[str, Any]] = ()


def encode(request: ModelRequest, wording: Wording) -> bytes:
    """The JSON body of a messages request. Raises InputError for media that can't be sent."""
    held = holds_to_schema(request, wording)
    said = conversation(request.messages, citations=wording.citations and not held, trailing=wording.trailing)
    body: dict[str, Any] = {"model": wording.model, "messages": said.turns}
    system = _system(said.system, wording)
    if system:
        body["system"] = system
    body |= _tools(request, wording)
    if wording.skills:
        body["container"] = {"skills": list(wording.skills)} | _container(request.messages)
    if request.stream:
        body["stream"] = True
    body |= capped(wording.parameters, request, "max_tokens")
    if request.output is not None and held:
        form = {"type": "json_schema", "schema": fitted(request.output.schema)}
        body["output_config"] = {**(body.get("output_config") or {}), "format": form}
    return codec.dumps(body)


def holds_to_schema(request: ModelRequest, wording: Wording) -> bool:
    """Whether the answer is held to a schema. Then there are no citations: the two exclude each other."""
    return request.output is not None and request.output.native and wording.native_output


# ---- system


def _system(text: str, wording: Wording) -> list[dict[str, Any]]:
    """The agent's own text first, then the blocks, which may change more often."""
    blocks = [_text(text, wording.ttl if wording.cache_system else None)] if text else []
    blocks += [_text(block.text, block.ttl or wording.ttl if block.cache else None) for block in wording.system_blocks]
    times = [block["cache_control"].get("ttl", "5m") for block in blocks if "cache_control" in block]
    if times != sorted(times):  # "1h" sorts before "5m"
        raise ConfigurationError(
            "a part of the system prompt cached for '1h' follows one cached for '5m', which Anthropic refuses: "
            "set extended_cache_time=True, or ttl='5m' in the block, or cache_system_prompt=False"
        )
    return blocks


def _text(text: str, ttl: Ttl | None) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": text}
    return block if ttl is None else block | {"cache_control": _cache(ttl)}


def _cache(ttl: Ttl) -> dict[str, str]:
    return {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": ttl}


def _container(messages: Sequence[Message]) -> dict[str, Any]:
    """The sandbox of the last answer, whose files are still there."""
    for message in reversed(messages):
        used: Any = (message.provider_data or {}).get("container")
        if is_object(used) and used.get("id"):
            return {"id": used["id"]}
    return {}


# ---- tools


def _tools(request: ModelRequest, wording: Wording) -> dict[str, Any]:
    offered: list[dict[str, Any]] = [*(_tool(spec) for spec in request.tools), *map(dict, request.builtin_tools)]
    if wording.skills:
        offered.append(dict(CODE_EXECUTION))
    if not offered:
        return {}
    if wording.cache_tools:
        offered[-1]["cache_control"] = _cache("5m")
    choice = _choice(request.tool_choice)
    return {"tools": offered} if choice is None else {"tools": offered, "tool_choice": choice}


def _tool(spec: ToolSpec) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    tool: dict[str, Any] = {
        "name": spec.name,
        "description": spec.description or "",
        "input_schema": closed(schema | spec.parameters),
    }
    return tool | {"strict": True} if spec.strict else tool


def _choice(choice: str | dict[str, Any] | None) -> dict[str, Any] | None:
    """Anthropic's own form is sent as given; OpenAI's, and a tool's bare name, are translated."""
    match choice:
        case None:
            return None
        case "auto" | "none":
            return {"type": choice}
        case "required" | "any":
            return {"type": "any"}
        case str():
            return {"type": "tool", "name": choice}
        case _:
            function: Any = choice.get("function")
            return {"type": "tool", "name": function.get("name")} if is_object(function) else choice
