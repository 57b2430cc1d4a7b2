"""How a model shortens tool results: when, and in which words. See `agent.compression`."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.ports.model import Model

DEFAULT_RESULTS = 3


class CompressionRules(msgspec.Struct):
    """The options of a CompressionManager. Where model is None, the agent's own serves.

    Results are shortened when `compress_tool_results_limit` of them are not yet (3, if neither limit is given), or when
    the conversation has `compress_token_limit` tokens, by estimate. `compress_tool_call_instructions` stand in place of
    what the model is told. `stats` are totals: how many results were shortened, and their characters before and after.
    """

    model: Model | str | None = None
    compress_tool_results: bool = True
    compress_tool_results_limit: int | None = None
    compress_token_limit: int | None = None
    compress_tool_call_instructions: str | None = None
    stats: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if self.compress_tool_results_limit is None and self.compress_token_limit is None:
            self.compress_tool_results_limit = DEFAULT_RESULTS
