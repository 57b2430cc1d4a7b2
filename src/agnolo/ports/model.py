"""The seam to language models. A model turns one request into a few events, the last of which is its reply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Citations, Message, ToolCall
from agnolo.vocabulary.metrics import MessageMetrics

ToolChoice = Literal["auto", "none", "required"] | dict[str, Any] | None
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "other"]


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as offered to a model. `parameters` is a JSON schema of type object."""

    name: str
    description: str | None = None
    parameters: dict[str, Any]
    strict: bool | None = None


OutputStrategy = Literal["native", "tool", "prompted"]
"""How an answer is held to a schema: by the provider's schema mode, as the arguments of a tool that only serves for
this, or by describing the schema in words, with JSON mode where there is one.
"""


class OutputFormat(msgspec.Struct, frozen=True, kw_only=True):
    """The form the answer must have. `native` asks for the provider's own schema mode, else JSON mode."""

    name: str
    schema: dict[str, Any]
    strict: bool = True
    native: bool = True


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `builtin_tools` are provider-run tools passed through as given.

    `max_output_tokens` holds the answer to so many, whatever the model's own options allow.
    """

    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    builtin_tools: Sequence[dict[str, Any]] = ()
    tool_choice: ToolChoice = None
    output: OutputFormat | None = None
    stream: bool = False
    max_output_tokens: int | None = None


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    """A piece of the answer, and what its provider says of each piece. Empty where a stream begins with nothing."""

    text: str
    provider_data: dict[str, Any] | None = None


class ReasoningDelta(msgspec.Struct, frozen=True, gc=False):
    """A piece of the model's reasoning."""

    text: str


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream says beside the answer, such as its id before the first piece, or its blocks after the last.

    `text` is empty where the provider says so with an empty piece.
    """

    provider_data: dict[str, Any]
    citations: Citations | None = None
    text: Literal[""] | None = None


class ModelReply(msgspec.Struct, frozen=True, kw_only=True):
    """The whole reply: also the text already sent as deltas. The last event of every request.

    The media are those that the model made.
    """

    content: str | None = None
    tool_calls: list[ToolCall] = msgspec.field(default_factory=list[ToolCall])
    reasoning_content: str | None = None
    finish_reason: FinishReason = "stop"
    metrics: MessageMetrics = msgspec.field(default_factory=MessageMetrics)
    provider_data: dict[str, Any] | None = None
    citations: Citations | None = None
    images: list[Image] | None = None
    audio: list[Audio] | None = None
    videos: list[Video] | None = None
    files: list[File] | None = None


ModelEvent = TextDelta | ReasoningDelta | Aside | ModelReply


@runtime_checkable
class Model(Protocol):
    """A model that can be asked.

    `id` is the provider's name of the model, `provider` the vendor's display name, `name` the class name users know.
    `loop_bound` says that `exchange` must be driven by an event loop (it does network I/O); a model that never
    suspends says False and runs in the caller's thread.
    """

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def loop_bound(self) -> bool: ...

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        """How the answer to this request can be held to a schema, given its tools and whether it is streamed."""
        ...

    def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Ask once. Deltas only when `request.stream`; always ends with one ModelReply; raises ModelProviderError.

        Retries are the model's own, and never after a delta was given out.
        """
        ...


@runtime_checkable
class Instructing(Protocol):
    """A model with words of its own for the system message: `instructions` stand with the agent's, `system_prompt` at
    its end.
    """

    @property
    def system_prompt(self) -> str | None: ...
    @property
    def instructions(self) -> str | Sequence[str] | None: ...


def counted_as(model: Model) -> tuple[str, str]:
    """The id and provider under which metrics count the model's tokens.

    A model may name itself by `get_provider()`: its provider and, where that has several, which of its interfaces.
    """
    named: Callable[[], str] | None = getattr(model, "get_provider", None)
    return model.id, model.provider if named is None else named()
