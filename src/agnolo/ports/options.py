"""The options of agents, declared once, in thematic mixins. The engine asks for the narrowest one it needs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar, Generic, Literal, dataclass_transform

import msgspec

from agnolo.ports.compaction import CompactionRules
from agnolo.ports.compression import CompressionRules
from agnolo.ports.guardrail import BaseGuardrail
from agnolo.ports.memories import MemoryRules
from agnolo.ports.model import Model, ToolChoice
from agnolo.ports.spending import Price
from agnolo.ports.store import Store
from agnolo.ports.summaries import SummaryRules
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.generics import Deps, Out
from agnolo.vocabulary.messages import Message, Role

Hook = Callable[..., Any] | BaseGuardrail
Instructions = str | Sequence[str] | Callable[..., Any]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Hard limits of a run, a session or a user. None means no limit.

    Before each model request what it may take is set aside: its input by estimate and an answer of at most
    `answer_tokens`, which the model is held to. What does not fit is not asked, so that no limit is passed by more than
    one estimate's error. `max_cost` is in US dollars, by the provider's statement, else by `prices`, else by the table
    of prices; `max_seconds` is the time runs take. `period` starts a session's or user's count anew each UTC day or
    month. `prices` maps model ids to prices.
    """

    max_model_requests: int | None = None
    max_total_tokens: int | None = None
    max_cost: float | None = None
    max_seconds: float | None = None
    period: Literal["day", "month"] | None = None
    answer_tokens: int = 4096
    prices: Mapping[str, Price] | None = None

    def __post_init__(self) -> None:
        for name in ("max_model_requests", "max_total_tokens", "max_cost", "max_seconds"):
            allowed = getattr(self, name)
            if allowed is not None and allowed < 0:
                raise ConfigurationError(f"{name}={allowed!r} is negative: use None for no limit")
        if self.answer_tokens < 1:
            raise ConfigurationError(f"answer_tokens={self.answer_tokens!r} leaves no answer: give at least 1")


class FallbackConfig(msgspec.Struct, frozen=True):
    """Models that stand in, one after another, when the agent's own fails after its retries.

    `on_rate_limit` and `on_context_overflow` are for those failures and default to `on_error`, which is for all others
    but a bad request and a content filter. `callback` gets the ids of the failed and of the answering model, and the
    error; it may be async.
    """

    on_error: Sequence[Model | str] = ()
    on_rate_limit: Sequence[Model | str] = ()
    on_context_overflow: Sequence[Model | str] = ()
    callback: Callable[[str, str, Exception], Any] | None = None

    @property
    def has_fallbacks(self) -> bool:
        """Whether there is any model to fall back on."""
        return bool(self.on_error or self.on_rate_limit or self.on_context_overflow)


class FollowupConfig(msgspec.Struct, frozen=True):
    """How follow-ups are made: by `model` (the agent's own if None), with `instructions` added to ours.

    `num_followups` is how many (3 if nothing is said), or else `min_followups` to `max_followups`: more are dropped,
    fewer may come.
    """

    model: Model | str | None = None
    instructions: str | None = None
    num_followups: int | None = None
    min_followups: int | None = None
    max_followups: int | None = None

    def __post_init__(self) -> None:
        self.count_range()

    def count_range(self) -> tuple[int, int]:
        """The least and the most. Raises ConfigurationError for numbers that contradict each other."""
        if self.num_followups is not None and (self.min_followups is not None or self.max_followups is not None):
            raise ConfigurationError("num_followups is both the least and the most: leave it or the other two out")
        least, most = self.num_followups, self.num_followups
        if self.num_followups is None:
            least = self.min_followups or 0
            most = DEFAULT_FOLLOWUPS if self.max_followups is None else self.max_followups
            if self.min_followups is None and self.max_followups is None:
                least = most
        assert least is not None and most is not None
        if most < 1 or not 0 <= least <= most:
            raise ConfigurationError(f"follow-ups from {least} to {most} can't be made: ask for at least 1")
        return least, most


DEFAULT_FOLLOWUPS = 3


@dataclass_transform(kw_only_default=True)
class Options:
    """Stores only what was given; class attributes hold the defaults. An unknown keyword is a TypeError."""

    _names: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        declared = {name for base in cls.__mro__ for name in inspect.get_annotations(base) if not name.startswith("_")}
        cls._names = frozenset(declared)

    def __init__(self, **options: Any) -> None:
        if not options.keys() <= self._names:
            raise TypeError(_unknown(type(self).__name__, sorted(options.keys() - self._names), self._names))
        self.__dict__.update(options)


def names_of(kind: type[Options]) -> frozenset[str]:
    """The options that a class has."""
    return kind._names  # pyright: ignore[reportPrivateUsage] - declared above, and no name for users of an Agent


def _unknown(owner: str, names: list[str], known: frozenset[str]) -> str:
    hints = [
        f"{name!r}" + (f" (did you mean {near[0]!r}?)" if (near := get_close_matches(name, known, 1)) else "")
        for name in names
    ]
    return f"{owner}() has no option {', '.join(hints)}"


class Identity(Options):
    """Who this is. `id` defaults to a slug of the name; `user_id` and `session_id` to those of the call."""

    name: str | None = None
    id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    metadata: dict[str, Any] | None = None


class Models(Options):
    """Which model answers: an object, or text such as "local" or "openai-chat:gpt-5.4-mini"; None: one at hand.

    `fallback_models` stand in for it when it fails: a short form of FallbackConfig(on_error=...), which wins over it.
    """

    model: Model | str | None = None
    fallback_models: Sequence[Model | str] | None = None
    fallback_config: FallbackConfig | None = None


class Prompt(Options):
    """What the model is told besides the conversation.

    `introduction` opens a new session, said by the agent. `location` is what `add_location_to_context` tells: nothing
    is asked of a service. `context_order="agno"` puts the time where Agno has it, before what does not change, at the
    price of the provider's prompt cache. `additional_input` are examples between the system's message and history:
    messages, mappings and objects with a role, texts of the user.
    """

    introduction: str | None = None
    context_order: Literal["stable", "agno"] = "stable"

    description: str | None = None
    role: str | None = None
    instructions: Instructions | None = None
    use_instruction_tags: bool = False
    expected_output: str | None = None
    additional_context: str | None = None
    additional_input: Sequence[Any] | None = None
    markdown: bool = False
    add_name_to_context: bool = False
    add_datetime_to_context: bool = False
    add_location_to_context: bool = False
    location: str | None = None
    datetime_format: str | None = None
    timezone_identifier: str | None = None
    system_message: str | Message | Callable[..., Any] | None = None
    system_message_role: Literal["system", "developer"] = "system"
    build_context: bool = True
    resolve_in_context: bool = True


class Asked(Options):
    """How the input becomes the user's message.

    `input_schema` (a pydantic model, dataclass, TypedDict, msgspec Struct or JSON schema) is what the input must fit:
    InputError otherwise, before anything is sent. Without `build_user_context` the input goes to the model as given;
    without `send_media_to_model` media only reach tools.
    """

    input_schema: Any = None
    build_user_context: bool = True
    user_message_role: Role = "user"
    send_media_to_model: bool = True


class State(Options, Generic[Deps]):
    """Session state and dependencies (values, or callables resolved per run).

    A new session's state is a copy of `session_state`; if agentic, the model changes it by a tool.
    """

    session_state: dict[str, Any] | None = None
    add_session_state_to_context: bool = False
    enable_agentic_state: bool = False
    overwrite_db_session_state: bool = False
    dependencies: Deps | None = None
    add_dependencies_to_context: bool = False


class History(Options):
    """How much of the session the model sees: the last runs (3 unless said), or the last messages.

    `max_tool_calls_from_history` keeps the last tool calls of these and leaves earlier ones out. `read_chat_history`
    and `read_tool_call_history` are tools with which the model looks further back: get_chat_history and
    get_tool_call_history.
    """

    add_history_to_context: bool = False
    num_history_runs: int | None = None
    num_history_messages: int | None = None
    max_tool_calls_from_history: int | None = None
    read_chat_history: bool = False
    read_tool_call_history: bool = False


class PastSessions(Options):
    """Tools with which the model reads the user's earlier sessions: the newest 20 unless said, 3 runs of each shown."""

    search_past_sessions: bool | None = False
    num_past_sessions_to_search: int | None = None
    num_past_session_runs_in_search: int | None = None


class Memory(Options):
    """What is remembered of a user across sessions: kept after each run, or by the model's tool update_user_memory.

    Extraction runs after the reply, off its path; `wait_for_memory` awaits it inside the run, with its events.
    The memory manager's model and store win over `memory_model` and `db`.
    """

    memory_manager: MemoryRules | None = None
    enable_agentic_memory: bool = False
    update_memory_on_run: bool = False
    add_memories_to_context: bool | None = None
    memory_model: Model | str | None = None
    wait_for_memory: bool = False


class Summaries(Options):
    """What a session was about: summed up after each run, and told at the next one unless said otherwise.

    Like memories it is made after the reply; `wait_for_summary` awaits it inside the run, with its events. A manager
    turns summaries on, and says of how much and in which words they are made; its model wins over the agent's.
    """

    enable_session_summaries: bool = False
    add_session_summary_to_context: bool | None = None
    session_summary_manager: SummaryRules | None = None
    wait_for_summary: bool = False


class Compacting(Options):
    """A summary in place of old history, in what is sent: the session keeps all of it.

    True does so when the provider finds a request too long; a Compaction also when it reaches a number of tokens, and
    then the whole session since the last summary is sent, whatever `num_history_runs` says. Needs
    `add_history_to_context` and a `db`.
    """

    compaction: CompactionRules | bool | None = None


class Compression(Options):
    """Tool results made shorter by a model before they are sent again; the results themselves are kept.

    A manager turns it on as well, and says when and in which words; its model wins over the agent's.
    """

    compress_tool_results: bool = False
    compression_manager: CompressionRules | None = None


class Tools(Options):
    """What the model may call. `tool_call_limit` counts over the whole run.

    `tool_hooks` stand around each call, the first outermost, instead of those that a tool has itself.

    `tools` may be a function that returns a list of them; it is called when a run begins, with those of agent,
    run_context, session_state and dependencies that it names. While `cache_callables`, what it gave stays for the same
    user (else the same session), or for the same key of `callable_tools_cache_key`, a function too; None: not kept.
    """

    tools: Sequence[Any] | Callable[..., Any] | None = None
    tool_hooks: Sequence[Callable[..., Any]] | None = None
    cache_callables: bool = True
    callable_tools_cache_key: Callable[..., Any] | None = None
    tool_choice: ToolChoice = None
    tool_call_limit: int | None = None


class Reasoning(Options):
    """Who thinks before the answer: a model, whose reasoning (or answer) the agent's own model gets, or an agent.

    With both, the agent thinks. Failing to think is logged, and the run goes on without.
    """

    reasoning_model: Model | str | None = None
    reasoning_agent: Any = None


class Hooks(Options):
    """The user's own steps in a run. They get what their parameters name, and may be async.

    Those before the model: of run_input (which they may change), agent, session, run_context, user_id, debug_mode,
    metadata; those after it run_output in the place of run_input. InputCheckError and OutputCheckError end the run as
    failed; what else a hook raises is logged. Guardrails check the input, the answer, and with `tool_guardrails` what
    tools return: a refused result is withheld from the model.
    """

    pre_hooks: Sequence[Hook] | None = None
    post_hooks: Sequence[Hook] | None = None
    tool_guardrails: Sequence[BaseGuardrail] | None = None


class Output(Options, Generic[Out]):
    """The form of the answer: a pydantic model, dataclass, TypedDict, msgspec Struct or JSON schema.

    An answer that does not fit is sent back `output_retries` times with what is wrong. `use_json_mode` describes the
    schema in words even to a model that can be held to it, unless `structured_outputs` insists. The answer of a
    completed run is also written to `save_response_to_file`, whose {name}, {session_id}, {user_id}, {message} and
    {run_id} are put in.

    `output_model` writes the answer anew from the conversation; `parser_model` makes the value of `output_schema` of an
    answer in plain words. Their prompts take the place of our own. `followups` are what the user may ask next, in the
    output's `followups`; they never fail a run.
    """

    output_schema: type[Out] | Mapping[str, Any] | None = None
    parse_response: bool = True
    use_json_mode: bool = False
    structured_outputs: bool | None = None
    output_retries: int = 1
    save_response_to_file: str | None = None
    parser_model: Model | str | None = None
    parser_model_prompt: str | None = None
    output_model: Model | str | None = None
    output_model_prompt: str | None = None
    followups: bool | FollowupConfig = False
    num_followups: int | None = None
    followup_model: Model | str | None = None


class Storage(Options):
    """Where sessions live; None keeps nothing.

    `store_events` keeps the events in the stored run, but for those named in `events_to_skip`: pieces of the answer, if
    nothing is said.
    """

    db: Store | None = None
    store_events: bool = False
    events_to_skip: Sequence[str] | None = None


class Streaming(Options):
    """Defaults of the same arguments of run()."""

    stream: bool | None = None
    stream_events: bool | None = None


class Reliability(Options):
    """Limits of each run, of each session, and of each user over all sessions; the last two need a `db`.

    A run that failed is tried again `retries` times, beyond the retries of its models. Between attempts lie
    `delay_between_retries` seconds, doubled each time if `exponential_backoff`. An attempt goes on behind the last
    finished step: no tool call is repeated.
    """

    limits: Limits | None = None
    session_limits: Limits | None = None
    user_limits: Limits | None = None
    retries: int = 0
    delay_between_retries: float = 1
    exponential_backoff: bool = False


class Diagnostics(Options):
    """`debug_mode` logs what each run does, at `debug_level` 2 also what is said in full.

    `telemetry` is accepted for programs written for Agno; nothing is ever sent.
    """

    debug_mode: bool = False
    debug_level: Literal[1, 2] = 1
    telemetry: bool = False
