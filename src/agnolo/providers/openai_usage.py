"""Token counts of the OpenAI dialect, with the places where its speakers put them."""

from __future__ import annotations

from typing import Any

from agnolo.providers.counts import count
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.metrics import MessageMetrics

_TIMES = ("completion_time", "prompt_time", "queue_time", "total_time")
"""Groq's, in seconds."""


def metrics(usage: dict[str, Any] | None) -> MessageMetrics:
    """The counts of a `usage` object; zero where nothing (or nonsense) is said."""
    if not usage:
        return MessageMetrics()
    asked, answered = _part(usage, "prompt_tokens_details"), _part(usage, "completion_tokens_details")
    heard, spoken = count(asked, "audio_tokens"), count(answered, "audio_tokens")
    inputs, outputs = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    cost: Any = usage.get("cost")
    times = {name: usage[name] for name in _TIMES if usage.get(name) is not None}
    return MessageMetrics(
        input_tokens=inputs,
        output_tokens=outputs,
        total_tokens=count(usage, "total_tokens") or inputs + outputs,
        audio_input_tokens=heard,
        audio_output_tokens=spoken,
        audio_total_tokens=heard + spoken,
        cache_read_tokens=count(asked, "cached_tokens"),
        cache_write_tokens=count(asked, "cache_write_tokens"),
        reasoning_tokens=count(answered, "reasoning_tokens"),
        cost=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
        provider_metrics=times or None,
    )


def _part(usage: dict[str, Any], name: str) -> dict[str, Any]:
    part: Any = usage.get(name)
    return part if is_object(part) else {}
