"""Everything that changes while a run goes on: one object per run, never the agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import msgspec

from agnolo.engine.budget import Budgets, Meter
from agnolo.engine.cancel import Token
from agnolo.engine.event_log import EventLog
from agnolo.ports.compaction import CompactionRules
from agnolo.ports.compression import CompressionRules
from agnolo.ports.function import Function
from agnolo.ports.journal import Step
from agnolo.ports.model import FinishReason, Model, OutputFormat, counted_as
from agnolo.ports.options import Asked, History, Hooks, Memory, Output, Prompt, Reliability, State, Summaries, Tools
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.ports.toolkit import Toolkit, Toolset
from agnolo.vocabulary.approvals import Approval
from agnolo.vocabulary.compactions import CompactionRecord, Fold
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.events import RunContentEvent, RunEventBase
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Citations, Message, ToolCall
from agnolo.vocabulary.metrics import NOTHING, MessageMetrics, TokenCounts, added, total
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.reasoning import ReasoningStep
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.runs import RunContext, RunOutput
from agnolo.vocabulary.sessions import AgentSession, Scope, stored_fold, stored_summary
from agnolo.vocabulary.summaries import SessionSummary

E = TypeVar("E", bound=RunEventBase)

CURRENT = ("current_session_id", "current_user_id", "current_run_id")
"""Keys of session_state that tools find there, as in the reference, and that are never stored."""


class Fallbacks(msgspec.Struct, frozen=True, kw_only=True):
    """The models of a FallbackConfig, all of them objects."""

    on_error: Sequence[Model] = ()
    on_rate_limit: Sequence[Model] = ()
    on_context_overflow: Sequence[Model] = ()
    callback: Callable[[str, str, Exception], Any] | None = None


class OtherModels(msgspec.Struct, frozen=True, kw_only=True):
    """Models that work for a run beside its own, each in its role."""

    reasoning: Model | None = None
    parser: Model | None = None
    output: Model | None = None
    followups: Model | None = None

    @property
    def works_over(self) -> bool:
        """Whether the answer is written anew, or made a value of, by another model."""
        return self.output is not None or self.parser is not None


class RunPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is to do, resolved once from the agent's options and the call's. Never written to."""

    origin: Origin
    scope: Scope
    model: Model
    input: RunInput
    prompt: Prompt
    asked: Asked
    state: State
    history: History
    memory: Memory
    summaries: Summaries
    tools: Tools
    output: Output
    toolset: Toolset
    owner: Any
    tools_from: Callable[..., Any] | None = None
    hooks: Hooks | None = None
    session: Callable[[Runtime], Awaitable[AgentSession]] | None = None
    fallbacks: Fallbacks = Fallbacks()
    store: Store | None = None
    budgets: Budgets | None = None
    retry: Reliability | None = None
    others: OtherModels = OtherModels()
    output_schema: Any = None
    output_format: OutputFormat | None = None
    add_history: bool = False
    add_state: bool = False
    add_dependencies: bool = False
    stream: bool = False
    visible: bool = False
    unkept_events: frozenset[str] | None = None
    debug: bool = False
    memory_model: Model | None = None
    summary_model: Model | None = None
    compaction: CompactionRules | None = None
    compaction_model: Model | None = None
    searcher: Function | None = None
    compression: CompressionRules | None = None
    compression_model: Model | None = None
    session_state: Mapping[str, Any] | None = None
    dependencies: Mapping[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    session_metadata: dict[str, Any] | None = None
    component: Mapping[str, Any] | None = None


class Made(msgspec.Struct, kw_only=True):
    """Made in a run beside the text. `response_audio` is the spoken answer; earlier ones are in `audio`."""

    images: list[Image] = []
    audio: list[Audio] = []
    videos: list[Video] = []
    files: list[File] = []
    response_audio: Audio | None = None
    followups: list[str] | None = None

    def shown(self) -> dict[str, Any]:
        """The media as fields of outputs and events: None where there is nothing."""
        if not (self.images or self.audio or self.videos or self.files or self.response_audio):
            return _NOTHING_MADE
        return {name: getattr(self, name) or None for name in _MEDIA}


_MEDIA = ("images", "audio", "videos", "files", "response_audio")
_NOTHING_MADE: dict[str, Any] = dict.fromkeys(_MEDIA)


class Thoughts(msgspec.Struct, kw_only=True):
    """Reasoning before the answer. `seconds` is what tools to think with took; None while none was called."""

    steps: list[ReasoningStep] = []
    messages: list[Message] = []
    seconds: float | None = None

    def shown(self) -> dict[str, Any]:
        """As fields of outputs and events: None where there is nothing."""
        return {"reasoning_steps": list(self.steps) or None, "reasoning_messages": list(self.messages) or None}


class Slot(msgspec.Struct, kw_only=True):
    """A tool call's place in the conversation and the journal, filled when its result is there."""

    call: ToolCall
    seq: int
    key: str
    message: Message | None = None

    def step(self) -> Step:
        """The result as a step of the journal."""
        return Step(seq=self.seq, key=self.key, message=self.message)


class Run:
    """A run under way: the conversation so far, what is pending, what is counted.

    `summary` is what the session has been about; `fold` stands for its old history, since the run at place `index` in
    it, and `folded` is what this run replaced.
    """

    summary: SessionSummary | None = None
    new_summary: SessionSummary | None = None
    index: int = 0
    fold: Fold | None = None
    folded: CompactionRecord | None = None
    on_overflow: Callable[[Run, Runtime], Awaitable[bool]] | None = None
    # Where every run begins. What a run alone may change in place is made in __init__.
    failure: ModelProviderError | None = None
    announced = True
    attempt = retried = 0
    answered = continued = accepted = finished = stopped = paused = False
    output: RunOutput | None = None
    history_count = next_seq = turn = asked = repairs = tool_calls_made = text_kept = 0
    finish_reason: FinishReason = "stop"
    error: Exception | None = None
    content: Any = None
    content_type = "str"
    value_told = closing = False
    citations: Citations | None = None
    provider_data: dict[str, Any] | None = None
    first_token: float | None = None

    def __init__(self, plan: RunPlan, at: Runtime, token: Token) -> None:
        self.plan = plan
        self.model = plan.model
        self.stand_ins: list[Model] = []
        self.token = token
        self.started = at.monotonic()
        self.created_at = int(at.time())
        origin = plan.origin
        self.meter = plan.budgets and Meter(plan.budgets, plan.scope, origin.session_id, origin.run_id, plan.store, at)
        self.log = EventLog(plan, self)
        self.hooks_done: set[int] = set()
        self.later: list[tuple[str, Callable[[Runtime], Awaitable[None]]]] = []
        self.messages: list[Message] = []
        self.unsaved: list[Step] = []
        self.pending: list[ToolCall] = []
        self.batch: list[Slot] = []
        self.requirements: list[RunRequirement] = []
        self.decisions: dict[str, ToolExecution] = {}
        self.lineage: dict[str, Any] = {}
        self.text: list[str] = []
        self.made = Made()
        self.connected: list[Toolkit] = []
        self.approvals: list[Approval] = []
        self.reasoning: list[str] = []
        self.thoughts = Thoughts()
        self.executions: list[ToolExecution] = []
        self.counts_of: dict[tuple[str, str], TokenCounts] = {counted_as(plan.model): NOTHING} if plan.stream else {}
        self.provider_metrics: dict[tuple[str, str], dict[str, Any]] = {}
        self.counts_beside: dict[str, dict[tuple[str, str], TokenCounts]] = {}
        self.state_before: dict[str, Any] = {}
        self.index_of: dict[str, int] = {}
        self.context = RunContext(
            run_id=plan.origin.run_id,
            session_id=plan.origin.session_id,
            user_id=plan.scope.user_id,
            metadata=plan.metadata,
            output_schema=plan.output_schema,
        )

    def say(self, kind: type[E], at: Runtime, **fields: Any) -> E:
        """The run's next event, logged."""
        event = self.draft(kind, at, **fields)
        self.log.append(event, at)
        return event

    def say_text(self, text: str, at: Runtime, provider_data: dict[str, Any] | None = None) -> RunContentEvent:
        """The event of a piece of the answer: `say` without its generality, as most events are these."""
        if self.thoughts.steps:
            return self.say_content(at, content=text, model_provider_data=provider_data)
        log = self.log
        event = RunContentEvent(
            origin=self.plan.origin,
            index=log.next_index,
            created_at=int(at.time()),
            content=text,
            model_provider_data=provider_data,
        )
        log.append(event, at)
        return event

    def say_content(self, at: Runtime, **fields: Any) -> RunContentEvent:
        """The event of what is shown of the answer, with the reasoning so far."""
        return self.say(RunContentEvent, at, **fields, **self.thoughts.shown())

    def draft(self, kind: type[E], at: Runtime, **fields: Any) -> E:
        """The run's next event, not logged yet: it may still not come to pass."""
        return kind(origin=self.plan.origin, index=self.log.next_index, created_at=int(at.time()), **fields)

    def open_session(self, session_data: Mapping[str, Any]) -> None:
        """Take over what is stored of the session."""
        self.summary = stored_summary(session_data)
        if self.plan.compaction is not None:
            self.fold = stored_fold(session_data)
        self.open_state(session_data.get("session_state") or {})

    def open_state(self, stored: dict[str, Any]) -> None:
        """Lay the call's and the agent's session state over the stored one, and remember where it began."""
        kept = {} if self.plan.state.overwrite_db_session_state else stored
        layers = (self.plan.state.session_state, kept, self.plan.session_state)
        state = {k: deepcopy(v) for layer in layers if layer for k, v in layer.items()}
        state["current_session_id"] = self.plan.origin.session_id
        if self.plan.scope.user_id is not None:
            state["current_user_id"] = self.plan.scope.user_id
        state["current_run_id"] = self.plan.origin.run_id
        self.context.session_state = state
        self.state_before = deepcopy(stored) if stored else {}

    @property
    def shown_state(self) -> dict[str, Any]:
        """The session state as outputs show it: without a store it still says whose it is, as in the reference."""
        return self.context.session_state if self.plan.store is None else self.own_state

    @property
    def own_state(self) -> dict[str, Any]:
        """The session state without the keys that say whose it is: what is stored."""
        return {k: v for k, v in self.context.session_state.items() if k not in CURRENT}

    def add_message(self, message: Message, key: str, *, seq: int | None = None) -> Step:
        """Append to the conversation; the step still has to be journaled."""
        self.messages.append(message)
        return Step(seq=self.take_seq() if seq is None else seq, key=key, message=message)

    def take_seq(self) -> int:
        """The next place in the journal."""
        self.next_seq += 1
        return self.next_seq - 1

    def count(self, metrics: MessageMetrics, model: tuple[str, str]) -> None:
        """Add the tokens of one request to a model of this id and provider."""
        self.counts_of[model] = added(self.counts_of.get(model, NOTHING), metrics)
        if metrics.provider_metrics:
            known = self.provider_metrics.setdefault(model, {})
            for name, number in metrics.provider_metrics.items():
                known[name] = known.get(name, 0) + number if isinstance(number, int | float) else number

    def count_beside(self, role: str, model: tuple[str, str], counts: TokenCounts) -> None:
        """Add what a model used that worked for the run in another role, such as `memory_model`."""
        known = self.counts_beside.setdefault(role, {})
        known[model] = added(known.get(model, NOTHING), counts)

    @property
    def counts(self) -> TokenCounts:
        """The tokens of all models."""
        return total(c for known in (self.counts_of, *self.counts_beside.values()) for c in known.values())

    def content_so_far(self) -> Any:  # noqa: ANN401 - text, or the value of an output schema
        """What the run has to show: the parsed value, else the text; None when there is nothing."""
        return self.content if self.content is not None else "".join(self.text) or None

    def final_content(self) -> Any:  # noqa: ANN401 - text, or the value of an output schema
        """What a completed run has to show: one that said nothing said "" if it streamed or a tool ended it."""
        content = self.content_so_far()
        return (
            ""
            if content is None and self.plan.output_schema is None and (self.plan.stream or self.stopped)
            else content
        )

    def own_messages(self) -> Sequence[Message]:
        """The conversation without what came from history."""
        return [m for m in self.messages if not m.from_history]
