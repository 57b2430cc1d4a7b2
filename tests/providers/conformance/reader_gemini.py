"""An independent reading of recorded Gemini exchanges: plain json, no code of the package. From Google's own terms."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, failure
from tests.providers.conformance.verdict import judged

FILTERS = {
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
    "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
}  # fmt: skip
SPOILED = "MALFORMED_FUNCTION_CALL"


def sent(cassette: Cassette) -> list[dict[str, Any]]:
    """The chunks, and what stands bare behind them."""
    text = cassette.body.decode().replace("\r\n", "\n")
    found = [json.loads(line[5:]) for line in text.split("\n") if line.startswith("data:")]
    bare = re.search(r"^[{\[].*", text, re.MULTILINE | re.DOTALL)
    last = json.loads(bare[0]) if bare else []
    return [*found, *(last if isinstance(last, list) else [last])]


def outcome(cassette: Cassette) -> Outcome:
    """What the exchange came to."""
    said = sent(cassette)
    for chunk in said:
        if cassette.status != 200 or chunk.get("error"):
            verdict = judged(cassette.status, chunk)
            return failure(verdict.error, retryable=verdict.retryable)
        if (chunk.get("promptFeedback") or {}).get("blockReason"):
            return failure("ModelContentFilterError", retryable=False)
    read = _read(said)
    reason = _reason(said)
    shown = read.text or read.calls or any(not set(part) & {"text", "functionCall"} for part in _parts(said))
    if reason in FILTERS and not shown:
        return failure("ModelContentFilterError", retryable=False)
    if reason == SPOILED and not shown:
        return failure("ModelProtocolError", retryable=False)
    if cassette.streamed and not reason:
        return failure("TruncatedStreamError", retryable=True)
    return read


def _candidates(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [candidate for chunk in said for candidate in chunk.get("candidates") or [] if not candidate.get("index")]


def _parts(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for candidate in _candidates(said) for part in (candidate.get("content") or {}).get("parts") or []]


def _reason(said: list[dict[str, Any]]) -> str:
    return next((str(c["finishReason"]) for c in reversed(_candidates(said)) if c.get("finishReason")), "")


def _read(said: list[dict[str, Any]]) -> Outcome:
    text, reasoning = "", ""
    calls: list[tuple[str, Any]] = []
    for part in _parts(said):
        if "functionCall" in part:
            _add(calls, part["functionCall"])
        elif part.get("thought"):
            reasoning += part.get("text", "")
        else:
            text += part.get("text", "")
    more = {
        "urls": sorted({url for candidate in _candidates(said) for url in _urls(candidate)}),
        "signatures": [part["thoughtSignature"] for part in _parts(said) if "thoughtSignature" in part],
    }
    return Outcome(
        text,
        reasoning,
        tuple(calls),
        _finish(_reason(said), bool(calls)),
        _counts(said),
        more={name: value for name, value in more.items() if value},
    )


def _urls(candidate: dict[str, Any]) -> list[str]:
    chunks = (candidate.get("groundingMetadata") or {}).get("groundingChunks") or []
    cited = (candidate.get("citationMetadata") or {}).get("citations") or []
    read = (candidate.get("urlContextMetadata") or {}).get("urlMetadata") or []
    found = [chunk["web"]["uri"] for chunk in chunks if "web" in chunk]
    return found + [page["retrievedUrl"] for page in read] + [page["uri"] for page in cited if "uri" in page]


def _counts(said: list[dict[str, Any]]) -> tuple[int, int, int, int, int]:
    """Thoughts are counted apart from the answer, and what Google's tools read apart from the prompt."""
    counted = [chunk["usageMetadata"] for chunk in said if "totalTokenCount" in (chunk.get("usageMetadata") or {})]
    usage = counted[-1] if counted else {}
    thoughts = usage.get("thoughtsTokenCount", 0)
    return (
        usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0),
        usage.get("candidatesTokenCount", 0) + thoughts,
        usage.get("totalTokenCount", 0),
        usage.get("cachedContentTokenCount", 0),
        thoughts,
    )


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
