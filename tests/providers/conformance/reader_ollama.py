"""An independent reading of Ollama's own dialect, chat and generate: plain json, from Ollama's documentation."""

from __future__ import annotations

import json
from typing import Any

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, failure
from tests.providers.conformance.reader_chat import thought_aloud
from tests.providers.conformance.verdict import judged


def sent(cassette: Cassette) -> list[Any]:
    """The lines of a stream, or the one value of a reply."""
    if not cassette.streamed:
        return [json.loads(cassette.body)]
    return [json.loads(line) for line in cassette.body.decode().splitlines() if line]


def outcome(cassette: Cassette) -> Outcome:
    """What the exchange came to."""
    lines = sent(cassette)
    if cassette.status != 200 or "error" in lines[-1]:
        verdict = judged(cassette.status, lines[-1])
        return failure(verdict.error, retryable=verdict.retryable)
    if cassette.streamed and not lines[-1]["done"]:
        return failure("TruncatedStreamError", retryable=True)
    messages = [line.get("message") or {**line, "content": line.get("response")} for line in lines]
    calls = [call["function"] for message in messages for call in message.get("tool_calls") or []]
    last = lines[-1]
    reason = last.get("done_reason", "stop")
    asked, answered = last.get("prompt_eval_count") or 0, last.get("eval_count") or 0
    durations = {name: value for name, value in last.items() if name.endswith("_duration")}
    text = "".join(message.get("content") or "" for message in messages)
    return Outcome(
        *thought_aloud(text, "".join(message.get("thinking") or "" for message in messages)),
        tuple((call["name"], call.get("arguments") or {}) for call in calls),
        "tool_calls" if calls and reason == "stop" else reason if reason in ("stop", "length") else "other",
        (asked, answered, asked + answered, 0, 0),
        more={"durations": durations} if durations else {},
    )
