"""An independent reading of recorded Gemini exchanges: plain json, no code of the package. From Google's own terms."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from tests.providers.cassettes import Cassette

FILTERS = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"}
BY_STATUS = {
    400: "ModelBadRequestError", 401: "ModelAuthenticationError", 403: "ModelPermissionError",
    404: "ModelNotFoundError", 429: "ModelRateLimitError", 503: "ModelOverloadedError",
}  # fmt: skip


class GeminiReading(NamedTuple):
    text: str
    reasoning: str
    calls: list[tuple[str, Any]]
    finish: str
    usage: tuple[int, int, int, int, int]
    urls: list[str]
    signatures: list[str]


def payloads(cassette: Cassette) -> list[dict[str, Any]]:
    """The chunks, and what stands bare behind them."""
    text = cassette.body.decode().replace("\r\n", "\n")
    if not cassette.streamed:
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    found = [json.loads(line[5:]) for line in text.split("\n") if line.startswith("data:")]
    bare = re.search(r"^[{\[].*", text, re.MULTILINE | re.DOTALL)
    return [*found, json.loads(bare[0])] if bare else found


def speaks_openai(cassette: Cassette) -> bool:
    """Whether the exchange went to Google's endpoint for that dialect."""
    return "choices" in payloads(cassette)[0]


def error_of(cassette: Cassette) -> str | None:
    for said in payloads(cassette):
        error = said.get("error")
        if error:
            return _class(cassette.status, error)
        if (said.get("promptFeedback") or {}).get("blockReason"):
            return "ModelContentFilterError"
    reading_ = reading(cassette)
    shown = (
        reading_.text
        or reading_.calls
        or any(set(part) & {"inlineData", "executableCode"} for part in _parts(cassette))
    )
    if reading_.finish == "content_filter" and not shown:
        return "ModelContentFilterError"
    return None


def _class(status: int, error: dict[str, Any]) -> str:
    reasons = {detail.get("reason") for detail in error.get("details") or []}
    if "API_KEY_INVALID" in reasons:
        return "ModelAuthenticationError"
    if status == 200:
        status = 502 if error["code"] == 499 else error["code"]
    return BY_STATUS.get(status, "ModelProviderError")


def _parts(cassette: Cassette) -> list[dict[str, Any]]:
    return [
        part
        for said in payloads(cassette)
        for candidate in said.get("candidates") or []
        for part in (candidate.get("content") or {}).get("parts") or []
    ]


def reading(cassette: Cassette) -> GeminiReading:
    text, reasoning, finish, usage = "", "", "", {}
    calls: list[tuple[str, Any]] = []
    urls: list[str] = []
    for part in _parts(cassette):
        if "functionCall" in part:
            _add(calls, part["functionCall"])
        elif part.get("thought"):
            reasoning += part.get("text", "")
        else:
            text += part.get("text", "")
    for said in payloads(cassette):
        counted = said.get("usageMetadata") or {}
        usage = counted if "totalTokenCount" in counted else usage
        for candidate in said.get("candidates") or []:
            finish = str(candidate.get("finishReason") or finish)
            chunks = (candidate.get("groundingMetadata") or {}).get("groundingChunks") or []
            cited = (candidate.get("citationMetadata") or {}).get("citations") or []
            read = (candidate.get("urlContextMetadata") or {}).get("urlMetadata") or []
            urls += [chunk["web"]["uri"] for chunk in chunks if "web" in chunk]
            urls += [page["retrievedUrl"] for page in read] + [page["uri"] for page in cited if "uri" in page]
    thoughts = usage.get("thoughtsTokenCount", 0)
    counts = (
        usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0),
        usage.get("candidatesTokenCount", 0) + thoughts,
        usage.get("totalTokenCount", 0),
        usage.get("cachedContentTokenCount", 0),
        thoughts,
    )
    signatures = [part["thoughtSignature"] for part in _parts(cassette) if "thoughtSignature" in part]
    return GeminiReading(text, reasoning, calls, _finish(finish, bool(calls)), counts, sorted(set(urls)), signatures)


def _finish(reason: str, called: bool) -> str:
    if reason == "MAX_TOKENS":
        return "length"
    if reason in FILTERS:
        return "content_filter"
    return "tool_calls" if called else "stop" if reason in ("STOP", "1", "") else "other"


def _add(calls: list[tuple[str, Any]], call: dict[str, Any]) -> None:
    """Arguments told in pieces are strings at the top level in every recording."""
    if call.get("name"):
        calls.append((call["name"], dict(call.get("args") or {})))
    for piece in call.get("partialArgs") or []:
        args = calls[-1][1]
        name = piece["jsonPath"].removeprefix("$.")
        args[name] = args.get(name, "") + piece["stringValue"] if "stringValue" in piece else piece.get("numberValue")
