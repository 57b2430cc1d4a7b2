"""The record of a call that needs an approval: who asks for what, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self, get_args

import msgspec

from agnolo.vocabulary.codec import decode, dumps
from agnolo.vocabulary.errors import RunNotContinuableError
from agnolo.vocabulary.ids import now

ApprovalStatus = Literal["pending", "approved", "rejected", "expired", "cancelled"]
STATUSES: tuple[str, ...] = get_args(ApprovalStatus)
CHANGEABLE = frozenset({"status", "expires_at", "context", "resolution_data", "resolved_by", "resolved_at"})
"""What may be said of an approval after it was made; what it is about stays as it is."""


class ApprovalPendingError(RunNotContinuableError, ValueError):
    """The run has calls whose approval on record is not decided, or is gone."""

    error_type = "approval_pending_error"
    status_code = 400


class Approval(msgspec.Struct):
    """An approval on record. Times are Unix seconds; `requirements` are those of the pause that it was made for.

    `source_type` is agent, team or workflow; `approval_type` required or audit; `run_status` where the run stands.
    `resolution_data` completes the decision: `values` for user input, `result` for a call made elsewhere. `bound`,
    which is not shown, are the digests of the calls that it holds for.
    """

    id: str
    run_id: str
    session_id: str
    status: ApprovalStatus = "pending"
    source_type: str = "agent"
    approval_type: str | None = None
    pause_type: str = "confirmation"
    tool_name: str | None = None
    tool_args: dict[str, Any] | None = None
    expires_at: int | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    schedule_id: str | None = None
    schedule_run_id: str | None = None
    source_name: str | None = None
    requirements: list[dict[str, Any]] | None = None
    context: dict[str, Any] | None = None
    resolution_data: dict[str, Any] | None = None
    resolved_by: str | None = None
    resolved_at: int | None = None
    created_at: int = msgspec.field(default_factory=now)
    updated_at: int | None = None
    run_status: str | None = None
    bound: list[str] = []

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The approval that `to_dict` gave. Raises msgspec.ValidationError."""
        return decode(dumps(data), cls)

    def to_dict(self) -> dict[str, Any]:
        """As shown: all keys, null or not."""
        return {name: getattr(self, name) for name in self.__struct_fields__ if name != "bound"}
