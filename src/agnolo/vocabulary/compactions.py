"""What came of replacing old history by a summary."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.metrics import RunMetrics


class CompactionStatus(StrEnum):
    """How an attempt ended."""

    COMPACTED = "compacted"
    NOT_ENABLED = "not_enabled"
    NO_HISTORY = "no_history"
    NOTHING_TO_FOLD = "nothing_to_fold"
    ALREADY_COMPACTED = "already_compacted"
    NOT_WORTH_IT = "not_worth_it"
    SUMMARY_FAILED = "summary_failed"


class CompactionRecord(msgspec.Struct, kw_only=True):
    """One replacement: the summary, how many messages it stands for, and the first message after them.

    `run_id` is the run that made it; None when it was asked for. Tokens are estimates of what is sent before and after.
    `archived` tells that the model can search what was replaced: it is never lost, it stays in the session.
    """

    messages_compacted: int
    summary: str
    first_kept_message_id: str | None = None
    id: str | None = None
    run_id: str | None = None
    archived: bool = False
    tokens_before: int | None = None
    tokens_after: int | None = None
    created_at: int = msgspec.field(default_factory=now)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The record that `to_dict` gave. Raises msgspec.ValidationError."""
        return msgspec.convert(data, cls)

    def to_dict(self) -> dict[str, Any]:
        """What is known."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class CompactionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to compact(): what came of it, in words too, and what the summary took, if a model was asked."""

    status: CompactionStatus
    message: str
    record: CompactionRecord | None = None
    metrics: RunMetrics | None = None

    @property
    def compacted(self) -> bool:
        """Whether history was replaced."""
        return self.status is CompactionStatus.COMPACTED

    def to_dict(self) -> dict[str, Any]:
        """All of it, as the server answers."""
        return {
            "status": self.status.value,
            "message": self.message,
            "compacted": self.compacted,
            "record": None if self.record is None else self.record.to_dict(),
            "metrics": codec.builtins(self.metrics),
        }


class CompactionStats(msgspec.Struct, kw_only=True):
    """Totals of one Compaction."""

    compactions: int = 0
    messages_compacted: int = 0
    tokens_before: int = 0
    tokens_after: int = 0

    def add(self, record: CompactionRecord) -> None:
        """Count one more."""
        self.compactions += 1
        self.messages_compacted += record.messages_compacted
        self.tokens_before += record.tokens_before or 0
        self.tokens_after += record.tokens_after or 0


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """The record in force in a session. What it stands for ends within the run that has this place in the session."""

    record: CompactionRecord
    since: int
