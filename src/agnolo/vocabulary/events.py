"""Everything a run tells its reader. One definition for agents, teams and workflows; who speaks is `origin`."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self, get_args

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.guards import is_array
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Citations, Message
from agnolo.vocabulary.metrics import RunMetrics
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.reasoning import ReasoningStep
from agnolo.vocabulary.requirements import RunRequirement, active
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.summaries import SessionSummary


class RunEventBase(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="event", omit_defaults=True):
    """What all events share. `created_at` is Unix seconds.

    `index` numbers the run's events from 0; a run continued after a crash leaves a gap.
    """

    origin: Origin
    index: int
    created_at: int = msgspec.field(default_factory=now)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The event that `to_dict` gave, of this class or one below it; its index, which is not told there, is 0.

        Raises InputError for another name, msgspec.ValidationError for other fields.
        """
        tag = str(data.get("event")).removeprefix("Team")
        kind = next((kind for kind in get_args(RunEvents) if kind.__struct_config__.tag == tag), None)
        if kind is None or not issubclass(kind, cls):
            raise InputError(f"{data.get('event')!r} is no {cls.__name__}: give what its to_dict() gave")
        return msgspec.convert({**data, "event": tag, "origin": Origin.from_dict(data), "index": 0}, kind)

    def to_dict(self) -> dict[str, Any]:
        """The event with the reference's keys: `event`, times, owner, then its own fields without nulls."""
        shown: dict[str, Any] = {"created_at": self.created_at, "event": self.event, **self.origin.to_dict()}
        if isinstance(self, RunContentEvent):
            shown["workflow_agent"] = False
        return shown | {name: _shown(value) for name, value in self.own_fields().items()}

    def own_fields(self) -> dict[str, Any]:
        """Its fields beyond those of all events, without nulls."""
        names = (name for name in self.__struct_fields__ if name not in _SHARED)
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def to_json(self, separators: tuple[str, str] = (", ", ": "), indent: int | None = 2) -> str:
        """`to_dict` as JSON, set out as json.dumps does."""
        return codec.spaced(self.to_dict(), separators, indent)

    @property
    def is_paused(self) -> bool:
        """Whether the run waits for a person from here on."""
        return False

    @property
    def is_cancelled(self) -> bool:
        """Whether this tells that the run was cancelled."""
        return isinstance(self, RunCancelledEvent)

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


_SHARED = frozenset(RunEventBase.__struct_fields__)


def _shown(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """A field as JSON; messages and steps of reasoning as outputs show them."""
    if is_array(value) and value and isinstance(value[0], Message | ReasoningStep):
        return [codec.builtins(item.to_dict()) for item in value]
    return codec.builtins(value)


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
    An image, what the model says aloud, a piece of its reasoning, or what its provider says beside the answer comes in
    an event of its own, without content. Each tells the steps of reasoning that came before it.
    """

    content: Any = None
    content_type: str = "str"
    reasoning_content: str = ""
    reasoning_steps: list[ReasoningStep] | None = None
    reasoning_messages: list[Message] | None = None
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
    reasoning_steps: list[ReasoningStep] | None = None
    reasoning_messages: list[Message] | None = None
    metadata: dict[str, Any] | None = None
    metrics: RunMetrics | None = None
    session_state: dict[str, Any] | None = None


class BudgetWarningEvent(RunEventBase, frozen=True, kw_only=True, tag="BudgetWarning"):
    """Most of a limit is used: 80 % of it, told once a run. `owner` is the run, session or user whose limit it is."""

    owner: str
    limit: str
    used: float
    allowed: float


class RunErrorEvent(RunEventBase, frozen=True, kw_only=True, tag="RunError"):
    """Terminal: the run failed. `content` says why; the partial output is in the stored run.

    `error_type` names the family of the error, `error_id` the case where the family does not say it.
    """

    content: str
    error_type: str | None = None
    error_id: str | None = None
    additional_data: dict[str, Any] | None = None


class RunCancelledEvent(RunEventBase, frozen=True, kw_only=True, tag="RunCancelled"):
    """Terminal: the run was cancelled; what it had by then is stored."""

    reason: str
    content: Any = None


class RunPausedEvent(RunEventBase, frozen=True, kw_only=True, tag="RunPaused"):
    """The run is stored and waits for a person; last of its attempt. `tools` are all calls of the run so far."""

    content: Any = None
    tools: list[ToolExecution] | None = None
    requirements: list[RunRequirement] | None = None

    @property
    def is_paused(self) -> bool:
        """True."""
        return True

    @property
    def active_requirements(self) -> list[RunRequirement]:
        """What is still to be decided."""
        return active(self.requirements)


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


class IntermediateRunContentEvent(RunEventBase, frozen=True, kw_only=True, tag="RunIntermediateContent"):
    """A delta of an answer that another model will work on: not part of the content."""

    content: Any = None
    content_type: str = "str"


class ReasoningStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="ReasoningStarted"):
    """A reasoning model is asked, or a tool to think with was called for the first time."""


class ReasoningContentDeltaEvent(RunEventBase, frozen=True, kw_only=True, tag="ReasoningContentDelta"):
    """A piece of a reasoning model's thoughts."""

    reasoning_content: str = ""


class ReasoningStepEvent(RunEventBase, frozen=True, kw_only=True, tag="ReasoningStep"):
    """A step taken with a tool. `content` is the ReasoningStep, `reasoning_content` all steps so far as text."""

    content: Any = None
    content_type: str = "str"
    reasoning_content: str = ""


class ReasoningCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="ReasoningCompleted"):
    """Reasoning has ended; `content` holds the ReasoningSteps. Left out for a reasoning model that failed."""

    content: Any = None
    content_type: str = "str"


class PreHookStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="PreHookStarted"):
    """A pre-hook is about to run. Comes before RunStarted."""

    pre_hook_name: str | None = None
    run_input: RunInput | None = None


class PreHookCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="PreHookCompleted"):
    """A pre-hook has run; `run_input` is as it left it. Left out for one that failed."""

    pre_hook_name: str | None = None
    run_input: RunInput | None = None


class PostHookStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="PostHookStarted"):
    """A post-hook is about to run."""

    post_hook_name: str | None = None


class PostHookCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="PostHookCompleted"):
    """A post-hook has run. Left out for one that failed."""

    post_hook_name: str | None = None


class OutputModelResponseStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="OutputModelResponseStarted"):
    """The output model writes the answer anew."""


class OutputModelResponseCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="OutputModelResponseCompleted"):
    """It has written it."""


class ParserModelResponseStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="ParserModelResponseStarted"):
    """The parser model makes a value of the answer."""


class ParserModelResponseCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="ParserModelResponseCompleted"):
    """It has made it."""


class FollowupsStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="FollowupsStarted"):
    """Suggestions of what to ask next are being made."""


class FollowupsCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="FollowupsCompleted"):
    """They are made; None when that failed."""

    followups: list[str] | None = None


class MemoryUpdateStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="MemoryUpdateStarted"):
    """Memories are being drawn from the input (only when awaited inside the run)."""


class MemoryUpdateCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="MemoryUpdateCompleted"):
    """Memories are stored."""

    memories: list[dict[str, Any]] | None = None


class SessionSummaryStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="SessionSummaryStarted"):
    """The session is being summed up (only when awaited inside the run)."""


class SessionSummaryCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="SessionSummaryCompleted"):
    """The summary that the session has now; the old one, or none, if that failed."""

    session_summary: SessionSummary | None = None


class CompressionStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="CompressionStarted"):
    """Tool results are being made shorter before they are sent again."""


class CompressionCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="CompressionCompleted"):
    """How many were, and their characters before and after."""

    tool_results_compressed: int | None = None
    original_size: int | None = None
    compressed_size: int | None = None


class CompactionStartedEvent(RunEventBase, frozen=True, kw_only=True, tag="CompactionStarted"):
    """Old history is being replaced by a summary in what is sent."""


class CompactionCompletedEvent(RunEventBase, frozen=True, kw_only=True, tag="CompactionCompleted"):
    """How many messages were, and estimated tokens before and after. Left out when there is no summary."""

    messages_compacted: int | None = None
    tokens_before: int | None = None
    tokens_after: int | None = None
    archived: bool | None = None


RunEvents = (
    RunStartedEvent
    | RunContinuedEvent
    | RunContentEvent
    | RunContentCompletedEvent
    | RunCompletedEvent
    | BudgetWarningEvent
    | RunErrorEvent
    | RunCancelledEvent
    | RunPausedEvent
    | ModelRequestStartedEvent
    | ModelRequestCompletedEvent
    | ToolCallStartedEvent
    | ToolCallCompletedEvent
    | ToolCallErrorEvent
    | ReasoningStartedEvent
    | ReasoningContentDeltaEvent
    | ReasoningStepEvent
    | ReasoningCompletedEvent
    | PreHookStartedEvent
    | PreHookCompletedEvent
    | PostHookStartedEvent
    | PostHookCompletedEvent
    | IntermediateRunContentEvent
    | OutputModelResponseStartedEvent
    | OutputModelResponseCompletedEvent
    | ParserModelResponseStartedEvent
    | ParserModelResponseCompletedEvent
    | FollowupsStartedEvent
    | FollowupsCompletedEvent
    | MemoryUpdateStartedEvent
    | MemoryUpdateCompletedEvent
    | SessionSummaryStartedEvent
    | SessionSummaryCompletedEvent
    | CompactionStartedEvent
    | CompactionCompletedEvent
    | CompressionStartedEvent
    | CompressionCompletedEvent
)
"""All events of our own; the tag of each equals its `event`."""

TERMINAL_EVENTS = (RunCompletedEvent, RunErrorEvent, RunCancelledEvent, RunPausedEvent)
"""An attempt at a run ends in exactly one of these; after RunPaused a further attempt goes on."""


class RunEvent(StrEnum):
    """Wire names of agent events: all of Agno's, so that programs may ask for them before there is such an event."""

    run_started = "RunStarted"
    run_continued = "RunContinued"
    run_content = "RunContent"
    run_content_completed = "RunContentCompleted"
    run_completed = "RunCompleted"
    budget_warning = "BudgetWarning"
    run_error = "RunError"
    run_cancelled = "RunCancelled"
    run_paused = "RunPaused"
    model_request_started = "ModelRequestStarted"
    model_request_completed = "ModelRequestCompleted"
    tool_call_started = "ToolCallStarted"
    tool_call_completed = "ToolCallCompleted"
    tool_call_error = "ToolCallError"
    pre_hook_started = "PreHookStarted"
    pre_hook_completed = "PreHookCompleted"
    post_hook_started = "PostHookStarted"
    post_hook_completed = "PostHookCompleted"
    memory_update_started = "MemoryUpdateStarted"
    memory_update_completed = "MemoryUpdateCompleted"
    session_summary_started = "SessionSummaryStarted"
    session_summary_completed = "SessionSummaryCompleted"
    run_intermediate_content = "RunIntermediateContent"
    reasoning_started = "ReasoningStarted"
    reasoning_step = "ReasoningStep"
    reasoning_content_delta = "ReasoningContentDelta"
    reasoning_completed = "ReasoningCompleted"
    parser_model_response_started = "ParserModelResponseStarted"
    parser_model_response_completed = "ParserModelResponseCompleted"
    output_model_response_started = "OutputModelResponseStarted"
    output_model_response_completed = "OutputModelResponseCompleted"
    compression_started = "CompressionStarted"
    compression_completed = "CompressionCompleted"
    compaction_started = "CompactionStarted"
    compaction_completed = "CompactionCompleted"
    followups_started = "FollowupsStarted"
    followups_completed = "FollowupsCompleted"
    custom_event = "CustomEvent"
