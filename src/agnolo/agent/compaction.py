"""Compaction: when and how a conversation's old history is replaced. How that is done is in `engine.compaction`."""

from __future__ import annotations

from collections.abc import Sequence

from agnolo.agent.models import resolve_model
from agnolo.engine import folding, history
from agnolo.engine.budget import tokens_of
from agnolo.ports.compaction import CompactionRules
from agnolo.vocabulary.compactions import CompactionRecord, CompactionStatus, Fold
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import Message


class Compaction(CompactionRules, kw_only=True):
    """Keeps a long session within the model's context: give it to an agent as `compaction`.

    Options: see `agnolo.ports.compaction.CompactionRules`, which raise ValueError for what can't be meant.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.id = self.id or f"compaction_{new_id()[-8:]}"
        if isinstance(self.model, str):
            self.model = resolve_model(self.model)

    def should_compact(self, messages: Sequence[Message], *, context_tokens: int | None = None) -> bool:
        """Whether these messages, or so many tokens, reach the threshold."""
        tokens = tokens_of(messages) if context_tokens is None else context_tokens
        return self.threshold is not None and tokens >= self.threshold

    def boundary_for(self, messages: Sequence[Message], overhead_tokens: int = 0) -> int | None:
        """Where what stays begins; None when that is all of it."""
        return folding.cut(self, messages, overhead_tokens)

    def plan(
        self, messages: Sequence[Message], previous: CompactionRecord | None = None, overhead_tokens: int = 0
    ) -> int | None:
        """The same, unless it is not worth it. `messages` are those since `previous`."""
        return folding.plan(self, messages, previous, overhead_tokens).place

    def plan_with_reason(
        self, messages: Sequence[Message], previous: CompactionRecord | None = None, overhead_tokens: int = 0
    ) -> tuple[int | None, CompactionStatus, str]:
        """The same, with the reason."""
        planned = folding.plan(self, messages, previous, overhead_tokens)
        return planned.place, planned.status, planned.message

    def apply_record(self, messages: Sequence[Message], record: CompactionRecord) -> list[Message]:
        """What is sent of these messages: the summary and what stays; all if the first that stays is not here."""
        place = next((i for i, m in enumerate(messages) if m.id == record.first_kept_message_id), None)
        if place is None:
            return list(messages)
        lead = [m for m in messages[:1] if m.role in ("system", "developer")]
        shown = history.standing(Fold(record=record, since=0))
        return [*lead, shown, *history.unchained(messages[place:])]
