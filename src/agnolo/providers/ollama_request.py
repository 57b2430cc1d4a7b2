"""Requests in Ollama's own dialect: our messages, tools and output form as a JSON body. Pure."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agnolo.ports.model import ModelRequest, OutputFormat, ToolChoice, ToolSpec
from agnolo.providers.answer_cap import capped
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall

_log = logging.getLogger("agnolo.providers")

_ROLES = {"developer": "system"}


def encode(request: ModelRequest, *, model: str, parameters: Mapping[str, Any]) -> bytes:
    """The JSON body of a chat request. `parameters` win over everything. Raises InputError for images by URL."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(message) for message in request.messages],
        "stream": request.stream,  # said in both cases, because silence means a stream
    }
    tools = _tools(request)
    if tools:
        body["tools"] = tools
    if request.output is not None and (request.output.native or not tools):
        body["format"] = _format(request.output)
    if request.max_output_tokens is not None:
        parameters = {**parameters, "options": capped(parameters.get("options") or {}, request, "num_predict")}
    return codec.dumps(body | dict(parameters))


def _format(output: OutputFormat) -> Any:  # noqa: ANN401 - a word or a schema
    return output.schema if output.native else "json"


# ---- messages


def _message(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {"role": _ROLES.get(message.role, message.role), "content": message.text()}
    if message.role == "assistant" and message.reasoning_content:
        said["thinking"] = message.reasoning_content
    if message.tool_calls:
        said["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.role == "tool" and message.tool_name:
        said["tool_name"] = message.tool_name
    images = [*_part_images(message), *(_image(image) for image in message.images or ())]
    if images:
        said["images"] = images
    _tell_of_the_rest(message)
    return said


def _call(call: ToolCall) -> dict[str, Any]:
    """Ids are not sent: results belong to calls by order and name."""
    return {"type": "function", "function": {"name": call.function.name, "arguments": _arguments(call)}}


def _arguments(call: ToolCall) -> dict[str, Any]:
    """An object is all that is taken; what a model has garbled was answered by an error already."""
    try:
        arguments = codec.loads(call.function.arguments)
    except msgspec.DecodeError:
        return {}
    return arguments if is_object(arguments) else {}


def _image(image: Image) -> str:
    try:
        raw = image.get_content_bytes()
    except OSError as error:
        raise InputError(f"Image {image.filepath!r} can't be read: {error.strerror or error}") from error
    if raw is None:
        raise _by_url(image.url)
    return base64.b64encode(raw).decode()


def _part_images(message: Message) -> Iterator[str]:
    """Images among OpenAI-shaped content parts."""
    for part in message.content if isinstance(message.content, list) else ():
        shown: Any = part.get("image_url") if is_object(part) else None
        if shown is None:
            continue
        url = str(shown.get("url")) if is_object(shown) else str(shown)
        head, _, raw = url.partition(";base64,")
        if not head.startswith("data:"):
            raise _by_url(url)
        try:
            base64.b64decode(raw, validate=True)
        except binascii.Error as error:
            raise InputError(f"an image in the content is no base64 ({error}): it begins with {raw[:20]!r}") from error
        yield raw


def _by_url(url: str | None) -> InputError:
    return InputError(
        f"Image {url!r} is given by URL, and Ollama takes only its bytes: fetch it and pass Image(content=...)"
    )


def _tell_of_the_rest(message: Message) -> None:
    left = [kind for kind in ("audio", "files", "videos") if getattr(message, kind)]
    if left:
        _log.warning("Ollama takes no %s: left out of a message", " and no ".join(left))


# ---- tools


def _tools(request: ModelRequest) -> list[dict[str, Any]]:
    """There is no tool choice: none means no tools, and one means only that one."""
    choice = request.tool_choice
    if choice == "none":
        return []
    named = _named(choice)
    if named is not None:
        chosen = [spec for spec in request.tools if spec.name == named]
        if chosen:
            return [_tool(spec) for spec in chosen]
    if choice not in (None, "auto"):
        _log.warning("Ollama can't be made to call a tool: tool_choice %r is left out", choice)
    return [*(_tool(spec) for spec in request.tools), *request.builtin_tools]


def _named(choice: ToolChoice) -> str | None:
    if not isinstance(choice, dict):
        return choice
    function: Any = choice.get("function")
    name: Any = function.get("name") if is_object(function) else choice.get("name")
    return name if isinstance(name, str) else None


def _tool(spec: ToolSpec) -> dict[str, Any]:
    function = {"name": spec.name, "description": spec.description or "", "parameters": spec.parameters}
    return {"type": "function", "function": function}
