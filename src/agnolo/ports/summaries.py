"""How a model sums up sessions: of how much and in which words. See `agent.summaries`."""

from __future__ import annotations

import msgspec

from agnolo.ports.model import Model

REQUEST = "Sum up this conversation."


class SummaryRules(msgspec.Struct):
    """The options of a SessionSummaryManager. Where model is None, the agent's own serves.

    `session_summary_prompt` stands in place of what the model is told to do, before the conversation;
    `summary_request_message` asks for it after that. Of the session the last `last_n_runs` runs are told, and of these
    the last `conversation_limit` messages; None means all. `summaries_updated` tells that a summary was made.
    """

    id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    owner_type: str | None = None
    model: Model | str | None = None
    session_summary_prompt: str | None = None
    summary_request_message: str = REQUEST
    summaries_updated: bool = False
    last_n_runs: int | None = None
    conversation_limit: int | None = None

    def __post_init__(self) -> None:
        for name in ("last_n_runs", "conversation_limit"):
            given = getattr(self, name)
            if given is not None and given <= 0:
                raise ValueError(f"{name} must be a positive integer, got {given}")
