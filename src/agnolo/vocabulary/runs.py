"""A run as its caller sees it: input, context handed to tools, output, status."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Any, Generic, Self

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.compactions import CompactionRecord
from agnolo.vocabulary.events import RunEventBase
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.generics import Deps, Out
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Citations, Message
from agnolo.vocabulary.metrics import RunMetrics
from agnolo.vocabulary.reasoning import ReasoningStep
from agnolo.vocabulary.requirements import RunRequirement, active
from agnolo.vocabulary.run_input import RunInput


class RunStatus(str, Enum):  # noqa: UP042 - printed as Agno prints it: RunStatus.completed
    """Where a run stands. PENDING and RUNNING are the states that are not final; PAUSED waits for a person."""

    pending = "PENDING"
    running = "RUNNING"
    completed = "COMPLETED"
    paused = "PAUSED"
    cancelled = "CANCELLED"
    error = "ERROR"
    regenerated = "REGENERATED"


class CancellationStage(str, Enum):  # noqa: UP042 - as above
    """How far a run was when it was cancelled."""

    pending = "PENDING"
    executing = "EXECUTING"
    paused = "PAUSED"


class RunContext(msgspec.Struct, Generic[Deps], kw_only=True):
    """Handed to tools and callables that ask for it. `session_state` may be changed; changes are saved with the run."""

    run_id: str
    session_id: str
    user_id: str | None = None
    session_state: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    dependencies: Deps | None = None
    metadata: dict[str, Any] | None = None
    output_schema: Any = None
    messages: list[Message] | None = None


_OWN_FORM = frozenset({"messages", "input", "events", "reasoning_steps", "reasoning_messages"})
"""Fields of an output that are not written as they are."""


class RunOutput(msgspec.Struct, Generic[Out], kw_only=True):
    """The result of a run: also of one that failed or was cancelled, with what it had by then.

    `content` of a completed run is of the type that its agent was asked for; of a failed one it is why, in words.

    Media are those that the model or its tools made; `response_audio` is what the model said aloud, the last if it
    spoke several times. `compaction` is what the run put in the place of old history. `model` is the one that answered
    last. `events`, with `store_events`, are all but content deltas; they are typed in `vocabulary.events`.
    `requirements` are all that the run has waited for.
    """

    run_id: str
    session_id: str
    agent_id: str | None = None
    agent_name: str | None = None
    parent_run_id: str | None = None
    user_id: str | None = None
    input: RunInput | None = None
    content: Out = None  # pyright: ignore[reportAssignmentType] - of a run that has none yet
    content_type: str = "str"
    reasoning_content: str | None = None
    reasoning_steps: list[ReasoningStep] | None = None
    reasoning_messages: list[Message] | None = None
    model: str | None = None
    model_provider: str | None = None
    model_provider_data: dict[str, Any] | None = None
    messages: list[Message] = msgspec.field(default_factory=list[Message])
    metrics: RunMetrics | None = None
    compaction: CompactionRecord | None = None
    tools: list[ToolExecution] | None = None
    requirements: list[RunRequirement] | None = None
    citations: Citations | None = None
    followups: list[str] | None = None
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
    last_checkpoint_at_message_index: int | None = None
    forked_from_run_id: str | None = None
    forked_from_message_index: int | None = None
    forked_from_session_id: str | None = None
    regenerated_from: str | None = None
    cancellation_stage: CancellationStage | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The output that `to_dict` gave; a value of a user's type stays a mapping. Raises msgspec.ValidationError."""
        events: list[dict[str, Any]] | None = data.get("events")
        output = msgspec.convert({**data, "events": None}, cls)
        output.events = None if events is None else [RunEventBase.from_dict(event) for event in events]
        return output

    def to_dict(self, *, without: Collection[str] = ()) -> dict[str, Any]:
        """The output with nulls dropped, and without the fields named."""
        shown: dict[str, Any] = {
            name: codec.builtins(value)
            for name in self.__struct_fields__
            if name not in _OWN_FORM and name not in without and (value := getattr(self, name)) is not None
        }
        if self.messages and "messages" not in without:
            shown["messages"] = [message.to_dict() for message in self.messages]
        if self.reasoning_steps is not None:
            shown["reasoning_steps"] = [codec.builtins(step.to_dict()) for step in self.reasoning_steps]
        if self.reasoning_messages is not None:
            shown["reasoning_messages"] = [message.to_dict() for message in self.reasoning_messages]
        if self.input is not None:
            shown["input"] = self.input.to_dict()
        if self.events is not None:
            shown["events"] = [event.to_dict() for event in self.events]
        return shown

    def to_json(self, separators: tuple[str, str] = (", ", ": "), indent: int | None = 2) -> str:
        """`to_dict` as JSON, set out as json.dumps does."""
        return codec.spaced(self.to_dict(), separators, indent)

    @property
    def is_paused(self) -> bool:
        """Whether the run waits for a person."""
        return self.status is RunStatus.paused

    @property
    def active_requirements(self) -> list[RunRequirement]:
        """What a person still has to decide before the run goes on."""
        return active(self.requirements)

    @property
    def tools_requiring_confirmation(self) -> list[ToolExecution]:
        """Calls that wait to be confirmed or rejected."""
        return [tool for tool in self.tools or () if tool.requires_confirmation]

    @property
    def tools_requiring_user_input(self) -> list[ToolExecution]:
        """Calls that wait for arguments or answers of a person."""
        return [tool for tool in self.tools or () if tool.requires_user_input]

    @property
    def tools_awaiting_external_execution(self) -> list[ToolExecution]:
        """Calls that are carried out elsewhere."""
        return [tool for tool in self.tools or () if tool.external_execution_required]

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""
        return self.status is RunStatus.cancelled

    def get_content_as_string(self, *, indent: int | None = None) -> str:
        """The content as text: a string as it is, anything else as JSON, over several lines if there is an `indent`."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        dump = getattr(self.content, "model_dump_json", None)
        if dump:
            return dump(exclude_none=True, indent=indent)
        return codec.spaced(self.content, (", " if indent is None else ",", ": "), indent)
