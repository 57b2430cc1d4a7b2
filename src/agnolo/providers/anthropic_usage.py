"""Token counts of Anthropic Messages: each number is a total, and the last one said counts."""

from __future__ import annotations

from typing import Any

from agnolo.providers.counts import count
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.metrics import MessageMetrics


def metrics(usage: dict[str, Any]) -> MessageMetrics:
    """The counts of a `usage` object. Cached tokens are not among the input tokens."""
    details: Any = usage.get("output_tokens_details")
    inputs, outputs = count(usage, "input_tokens"), count(usage, "output_tokens")
    told = {name: usage[name] for name in ("server_tool_use", "service_tier") if usage.get(name)}
    return MessageMetrics(
        input_tokens=inputs,
        output_tokens=outputs,
        total_tokens=inputs + outputs,
        cache_read_tokens=count(usage, "cache_read_input_tokens"),
        cache_write_tokens=count(usage, "cache_creation_input_tokens"),
        reasoning_tokens=count(details, "thinking_tokens") if is_object(details) else 0,
        provider_metrics=told or None,
    )
