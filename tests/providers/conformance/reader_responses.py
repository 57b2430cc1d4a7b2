"""An independent reading of the Responses dialect: plain json, no code of the package."""

from __future__ import annotations

import json
from typing import Any

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, failure
from tests.providers.conformance.reader_chat import sent
from tests.providers.conformance.verdict import judged

ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
CUT = {"max_output_tokens": "length", "max_tokens": "length", "content_filter": "content_filter"}
STATUSES = {"rate_limit_exceeded": 429, "server_is_overloaded": 503, "slow_down": 503}
FLAGGED = ("invalid_prompt", "image_content_policy_violation")


def outcome(cassette: Cassette) -> Outcome:
    """What the exchange came to."""
    said = sent(cassette)
    wrong = said[0] if cassette.status != 200 else _complaint(said)
    if wrong is not None:
        code = str((wrong.get("error") or {}).get("code"))
        if code in FLAGGED:
            return failure("ModelContentFilterError", retryable=False)
        status = STATUSES.get(code, 200) if cassette.status == 200 else cassette.status
        verdict = judged(status, wrong)
        return failure(verdict.error, retryable=verdict.retryable)
    if cassette.streamed and said[-1].get("type") not in ENDS:
        return failure("TruncatedStreamError", retryable=True)
    return _read(response_of(said), items_of(said))


def _complaint(said: list[Any]) -> dict[str, Any] | None:
    for value in said:
        error = (value.get("response") or value).get("error")
        if value.get("type") == "error":
            return {"error": error or value}
        if error:
            return {"error": error}
    return None


def response_of(said: list[dict[str, Any]]) -> dict[str, Any]:
    """The response as it stands at the end."""
    return said[-1].get("response") or said[-1]


def items_of(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The output items: of a stream as each was finished, which the list at its end may leave out."""
    if "response" not in said[-1]:
        return said[0]["output"]
    done = [value for value in said if value["type"] == "response.output_item.done"]
    return [value["item"] for value in sorted(done, key=lambda value: value["output_index"])]


def _read(response: dict[str, Any], items: list[dict[str, Any]]) -> Outcome:
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    thoughts = [
        part
        for item in items
        if item["type"] == "reasoning"
        for part in [*(item.get("summary") or []), *(item.get("content") or [])]
    ]
    calls = tuple((item["name"], json.loads(item["arguments"])) for item in items if item["type"] == "function_call")
    finish = "tool_calls" if calls else "stop"
    if response["status"] == "incomplete":
        finish = CUT.get((response.get("incomplete_details") or {}).get("reason", ""), "other")
    usage = response.get("usage") or {}
    asked, answered = usage.get("input_tokens") or 0, usage.get("output_tokens") or 0
    counts = (
        asked,
        answered,
        usage.get("total_tokens") or asked + answered,
        (usage.get("input_tokens_details") or {}).get("cached_tokens") or 0,
        (usage.get("output_tokens_details") or {}).get("reasoning_tokens") or 0,
    )
    notes = [note for part in parts for note in part.get("annotations") or []]
    urls = [note["url"] for note in notes if note["type"] == "url_citation"]
    return Outcome(
        "".join(part.get("text") or part.get("refusal") or "" for part in parts),
        "".join(part["text"] for part in thoughts),
        calls,
        finish,
        counts,
        more={"urls": sorted(urls)} if urls else {},
    )
