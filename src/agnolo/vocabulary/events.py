"""Everything a run tells its reader. One definition for agents, teams and workflows; who speaks is `origin`."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec

from agnolo.vocabulary.ids import now
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Citations
from agnolo.vocabulary.metrics import RunMetrics
from agnolo.vocabulary.runs import ToolExecution

EmitterKind = Literal["agent", "team", "workflow"]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks, made once for a run and shared by all its events."""

    kind: EmitterKind = "agent"
    id: str
    name: str | None = None
    run_id: str
    session_id: str
    parent_run_id: str | None = None
    nested_depth: int = 0


class RunEventBase(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="event", omit_defaults=True):
    """What all events share. `created_at` is Unix seconds.

    `index` numbers the run's events from 0; a run continued after a crash leaves a gap.
    """

    origin: Origin
    index: int
    created_at: int = msgspec.field(default_factory=now)

    @property
    def event(self) -> str:
        """The wire name, with the emitter's prefix."""
        tag = str(self.__struct_config__.tag)
        return f"Team{tag}" if self.origin.kind == "team" else tag

    @property
    def run_id(self) -> str:
        """The run that speaks."""
        return self.origin.run_id

    @property
    def session_id(self) -> str:
        """Its session."""
        return self.origin.session_id

    @property
    def parent_run_id(self) -> str | None:
        """The run that started this one."""
        return self.origin.parent_run_id

    @property
    def agent_id(self) -> str | None:
        """The agent's id; None when a team or workflow speaks."""
        return self.origin.id if self.origin.kind == "agent" else None

    @property
    def agent_name(self) -> str | None:
        """The agent's name; None when a team or workflow speaks."""
        return self.origin.name if self.origin.kind == "agent" else None


class RunStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="RunStarted"):
    """The run is accepted and begins."""

    model: str
    model_provider: str


class RunContinuedEvent(RunEventBase, frozen=True, kw_only=True, tag="RunContinued"):
    """A run that was interrupted goes on. Its answer so far is `content`: deltas told beyond that are void."""

    content: str | None = None


class RunContentEvent(RunEventBase, frozen=True, kw_only=True, tag="RunContent"):
    """A delta of the answer: the `content` strings of a run, joined, are its final content.

    With an output schema there is one such event, with the value. `content_type` is `str` or the name of its type.
    An image, or what the model says aloud, comes in an event of its own.
    """

    content: Any = None
    content_type: str = "str"
    reasoning_content: str | None = None
    model_provider_data: dict[str, Any] | None = None
    citations: Citations | None = None
    response_audio: Audio | None = None
    image: Image | None = None


class RunContentCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="RunContentCompleted"):
    """No more content follows."""


class RunCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="RunCompleted"):
    """Terminal: the run is stored as completed."""

    content: Any = None
    content_type: str = "str"
    reasoning_content: str | None = None
    citations: Citations | None = None
    model_provider_data: dict[str, Any] | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None
    response_audio: Audio | None = None
    metadata: dict[str, Any] | None = None
    metrics: RunMetrics | None = None
    session_state: dict[str, Any] | None = None


class RunErrorEvent(RunEventBase, frozen=True, kw_only=True, tag="RunError"):
    """Terminal: the run failed. `content` says why; the partial output is in the stored run."""

    content: str
    error_type: str | None = None
    error_id: str | None = None
    additional_data: dict[str, Any] | None = None


class RunCancelledEvent(RunEventBase, frozen=True, kw_only=True, tag="RunCancelled"):
    """Terminal: the run was cancelled; what it had by then is stored."""

    reason: str
    content: Any = None


class ModelRequestStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="ModelRequestStarted"):
    """A request goes to the model."""

    model: str
    model_provider: str


class ModelRequestCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="ModelRequestCompleted"):
    """The model has answered. Counts of this request; `time_to_first_token` in seconds."""

    model: str
    model_provider: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    time_to_first_token: float | None = None
    reasoning_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None


class ToolCallStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="ToolCallStarted"):
    """A tool is about to run."""

    tool: ToolExecution


class ToolCallCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="ToolCallCompleted"):
    """A tool has run, well or not. `content` is a sentence; the result is in `tool.result`."""

    tool: ToolExecution
    content: str | None = None
    images: list[Image] | None = None
    videos: list[Video] | None = None
    audio: list[Audio] | None = None
    files: list[File] | None = None


class ToolCallErrorEvent(RunEventBase, frozen=True, kw_only=True, tag="ToolCallError"):
    """A tool failed; follows its ToolCallCompleted. The run goes on."""

    tool: ToolExecution
    error: str


class MemoryUpdateStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="MemoryUpdateStarted"):
    """Memories are being drawn from the input (only when awaited inside the run)."""


class MemoryUpdateCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="MemoryUpdateCompleted"):
    """Memories are stored."""

    memories: list[dict[str, Any]] | None = None


RunEvents = (
    RunStartedEvent
    | RunContinuedEvent
    | RunContentEvent
    | RunContentCompletedEvent
    | RunCompletedEvent
    | RunErrorEvent
    | RunCancelledEvent
    | ModelRequestStartedEvent
    | ModelRequestCompletedEvent
    | ToolCallStartedEvent
    | ToolCallCompletedEvent
    | ToolCallErrorEvent
    | MemoryUpdateStartedEvent
    | MemoryUpdateCompletedEvent
)
"""All events of our own; the tag of each equals its `event`."""

TERMINAL_EVENTS = (RunCompletedEvent, RunErrorEvent, RunCancelledEvent)
"""A run ends in exactly one of these."""


class RunEvent(StrEnum):
    """Wire names of agent events."""

    run_started = "RunStarted"
    run_continued = "RunContinued"
    run_content = "RunContent"
    run_content_completed = "RunContentCompleted"
    run_completed = "RunCompleted"
    run_error = "RunError"
    run_cancelled = "RunCancelled"
    model_request_started = "ModelRequestStarted"
    model_request_completed = "ModelRequestCompleted"
    tool_call_started = "ToolCallStarted"
    tool_call_completed = "ToolCallCompleted"
    tool_call_error = "ToolCallError"
    memory_update_started = "MemoryUpdateStarted"
    memory_update_completed = "MemoryUpdateCompleted"
