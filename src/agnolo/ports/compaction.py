"""When old history is replaced by a summary, and how much of it. See `agent.compaction`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from agnolo.ports.model import Model
from agnolo.vocabulary.compactions import CompactionStats
from agnolo.vocabulary.errors import ConfigurationError

COMPACT_AT = 150_000
KEPT_RUNS = 5

_LOWEST = {
    "compact_at_tokens": 1, "uncompacted_runs": 0, "uncompacted_tokens": 1, "compacted_token_budget": 1,
    "min_fold_ratio": 0,
}  # fmt: skip


class CompactionRules(msgspec.Struct, kw_only=True):
    """The options of a Compaction. Where model is None, the agent's own serves.

    When what is sent before the user's message has `compact_at_tokens` tokens (150,000; None: never), all but the last
    `uncompacted_runs` (5) runs, or the last `uncompacted_tokens` tokens, are replaced by a summary; until then, all
    of the session is sent. `on_context_overflow` does so when the provider finds a request too long, and asks again;
    alone it means no `compact_at_tokens`. With `enforce_min_fold_ratio` only what has `min_fold_ratio` times the tokens
    of what stays is replaced.

    `instructions` are added to what the model is told; the summary is asked to have, and if `enforce_token_budget` is
    cut to, `compacted_token_budget` tokens. Tokens are estimated, or counted by `token_counter(messages, tools)`.

    All messages stay in the session, replaced or not: `search_compacted_messages` is the tool with which the model
    searches them, and follows `store_compacted_messages`.
    """

    id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    owner_type: str | None = None
    model: Model | str | None = None
    instructions: str | None = None
    compacted_token_budget: int | None = None
    enforce_token_budget: bool = True
    compact_at_tokens: int | UnsetType | None = UNSET
    use_model_token_count: bool = False
    token_counter: Callable[..., Any] | None = None
    uncompacted_runs: int | UnsetType | None = UNSET
    uncompacted_tokens: int | None = None
    store_compacted_messages: bool = True
    search_compacted_messages: bool | None = None
    on_context_overflow: bool = False
    enforce_min_fold_ratio: bool = False
    min_fold_ratio: float = 2.0
    stats: CompactionStats = msgspec.field(default_factory=CompactionStats)

    def __post_init__(self) -> None:
        self._settle_search()
        if self.token_counter is not None and not callable(self.token_counter):
            kind = type(self.token_counter).__name__
            raise TypeError(f"token_counter must be a function of (messages, tools) that returns an int, not {kind}")
        if self.use_model_token_count:
            raise ConfigurationError(
                "use_model_token_count=True is not had: give token_counter=lambda messages, tools: "
                "model.count_tokens(messages, tools) to have the model count"
            )
        self._settle_limits()

    def _settle_search(self) -> None:
        if self.search_compacted_messages and not self.store_compacted_messages:
            raise ValueError(
                "search_compacted_messages=True searches what store_compacted_messages=False leaves out: "
                "set store_compacted_messages=True, or leave search_compacted_messages out"
            )
        if self.search_compacted_messages is None:
            self.search_compacted_messages = self.store_compacted_messages

    def _settle_limits(self) -> None:
        for name, lowest in _LOWEST.items():
            given = getattr(self, name)
            if given not in (None, UNSET) and given < lowest:
                kind = "zero or a positive number" if lowest == 0 else "a positive integer"
                raise ValueError(f"{name} must be {kind}, got {given}")
        if self.compact_at_tokens is UNSET:
            self.compact_at_tokens = None if self.on_context_overflow else COMPACT_AT
        if self.uncompacted_tokens is None:
            self.uncompacted_runs = KEPT_RUNS if self.uncompacted_runs is UNSET else self.uncompacted_runs
            return
        if self.uncompacted_runs not in (None, UNSET):
            raise ValueError("uncompacted_runs and uncompacted_tokens say the same in other units: give one of them")
        self.uncompacted_runs = None
        if self.threshold is not None and self.uncompacted_tokens >= self.threshold:
            raise ValueError(
                f"uncompacted_tokens={self.uncompacted_tokens} must be less than compact_at_tokens={self.threshold}: "
                "else there is nothing to replace"
            )

    @property
    def threshold(self) -> int | None:
        """How many tokens may be sent before history is replaced; None: any number."""
        return self.compact_at_tokens if isinstance(self.compact_at_tokens, int) else None

    @property
    def kept_runs(self) -> int:
        """How many runs stay, where runs are counted."""
        return self.uncompacted_runs if isinstance(self.uncompacted_runs, int) else 0
