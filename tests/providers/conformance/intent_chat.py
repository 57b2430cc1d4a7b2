"""What a recorded chat completions request wanted, in our terms, and what speakers of the dialect say differently."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.openai_model import PARAMETERS
from agnolo.vocabulary.media import Audio, File, Image
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.cassettes import Cassette
from tests.providers.conformance.equivalence import Body, Equivalence, each, said, without


class Intent(NamedTuple):
    """A request of ours, and the options of the model that sends it."""

    request: ModelRequest
    options: dict[str, Any]


def intent(body: Body) -> Intent:
    """Of a recorded body."""
    form = body.get("response_format") or {}
    tools = body.get("tools") or []
    functions = [tool for tool in tools if tool.get("type") == "function"]
    ours = {"model", "messages", "tools", "tool_choice", "stream", "stream_options"}
    output = _output(form)
    rest = without(body, *ours, *(["response_format"] if output else []))
    options = {name: value for name, value in rest.items() if name in PARAMETERS}
    request = ModelRequest(
        messages=[_message(message) for message in body["messages"]],
        tools=[spec(tool["function"]) for tool in functions],
        builtin_tools=[tool for tool in tools if tool not in functions],
        tool_choice=body.get("tool_choice"),
        output=output,
        stream=bool(body.get("stream")),
    )
    extra = without(rest, *options)
    return Intent(request, {"id": body["model"], "max_tokens": None, **options, "request_params": extra})


def spec(function: Body) -> ToolSpec:
    """A declared function."""
    return ToolSpec(
        name=function["name"],
        description=function.get("description"),
        parameters=function.get("parameters") or {"type": "object", "properties": {}},
        strict=bool(function.get("strict")),
    )


def _output(form: Body) -> OutputFormat | None:
    match form.get("type"):
        case "json_object":
            return OutputFormat(name="o", schema={}, native=False)
        case "json_schema":
            named = form["json_schema"]
            return OutputFormat(name=named["name"], schema=named["schema"], strict=bool(named.get("strict")))
        case _:
            return None


def _message(message: Body) -> Message:
    calls = [
        ToolCall.of(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls") or ()
    ]
    details = message.get("reasoning_details")
    content, media = _content(message.get("content"))
    return Message(
        role=message["role"],
        content=content,
        name=message.get("name"),
        tool_calls=calls or None,
        tool_call_id=message.get("tool_call_id"),
        reasoning_content=message.get("reasoning_content") or message.get("reasoning"),
        provider_data={"reasoning_details": details} if details else None,
        images=[medium for medium in media if isinstance(medium, Image)] or None,
        audio=[medium for medium in media if isinstance(medium, Audio)] or None,
        files=[medium for medium in media if isinstance(medium, File)] or None,
    )


def _content(content: Any) -> tuple[Any, list[Image | Audio | File]]:
    """Parts that are media of ours become those, if all of them can: else the content stays as given."""
    if not isinstance(content, list):
        return content, []
    media = [_medium(part) for part in content]
    if any(medium is None and "text" not in part for part, medium in zip(content, media, strict=True)):
        return content, []
    kept = [part for part, medium in zip(content, media, strict=True) if medium is None]
    return kept, [medium for medium in media if medium is not None]


def _medium(part: Any) -> Image | Audio | File | None:
    """None for text, and for media whose bytes the corpus leaves out."""
    kind = part.get("type") if isinstance(part, dict) else None
    inner = part.get(kind) if kind else None
    if not isinstance(inner, dict) or set(part) != {"type", kind}:
        return None
    try:
        if kind == "image_url":
            return _image(inner)
        if kind == "input_audio":
            return Audio(content=base64.b64decode(inner["data"], validate=True), format=inner["format"])
        if kind == "file":
            head, _, data = inner["file_data"].removeprefix("data:").partition(";base64,")
            return File(content=base64.b64decode(data, validate=True), mime_type=head, filename=inner["filename"])
    except (binascii.Error, KeyError):
        return None
    return None


def _image(shown: Body) -> Image:
    url, detail = shown["url"], shown.get("detail")
    head, _, data = url.partition(";base64,")
    if not url.startswith("data:"):
        return Image(url=url, detail=detail)
    return Image(content=base64.b64decode(data, validate=True), mime_type=head.removeprefix("data:"), detail=detail)


# ---- equivalences


def _usage_asked(body: Body) -> Body:
    return without(body, "stream_options")


def _roles(body: Body) -> Body:
    return each(body, "messages", lambda m: {**m, "role": "system"} if m["role"] == "developer" else m)


def _media_last(body: Body) -> Body:
    def sort(message: Body) -> Body:
        parts = message.get("content")
        if not isinstance(parts, list):
            return message
        return {**message, "content": sorted(parts, key=lambda part: part.get("type") != "text")}

    return each(body, "messages", sort)


def _unnumbered(body: Body) -> Body:
    def bare(message: Body) -> Body:
        return each(message, "tool_calls", lambda call: without(call, "index"))

    return each(body, "messages", bare)


def _named_once(body: Body) -> Body:
    return each(body, "tools", lambda tool: without(tool, "name") if "function" in tool else tool)


def _strict(body: Body) -> Body:
    def closed(tool: Body) -> Body:
        function = tool.get("function") or {}
        if not function.get("strict"):
            return tool
        return {**tool, "function": {**function, "parameters": closed_schema(function["parameters"])}}

    form = body.get("response_format") or {}
    named = form.get("json_schema") or {}
    if named.get("strict"):
        body = {**body, "response_format": {**form, "json_schema": {**named, "schema": closed_schema(named["schema"])}}}
    return each(body, "tools", closed)


def _thought_once(body: Body) -> Body:
    return each(body, "messages", lambda message: without(message, "reasoning_content"))


def closed_schema(schema: Any) -> Any:
    """A strict schema says these two whether they are written or not."""
    if isinstance(schema, list):
        return [closed_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed_schema(value) for name, value in schema.items()}
    if inner.get("type") == "object" and "properties" in inner:
        inner |= {"additionalProperties": False, "required": sorted(inner["properties"])}
    return inner


EQUIVALENT = [
    Equivalence("null, empty and absent are one", "no speaker of the dialect tells them apart", said),
    Equivalence("usage is asked for in streams", "it changes only what is told of the reply", _usage_asked),
    Equivalence("system and developer are one", "OpenAI reads them alike; other vendors know only `system`", _roles),
    Equivalence("media stand after the text", "ours does not order its media among its texts", _media_last),
    Equivalence("calls are not numbered", "llm.rb sends back the `index` that calls have in a stream", _unnumbered),
    Equivalence("strict schemas are closed", "`strict` demands what we write out", _strict),
    Equivalence("a tool is named once", "llm.rb repeats the function's name beside the function", _named_once),
]  # fmt: skip
OLLAMAS = Equivalence(
    "Ollama reads no reasoning_content",
    "its chat completions take `reasoning` of earlier turns; ruby_llm sends it under another vendor's name",
    _thought_once,
)


def equivalent(cassette: Cassette) -> list[Equivalence]:
    """For the recording's provider."""
    return [*EQUIVALENT, OLLAMAS] if cassette.provider == "ollama" else EQUIVALENT
