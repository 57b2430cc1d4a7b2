"""What a recorded Gemini request wanted, in our terms, and what speakers of the dialect say differently."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.cassettes import Cassette
from tests.providers.conformance.equivalence import Body, Equivalence, each, said, without
from tests.providers.conformance.intent_chat import Intent

OPTIONS = {
    "temperature": "temperature", "topP": "top_p", "topK": "top_k", "maxOutputTokens": "max_output_tokens",
    "stopSequences": "stop_sequences", "seed": "seed", "responseModalities": "response_modalities",
}  # fmt: skip
THINKING = {
    "includeThoughts": "include_thoughts",
    "thinkingBudget": "thinking_budget",
    "thinkingLevel": "thinking_level",
}
CHOICES = {"AUTO": "auto", "ANY": "required", "NONE": "none", "VALIDATED": "validated"}
KINDS = {1: "string", 2: "number", 3: "integer", 4: "boolean", 5: "array", 6: "object"}
USERS = ("args", "response")
"""Fields whose names are the user's."""


def intent(body: Body) -> Intent:
    """Of a recorded body. Where functions and a form are wanted together, the model is one that takes both."""
    body = _spelled(body)
    config = dict(body.get("generationConfig") or {})
    options: dict[str, Any] = {OPTIONS[name]: config.pop(name) for name in OPTIONS if name in config}
    options |= {THINKING[name]: value for name, value in config.pop("thinkingConfig", {}).items()}
    form = config.pop("responseJsonSchema", None) or config.pop("responseSchema", None)
    json_mode = config.pop("responseMimeType", None) == "application/json"
    output = OutputFormat(name="o", schema=_schema(form or {}), native=form is not None) if json_mode else None
    extra = without(body, "contents", "systemInstruction", "generationConfig", "safetySettings", "tools", "toolConfig")
    specs, builtins = _tools(body)
    if not specs and (body.get("toolConfig") or {}).get("includeServerSideToolInvocations"):
        extra["toolConfig"] = {"includeServerSideToolInvocations": True}
    told = [part["text"] for part in (body.get("systemInstruction") or {}).get("parts") or []]
    request = ModelRequest(
        messages=[
            *(Message(role="system", content=text) for text in told),
            *(message for turn in body["contents"] for message in _messages(turn)),
        ],
        tools=specs,
        builtin_tools=builtins,
        tool_choice=_choice(body),
        output=output,
    )
    given = {"generation_config": config, "safety_settings": body.get("safetySettings"), "extra_body": extra}
    return Intent(request, {"id": "gemini-3-flash", **options, **{name: v for name, v in given.items() if v}})


def _tools(body: Body) -> tuple[list[ToolSpec], list[Body]]:
    specs: list[ToolSpec] = []
    builtins: list[Body] = []
    for tool in body.get("tools") or []:
        for function in tool.get("functionDeclarations") or []:
            given = function.get("parameters") or function.get("parametersJsonSchema")
            specs.append(
                ToolSpec(
                    name=function["name"],
                    description=function.get("description"),
                    parameters=_schema(given or {"type": "object", "properties": {}}),
                )
            )
        builtins += [
            {name: inner} for name, inner in tool.items() if name != "functionDeclarations" and inner is not None
        ]
    return specs, builtins


def _choice(body: Body) -> Any:
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    if names := calling.get("allowedFunctionNames"):
        return {"type": "function", "function": {"name": names[0]}}
    return CHOICES.get(str(calling.get("mode")))


def _messages(turn: Body) -> list[Message]:
    parts = turn.get("parts") or []
    if turn.get("role") != "model":
        return [_from_user(part) for part in parts]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    ids = [call.get("id") or f"local-{place}" for place, call in enumerate(calls)]
    text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    return [
        Message(
            role="assistant",
            content=text or None,
            tool_calls=[
                ToolCall.of(call_id, call["name"], json.dumps(call.get("args") or {}))
                for call_id, call in zip(ids, calls, strict=True)
            ],
            provider_data={"gemini_parts": parts},
        )
    ]


def _from_user(part: Body) -> Message:
    result = part.get("functionResponse")
    if result is not None:
        images = [_image(p["inlineData"]) for p in result.get("parts") or [] if "inlineData" in p]
        return Message(
            role="tool",
            content=_only(result["response"]),
            tool_call_id=result.get("id") or "none",
            tool_name=result["name"],
            images=[image for image in images if image] or None,
        )
    if "inlineData" in part and (image := _image(part["inlineData"])):
        return Message(role="user", images=[image])
    return Message(role="user", content=part.get("text", [part]))


def _image(data: Body) -> Image | None:
    """None for media that the corpus leaves out."""
    try:
        return Image(content=base64.b64decode(data["data"], validate=True), mime_type=data["mimeType"])
    except binascii.Error:
        return None


def _only(response: Any) -> str:
    value = next(iter(response.values())) if isinstance(response, dict) and len(response) == 1 else response
    return value if isinstance(value, str) else json.dumps(value)


# ---- equivalences


def _spelled(body: Body) -> Body:
    return _camel(body)


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"_(\w)", lambda m: m[1].upper(), name): inner if name in USERS else _camel(inner)
        for name, inner in value.items()
        if inner is not None and inner is not False
    }


def _schema(given: Any) -> Any:
    """A schema in JSON Schema's spelling."""
    if isinstance(given, list):
        return [_schema(item) for item in given]
    if not isinstance(given, dict):
        return given
    plain = {name: _schema(inner) for name, inner in given.items() if name != "propertyOrdering"}
    kind = plain.get("type")
    if isinstance(kind, str | int):
        plain["type"] = kind.lower() if isinstance(kind, str) else KINDS[kind]
    return plain


def _one_schema(body: Body) -> Body:
    def declared(function: Body) -> Body:
        given = function.get("parameters") or function.get("parametersJsonSchema")
        empty = {"type": "object", "properties": {}}
        return {**without(function, "parameters"), "parametersJsonSchema": _schema(given or empty)}

    config = body.get("generationConfig") or {}
    if form := config.get("responseJsonSchema") or config.get("responseSchema"):
        config = {**without(config, "responseSchema"), "responseJsonSchema": _schema(form)}
        body = {**body, "generationConfig": config}
    return each(body, "tools", lambda tool: each(tool, "functionDeclarations", declared))


def _turns(body: Body) -> Body:
    turns: list[Body] = []
    for turn in body["contents"]:
        role = turn.get("role") or "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"] += turn.get("parts") or []
        else:
            turns.append({"role": role, "parts": list(turn.get("parts") or [])})
    return {**body, "contents": turns}


def _wrapped(body: Body) -> Body:
    def parts(turn: Body) -> Body:
        return {**turn, "parts": [piece for part in turn.get("parts") or [] for piece in _pieces(part)]}

    return each(body, "contents", parts)


def _pieces(part: Body) -> list[Body]:
    result = part.get("functionResponse")
    if result is None:
        return [part]
    answer = {**without(result, "parts"), "response": _only(result["response"])}
    return [
        {"functionResponse": answer},
        *(p for p in result.get("parts") or [] if "inlineData" in p and _image(p["inlineData"])),
    ]


def _instructed(body: Body) -> Body:
    """One text, of no role."""
    told = body.get("systemInstruction")
    return {**body, "systemInstruction": "".join(part["text"] for part in told["parts"])} if told else body


def _levels(body: Body) -> Body:
    config = body.get("generationConfig") or {}
    thinking = config.get("thinkingConfig") or {}
    if "thinkingLevel" not in thinking:
        return body
    thinking = {**thinking, "thinkingLevel": thinking["thinkingLevel"].upper()}
    return {**body, "generationConfig": {**config, "thinkingConfig": thinking}}


EQUIVALENT = [
    Equivalence("snake_case and camelCase", "Google's JSON takes both spellings of a field", _spelled),
    Equivalence("one of two schema fields", "`responseSchema` and `parameters` have a JSON Schema twin", _one_schema),
    Equivalence("neighbours of a role share a turn", "one without a role is the user's", _turns),
    Equivalence("a result is wrapped in an object", "`response` must be an object; the field in it is free", _wrapped),
    Equivalence("instructions are one text", "their parts are joined", _instructed),
    Equivalence("thinking levels in any case", "an enumeration", _levels),
    Equivalence("null, empty and absent are one", "protocol buffers do not tell them apart", said),
]  # fmt: skip


def equivalent(cassette: Cassette) -> list[Equivalence]:
    """For Google alone."""
    return EQUIVALENT
