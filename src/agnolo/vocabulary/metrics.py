"""Token counts, times and costs. Encoded without zeros and nulls."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add, attrgetter
from typing import Any

import msgspec

from agnolo.vocabulary import codec


class TokenCounts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Tokens as the provider counted them; `cost` in US dollars where the provider states it."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    audio_total_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Without zeros and nulls."""
        return codec.builtins(self)


class SessionMetrics(TokenCounts, frozen=True, kw_only=True, omit_defaults=True):
    """All runs of a session."""

    details: dict[str, list[Any]] | None = None


class MessageMetrics(TokenCounts, frozen=True, kw_only=True, omit_defaults=True):
    """One model request. Times in seconds."""

    duration: float | None = None
    time_to_first_token: float | None = None
    provider_metrics: dict[str, Any] | None = None


class ModelMetrics(TokenCounts, frozen=True, kw_only=True, omit_defaults=True):
    """All requests of a run to one model. `provider_metrics` are the provider's own numbers, added up."""

    id: str = ""
    provider: str = ""
    provider_metrics: dict[str, Any] | None = None


class RunMetrics(TokenCounts, frozen=True, kw_only=True, omit_defaults=True):
    """One run. `details` maps the model's role (`model`, `memory_model`, …) to its counts."""

    time_to_first_token: float | None = None
    duration: float | None = None
    details: dict[str, list[ModelMetrics]] | None = None


class ToolCallMetrics(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Unix times and seconds."""

    start_time: float
    end_time: float
    duration: float


COUNT_FIELDS = tuple(f for f in TokenCounts.__struct_fields__ if f != "cost")
NOTHING = TokenCounts()
_numbers = attrgetter(*COUNT_FIELDS)


def counts_of(metrics: TokenCounts) -> dict[str, Any]:
    """The counts alone of metrics of any kind, by name."""
    found: dict[str, Any] = dict(zip(COUNT_FIELDS, _numbers(metrics), strict=True))
    found["cost"] = metrics.cost
    return found


def added(a: TokenCounts, b: TokenCounts) -> TokenCounts:
    """The sum of two counts; a cost unknown on both sides stays unknown."""
    if a is NOTHING:
        return b if type(b) is TokenCounts else TokenCounts(**counts_of(b))
    cost = b.cost if a.cost is None else a.cost if b.cost is None else a.cost + b.cost
    return TokenCounts(**dict(zip(COUNT_FIELDS, map(add, _numbers(a), _numbers(b)), strict=True)), cost=cost)


def total(counts: Iterable[TokenCounts]) -> TokenCounts:
    """The sum of these."""
    return reduce(added, counts, NOTHING)
