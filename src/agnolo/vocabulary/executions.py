"""A tool call as it was executed."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.vocabulary.ids import now
from agnolo.vocabulary.metrics import ToolCallMetrics


class ToolExecution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One tool call as executed. All keys are present on the wire, null or not."""

    tool_call_id: str | None = None
    tool_name: str | None = None
    tool_args: dict[str, Any] | None = None
    tool_call_error: bool | None = None
    result: str | None = None
    metrics: ToolCallMetrics | None = None
    child_run_id: str | None = None
    stop_after_tool_call: bool = False
    created_at: int = msgspec.field(default_factory=now)
    requires_confirmation: bool | None = None
    confirmed: bool | None = None
    confirmation_note: str | None = None
    requires_user_input: bool | None = None
    user_input_schema: list[dict[str, Any]] | None = None
    user_feedback_schema: list[dict[str, Any]] | None = None
    answered: bool | None = None
    external_execution_required: bool | None = None
    external_execution_silent: bool | None = None
    approval_type: str | None = None
    approval_id: str | None = None
    parent_tool_call_id: str | None = None
