"""A run as its caller sees it: input, context handed to tools, output, status."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec

from agnolo.vocabulary.ids import now
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Citations, Message
from agnolo.vocabulary.metrics import RunMetrics, ToolCallMetrics


class RunStatus(StrEnum):
    """Where a run stands. PENDING and RUNNING are the states that are not final; PAUSED waits for a person."""

    pending = "PENDING"
    running = "RUNNING"
    completed = "COMPLETED"
    paused = "PAUSED"
    cancelled = "CANCELLED"
    error = "ERROR"
    regenerated = "REGENERATED"


class RunInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the caller asked."""

    input_content: Any
    images: Sequence[Image] | None = None
    audios: Sequence[Audio] | None = None
    videos: Sequence[Video] | None = None
    files: Sequence[File] | None = None


class RunContext(msgspec.Struct, kw_only=True):
    """Handed to tools and callables that ask for it. `session_state` may be changed; changes are saved with the run."""

    run_id: str
    session_id: str
    user_id: str | None = None
    session_state: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    dependencies: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    output_schema: Any = None
    messages: list[Message] | None = None


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


class RunOutput(msgspec.Struct, kw_only=True):
    """The result of a run: also of one that failed or was cancelled, with what it had by then.

    Media are those that the model or its tools made; `response_audio` is what the model said aloud, the last if it
    spoke several times. `model` is the one that answered last. `events`, with `store_events`, are all but content
    deltas; they are typed in `vocabulary.events`.
    """

    run_id: str
    session_id: str
    agent_id: str | None = None
    agent_name: str | None = None
    parent_run_id: str | None = None
    user_id: str | None = None
    input: RunInput | None = None
    content: Any = None
    content_type: str = "str"
    reasoning_content: str | None = None
    model: str | None = None
    model_provider: str | None = None
    model_provider_data: dict[str, Any] | None = None
    messages: list[Message] = msgspec.field(default_factory=list[Message])
    metrics: RunMetrics | None = None
    tools: list[ToolExecution] | None = None
    citations: Citations | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    response_audio: Audio | None = None
    session_state: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    events: list[Any] | None = None
    created_at: int = msgspec.field(default_factory=now)
    status: RunStatus = RunStatus.running

    def get_content_as_string(self) -> str:
        """The content as text: a string as it is, anything else as JSON."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        dump = getattr(self.content, "model_dump_json", None)
        return dump() if dump else msgspec.json.encode(self.content).decode()
