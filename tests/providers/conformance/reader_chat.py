"""An independent reading of the OpenAI chat dialect: plain json, no code of the package. From the vendors' facts."""

from __future__ import annotations

import json
from typing import Any

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, failure
from tests.providers.conformance.verdict import judged

FINISH = {
    "stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter",
    "function_call": "tool_calls", "sensitive": "content_filter", "model_context_window_exceeded": "length",
}  # fmt: skip


def sent(cassette: Cassette) -> list[Any]:
    """The JSON values of a reply: of a stream those behind `data:`."""
    text = cassette.body.decode().replace("\r\n", "\n")
    if not cassette.streamed or not any(line.startswith(("data:", ":", "event:")) for line in text.split("\n")):
        return [json.loads(text)]
    found = [line[5:].strip() for line in text.split("\n") if line.startswith("data:")]
    return [json.loads(payload) for payload in found if payload and payload != "[DONE]"]


def outcome(cassette: Cassette) -> Outcome:
    """What the exchange came to."""
    said = sent(cassette)
    for value in said:
        complaint = _complaint(cassette.status, value)
        if complaint is not None:
            verdict = judged(cassette.status, complaint)
            return failure(verdict.error, retryable=verdict.retryable)
    chunks = [value for value in said if isinstance(value, dict)]
    if not any(chunk.get("choices") for chunk in chunks):
        return failure("ModelProtocolError", retryable=True)
    ended = any(choice.get("finish_reason") for chunk in chunks for choice in chunk.get("choices") or [])
    if cassette.streamed and not ended and b"[DONE]" not in cassette.body:
        return failure("TruncatedStreamError", retryable=True)
    return _read(chunks)


def _complaint(status: int, value: Any) -> Any:
    if status != 200 or not isinstance(value, dict):
        return value
    inside = [choice["error"] for choice in value.get("choices") or [] if choice.get("error")]
    if inside or value.get("error"):
        return {**value, "error": value.get("error") or inside[0]}
    return None


def _read(chunks: list[dict[str, Any]]) -> Outcome:
    text, reasoning, finish, usage = "", "", "", {}
    calls: list[dict[str, Any]] = []
    urls: list[str] = []
    for chunk in chunks:
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage") or usage
        for choice in chunk.get("choices") or []:
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta") or choice.get("message") or {}
            text += _text(delta.get("content")) + (delta.get("refusal") or "")
            text += (delta.get("audio") or {}).get("transcript") or ""
            reasoning += delta.get("reasoning_content") or delta.get("reasoning") or ""
            urls += [note["url_citation"]["url"] for note in delta.get("annotations") or [] if "url_citation" in note]
            pieces = list(delta.get("tool_calls") or [])
            if delta.get("function_call"):
                pieces.append({"index": 0, "function": delta["function_call"]})
            for piece in pieces:
                _add(calls, piece)
    text, reasoning = thought_aloud(text, reasoning)
    named = tuple((call["name"], json.loads(call["args"].strip() or "{}")) for call in calls)
    ended = FINISH.get(finish, "other") if finish else "tool_calls" if named else "stop"
    return Outcome(text, reasoning, named, ended, _counts(usage), more=_more(urls, usage))


def thought_aloud(text: str, reasoning: str) -> tuple[str, str]:
    """The answer and the reasoning of models that think at the beginning of their answer, between tags."""
    head, closed, answer = text.partition("</think>")
    if reasoning or not closed or not head.lstrip().startswith("<think>"):
        return text, reasoning
    return answer.lstrip(), head.lstrip().removeprefix("<think>").strip()


def _text(content: Any) -> str:
    return content or "" if not isinstance(content, list) else "".join(part.get("text") or "" for part in content)


def _counts(usage: dict[str, Any]) -> tuple[int, int, int, int, int]:
    asked, answered = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    return (
        asked,
        answered,
        usage.get("total_tokens") or asked + answered,
        (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
    )


def _add(calls: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    """To the call of the same index or id; another id is another call."""
    index, call_id = piece.get("index"), piece.get("id")
    same = [
        call
        for call in calls
        if (index is not None and index >= 0 and call["index"] == index) or (call_id and call["id"] == call_id)
    ]
    same = [call for call in same if not call_id or not call["id"] or call["id"] == call_id]
    if not same:
        same = [{"index": index, "id": call_id, "name": "", "args": ""}]
        calls += same
    function = piece.get("function") or {}
    same[0]["name"] = same[0]["name"] or function.get("name") or ""
    arguments = function.get("arguments")
    same[0]["args"] += arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""


def _more(urls: list[str], usage: dict[str, Any]) -> dict[str, Any]:
    """Cited pages, and Groq's times."""
    durations = {name: value for name, value in usage.items() if name.endswith("_time") and value is not None}
    found: dict[str, Any] = {"urls": sorted(urls), "durations": durations}
    return {name: value for name, value in found.items() if value}
