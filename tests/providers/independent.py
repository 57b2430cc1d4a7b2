"""An independent reading of recorded exchanges: plain json, no code of the package. Written from the vendors' facts."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.providers.cassettes import Cassette

FINISH = {"function_call": "tool_calls", "sensitive": "content_filter"}
BY_STATUS = {
    400: "ModelBadRequestError", 401: "ModelAuthenticationError", 403: "ModelPermissionError",
    404: "ModelNotFoundError", 429: "ModelRateLimitError", 502: "ModelProviderError",
}  # fmt: skip
BY_CODE = {
    "model_not_found": "ModelNotFoundError", "model_decommissioned": "ModelNotFoundError", 1211: "ModelNotFoundError",
    20012: "ModelNotFoundError", 1113: "ModelQuotaError", 1305: "ModelOverloadedError",
    "queue_exceeded": "ModelOverloadedError", 20015: "ContextWindowExceededError",
}  # fmt: skip


class Reading(NamedTuple):
    text: str
    reasoning: str
    calls: list[tuple[str, Any]]
    finish: str
    usage: tuple[int, int, int, int, int]


def payloads(cassette: Cassette) -> list[dict[str, Any]]:
    if not cassette.streamed:
        return [json.loads(cassette.body)]
    lines = cassette.body.decode().replace("\r\n", "\n").split("\n")
    found = [line[5:].strip() for line in lines if line.startswith("data:")]
    return [json.loads(text) for text in found if text and text != "[DONE]"]


def error_of(cassette: Cassette) -> str | None:
    """The class of the error that the exchange ends with, or None."""
    for said in payloads(cassette):
        inside = (said.get("choices") or [{}])[0].get("error") if isinstance(said, dict) else None
        error = said if not isinstance(said, dict) or cassette.status != 200 else said.get("error") or inside
        if isinstance(error, dict) and isinstance(error.get("error"), dict):
            error = error["error"]
        if error:
            return _class(cassette.status, error if isinstance(error, dict) else {"message": str(error)})
        if isinstance(said, dict) and "choices" in said and said["choices"] is None:
            return "ModelProtocolError"
    return None


def _class(status: int, error: dict[str, Any]) -> str:
    code = error.get("code")
    code = int(code) if isinstance(code, str) and code.isdecimal() else code
    if code in BY_CODE:
        return BY_CODE[code]
    message = str(error.get("message", "")) + str(error.get("metadata", ""))
    if "max context length" in message:
        return "ContextWindowExceededError"
    if "Content violates" in message:
        return "ModelContentFilterError"
    inner = error.get("status_code") or (code if isinstance(code, int) and 400 <= code < 600 else None)
    if status == 200 and inner is None:
        inner = 502
    return BY_STATUS.get(inner or status, "ModelProviderError")


def reading(cassette: Cassette) -> Reading:
    text, reasoning, finish, usage = "", "", "", {}
    calls: list[dict[str, Any]] = []
    for said in payloads(cassette):
        usage = said.get("usage") or (said.get("x_groq") or {}).get("usage") or usage
        for choice in said.get("choices") or []:
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta") or choice.get("message") or {}
            text += (delta.get("content") or "") + (delta.get("refusal") or "")
            reasoning += delta.get("reasoning_content") or delta.get("reasoning") or ""
            pieces = list(delta.get("tool_calls") or [])
            if delta.get("function_call"):
                pieces.append({"index": 0, "function": delta["function_call"]})
            for piece in pieces:
                _add(calls, piece)
    asked, answered = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    counts = (
        asked,
        answered,
        usage.get("total_tokens") or asked + answered,
        (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
    )
    return Reading(
        text, reasoning, [(c["name"], json.loads(c["args"] or "{}")) for c in calls], FINISH.get(finish, finish), counts
    )


def _add(calls: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    index, call_id = piece.get("index"), piece.get("id")
    same = [
        c
        for c in calls
        if (index is not None and index >= 0 and c["index"] == index) or (call_id and c["id"] == call_id)
    ]
    same = [c for c in same if not call_id or not c["id"] or c["id"] == call_id]
    if not same:
        same = [{"index": index, "id": call_id, "name": "", "args": ""}]
        calls += same
    function = piece.get("function") or {}
    same[0]["name"] = same[0]["name"] or function.get("name") or ""
    arguments = function.get("arguments")
    same[0]["args"] += arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""
