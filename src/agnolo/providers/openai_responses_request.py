"""Requests in the OpenAI Responses dialect: our messages, tools and output form as a JSON body. Pure."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers import openai_content
from agnolo.providers.answer_cap import capped
from agnolo.providers.openai_responses_items import RESPONSE_ID, Keeper, came_from, restored, wire_id
from agnolo.providers.profiles import Dialect
from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.media import File
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.schema import strictly

_log = logging.getLogger("agnolo.providers")

_RESEARCH_TOOLS = frozenset({"web_search", "web_search_preview", "mcp", "file_search"})
"""Deep research models want one of these."""


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says besides the conversation. `parameters` are sent as they are and win over everything.

    `chained`: a conversation goes on from the vendor's own record of its last reply, and only what came after is sent.
    """

    keeper: Keeper
    dialect: Dialect
    parameters: Mapping[str, Any]
    text: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    role_map: Mapping[str, str] | None = None
    strict_output: bool = True
    chained: bool = False


class _Link(NamedTuple):
    """Where the conversation goes on, and what is to be told."""

    previous: str | None
    messages: Sequence[Message]


def encode(request: ModelRequest, wording: Wording) -> bytes:
    """The JSON body of a Responses request. Raises InputError for media that can't be sent."""
    roles = {"system": wording.dialect.system_role, **(wording.role_map or {})}
    if wording.dialect.system_role == "system":
        roles.setdefault("developer", "system")
    link = _link(request.messages, wording) if wording.chained else _Link(None, request.messages)
    body: dict[str, Any] = {
        "model": wording.keeper.model,
        "input": [item for message in link.messages for item in _items(message, roles, wording.keeper)],
    }
    if link.previous is not None:
        body["previous_response_id"] = link.previous
    text = dict(wording.text)
    if request.output is not None:
        text["format"] = _format(request.output, wording)
    if text:
        body["text"] = text
    body |= _tools(request, wording)
    if request.stream:
        body["stream"] = True
    return codec.dumps(body | capped(wording.parameters, request, "max_output_tokens"))


def _link(messages: Sequence[Message], wording: Wording) -> _Link:
    """From the last reply this vendor gave, if anything came after it."""
    for place in range(len(messages) - 2, -1, -1):
        message = messages[place]
        response_id: Any = (message.provider_data or {}).get(RESPONSE_ID)
        if message.role == "assistant" and response_id and came_from(message, wording.keeper):
            return _Link(response_id, messages[place + 1 :])
    return _Link(None, messages)


# ---- messages


def _items(message: Message, roles: Mapping[str, str], keeper: Keeper) -> list[dict[str, Any]]:
    if message.role == "assistant":
        return restored(message, keeper)
    if message.role == "tool":
        call_id = wire_id(message.tool_call_id or "")
        return [{"type": "function_call_output", "call_id": call_id, "output": _content(message)}]
    return [{"role": roles.get(message.role, message.role), "content": _content(message)}]


def _content(message: Message) -> str | list[Any]:
    """Text, or parts: the text, then images, then files."""
    left_out = len(message.audio or ()) + len(message.videos or ())
    if left_out:
        _log.warning("the Responses dialect takes no audio and no video: %d left out of a message", left_out)
    content = message.content
    if not (message.images or message.files or isinstance(content, list)):
        return content or ""
    said = [content] if isinstance(content, str) and content else content or ()
    return [
        *(_part(part) for part in said),
        *(_medium(Message(role="user", images=[image])) for image in message.images or ()),
        *(_file(file) for file in message.files or ()),
    ]


def _file(file: File) -> dict[str, Any]:
    """One given by URL is fetched by the vendor."""
    if file.url is not None:
        return {"type": "input_file", "file_url": file.url}
    return _medium(Message(role="user", files=[file]))


def _medium(message: Message) -> Any:  # noqa: ANN401 - a content part
    """The one medium of a message."""
    parts = openai_content.parts(message)
    return _part(parts[0]) if parts else {}


def _part(part: Any) -> Any:  # noqa: ANN401 - a content part
    """A part of the chat dialect, in this one's words; other parts are sent as given."""
    if isinstance(part, str):
        return {"type": "input_text", "text": part}
    if not is_object(part):
        return part
    shown: Any = part.get("image_url")
    match part.get("type"):
        case "text":
            return {"type": "input_text", "text": part.get("text")}
        case "image_url" if is_object(shown):
            return {"type": "input_image", "image_url": shown.get("url")} | (
                {"detail": shown["detail"]} if "detail" in shown else {}
            )
        case "file" if is_object(part.get("file")):
            return {"type": "input_file", **part["file"]}
        case _:
            return part


# ---- tools and output


def _tools(request: ModelRequest, wording: Wording) -> dict[str, Any]:
    dialect, output = wording.dialect, request.output
    strict = dialect.strict_tools and output is not None and output.native and output.strict
    offered = [*(_tool(spec, strict_beside_output=strict) for spec in request.tools), *_builtin(request, wording)]
    if not offered or (request.tool_choice == "none" and not dialect.can_forbid_tools):
        return {}
    if request.tool_choice is None:
        return {"tools": offered}
    return {"tools": offered, "tool_choice": _choice(request.tool_choice, request.tools)}


def _builtin(request: ModelRequest, wording: Wording) -> Sequence[dict[str, Any]]:
    """Tools the vendor runs. A model made for research gets the web, unless it was given something to search."""
    given = request.builtin_tools
    if "deep-research" not in wording.keeper.model or any(tool.get("type") in _RESEARCH_TOOLS for tool in given):
        return given
    return [{"type": "web_search_preview"}, *given]


def _tool(spec: ToolSpec, *, strict_beside_output: bool) -> dict[str, Any]:
    tool: dict[str, Any] = {
        "type": "function",
        "name": spec.name,
        "description": spec.description or "",
        "parameters": spec.parameters,
    }
    if spec.strict or (spec.strict is None and strict_beside_output):
        form = strictly(spec.parameters)
        if spec.strict or form.obstacle is None:
            tool |= {"parameters": form.schema, "strict": True}
    return tool


def _choice(choice: str | dict[str, Any], tools: Sequence[ToolSpec]) -> str | dict[str, Any]:
    """A tool's bare name and the chat dialect's form are taken as well."""
    if isinstance(choice, str):
        return {"type": "function", "name": choice} if any(spec.name == choice for spec in tools) else choice
    function: Any = choice.get("function")
    return {"type": "function", "name": function.get("name")} if is_object(function) else choice


def _format(output: OutputFormat, wording: Wording) -> dict[str, Any]:
    if not output.native:
        return {"type": "json_object"}
    form: dict[str, Any] = {"type": "json_schema", "name": output.name, "schema": output.schema, "strict": False}
    if output.strict:
        strict = strictly(output.schema)
        if strict.obstacle is None:
            form |= {"schema": strict.schema, "strict": wording.strict_output}
    return form
