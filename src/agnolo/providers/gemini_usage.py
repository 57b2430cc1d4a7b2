"""Token counts of Gemini."""

from __future__ import annotations

from typing import Any

from agnolo.providers.counts import count
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.metrics import MessageMetrics


def metrics(usage: dict[str, Any] | None) -> MessageMetrics:
    """The counts of a `usageMetadata`, such that input and output make up the total.

    Gemini counts thoughts apart from the answer, and what its own tools read apart from the prompt; elsewhere, and
    on its bill, these are output and input.
    """
    if not usage:
        return MessageMetrics()
    thoughts = count(usage, "thoughtsTokenCount")
    inputs = count(usage, "promptTokenCount") + count(usage, "toolUsePromptTokenCount")
    outputs = count(usage, "candidatesTokenCount") + thoughts
    heard, spoken = _audio(usage, "promptTokensDetails"), _audio(usage, "candidatesTokensDetails")
    return MessageMetrics(
        input_tokens=inputs,
        output_tokens=outputs,
        total_tokens=count(usage, "totalTokenCount") or inputs + outputs,
        audio_input_tokens=heard,
        audio_output_tokens=spoken,
        audio_total_tokens=heard + spoken,
        cache_read_tokens=count(usage, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
    )


def _audio(usage: dict[str, Any], name: str) -> int:
    details: Any = usage.get(name)
    kinds = [d for d in details if is_object(d)] if is_array(details) else []
    return sum(count(kind, "tokenCount") for kind in kinds if kind.get("modality") == "AUDIO")
