"""What a recorded Gemini request wanted, in our terms, and both bodies in one spelling, to compare them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, NamedTuple

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message, ToolCall

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


class Intent(NamedTuple):
    options: dict[str, Any]
    request: ModelRequest


def camel(value: Any) -> Any:
    """Google's own spelling, and nothing that says nothing."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"_(\w)", lambda m: m[1].upper(), name): inner if name in ("args", "response") else camel(inner)
        for name, inner in value.items()
        if inner is not None
    }


def schema(given: Any) -> Any:
    """A schema in JSON Schema's spelling."""
    if isinstance(given, list):
        return [schema(item) for item in given]
    if not isinstance(given, dict):
        return given
    numbers = {1: "string", 2: "number", 3: "integer", 4: "boolean", 5: "array", 6: "object"}
    plain = {name: schema(inner) for name, inner in given.items() if name != "propertyOrdering"}
    kind = plain.get("type")
    if isinstance(kind, str | int):
        plain["type"] = kind.lower() if isinstance(kind, str) else numbers[kind]
    return plain


def intent(body: dict[str, Any]) -> Intent:
    config = camel(body.get("generationConfig") or {})
    options: dict[str, Any] = {OPTIONS[name]: config.pop(name) for name in OPTIONS if name in config}
    options |= {THINKING[name]: value for name, value in config.pop("thinkingConfig", {}).items()}
    form = config.pop("responseJsonSchema", None) or config.pop("responseSchema", None)
    json_mode = config.pop("responseMimeType", None) == "application/json"
    output = OutputFormat(name="o", schema=schema(form or {}), native=form is not None) if json_mode else None
    if config:
        options["generation_config"] = config
    if body.get("safetySettings"):
        options["safety_settings"] = body["safetySettings"]
    if body.get("modelArmorConfig"):
        options["extra_body"] = {"modelArmorConfig": body["modelArmorConfig"]}
    specs, builtins = tools(body)
    if not specs and (body.get("toolConfig") or {}).get("includeServerSideToolInvocations"):
        options["extra_body"] = {"toolConfig": {"includeServerSideToolInvocations": True}}
    messages = [Message(role="system", content=part["text"]) for part in parts(body.get("systemInstruction"))]
    for turn in body["contents"]:
        messages += said(turn)
    request = ModelRequest(
        messages=messages, tools=specs, builtin_tools=builtins, tool_choice=choice(body), output=output
    )
    return Intent(options, request)


def parts(turn: dict[str, Any] | None) -> list[dict[str, Any]]:
    found = [camel(part) for part in (turn or {}).get("parts") or []]
    return [{name: value for name, value in part.items() if value is not False} for part in found]


def tools(body: dict[str, Any]) -> tuple[list[ToolSpec], list[dict[str, Any]]]:
    specs: list[ToolSpec] = []
    builtins: list[dict[str, Any]] = []
    for tool in body.get("tools") or []:
        plain = {re.sub(r"_(\w)", lambda m: m[1].upper(), name): inner for name, inner in tool.items()}
        for function in plain.pop("functionDeclarations", None) or []:
            given = (
                function.get("parameters")
                or function.get("parametersJsonSchema")
                or function.get("parameters_json_schema")
            )
            specs.append(
                ToolSpec(
                    name=function["name"],
                    description=function.get("description"),
                    parameters=schema(given or {"type": "object", "properties": {}}),
                )
            )
        builtins += [{name: inner} for name, inner in plain.items() if inner is not None]
    return specs, builtins


def choice(body: dict[str, Any]) -> Any:
    calling = ((body.get("toolConfig") or {}).get("functionCallingConfig")) or {}
    if names := calling.get("allowedFunctionNames"):
        return {"type": "function", "function": {"name": names[0]}}
    return CHOICES.get(str(calling.get("mode")))


def said(turn: dict[str, Any]) -> list[Message]:
    found = parts(turn)
    if turn.get("role") == "model":
        calls = [part["functionCall"] for part in found if "functionCall" in part]
        ids = [call.get("id") or f"local-{place}" for place, call in enumerate(calls)]
        text = "".join(part.get("text", "") for part in found if not part.get("thought"))
        return [
            Message(
                role="assistant",
                content=text or None,
                tool_calls=[
                    ToolCall.of(call_id, call["name"], json.dumps(call.get("args") or {}))
                    for call_id, call in zip(ids, calls, strict=True)
                ],
                provider_data={"gemini_parts": found},
            )
        ]
    return [_from_user(part) for part in found]


def _from_user(part: dict[str, Any]) -> Message:
    result = part.get("functionResponse")
    if result is not None:
        images = [_image(p["inlineData"]) for p in result.get("parts") or []]
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


def _image(data: dict[str, Any]) -> Image | None:
    try:
        return Image(content=base64.b64decode(data["data"], validate=True), mime_type=data["mimeType"])
    except binascii.Error:
        return None  # the corpus leaves long media out


def _only(response: Any) -> str:
    value = next(iter(response.values())) if isinstance(response, dict) and len(response) == 1 else response
    return value if isinstance(value, str) else json.dumps(value)


def plain(body: dict[str, Any]) -> dict[str, Any]:
    """A body without what spelling leaves open: who wraps a result how, which of two schema fields, defaults."""
    config = camel(body.get("generationConfig") or {})
    form = config.pop("responseJsonSchema", None) or config.pop("responseSchema", None)
    thinking = config.get("thinkingConfig", {})
    if "thinkingLevel" in thinking:
        thinking["thinkingLevel"] = thinking["thinkingLevel"].upper()
    specs, builtins = tools(body)
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    return {
        "system": "".join(part["text"] for part in parts(body.get("systemInstruction"))),
        "turns": _turns(body["contents"]),
        "config": config,
        "form": schema(form),
        "tools": [(spec.name, spec.description or "", spec.parameters) for spec in specs],
        "builtins": camel(builtins),
        "choice": (calling.get("mode"), calling.get("allowedFunctionNames")),
        "joined": bool((body.get("toolConfig") or {}).get("includeServerSideToolInvocations")),
        "safety": body.get("safetySettings") or [],
    }


def _turns(contents: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    turns: list[tuple[str, list[dict[str, Any]]]] = []
    for turn in contents:
        role, found = turn.get("role") or "user", [piece for part in parts(turn) for piece in _pieces(part)]
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(found)
        else:
            turns.append((role, found))
    return turns


def _pieces(part: dict[str, Any]) -> list[dict[str, Any]]:
    result = part.get("functionResponse")
    if result is None:
        return [part]
    answer = {name: value for name, value in result.items() if name not in ("parts", "response")}
    answer["response"] = _only(result["response"])
    return [{"functionResponse": answer}, *(p for p in result.get("parts") or [] if _image(p["inlineData"]))]
