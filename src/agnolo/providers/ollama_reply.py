"""Replies of Ollama's own dialect, streamed as lines or whole. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import FinishReason, ModelEvent, ModelReply
from agnolo.providers.answer import Answer
from agnolo.providers.assembler import distinct
from agnolo.providers.counts import count
from agnolo.providers.errors import Vendor
from agnolo.providers.frames import Frame, LineDecoder
from agnolo.providers.made_media import MadeMedia
from agnolo.providers.reply import DialectDecoder
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary import codec
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.metrics import MessageMetrics

_FINISH: dict[str, FinishReason] = {"stop": "stop", "length": "length"}
_DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")


class Function(msgspec.Struct, frozen=True, gc=False):
    """What is called. Arguments are an object; a string is taken as it is."""

    name: str = ""
    arguments: Any = None


class Call(msgspec.Struct, frozen=True, gc=False):
    """A call, always whole. Older servers give no id."""

    function: Function = Function()
    id: str | None = None


class Said(msgspec.Struct, frozen=True, gc=False):
    """The message, or what a line adds to it."""

    content: str | None = None
    thinking: str | None = None
    tool_calls: list[Call] | None = None
    images: list[str] | None = None


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line of a stream, or a whole reply. /api/generate says in `response` and `thinking` what a message says, and
    some servers answer so to /api/chat, with null where there is no text yet.

    Durations are in nanoseconds. Counts are missing when there was nothing to count, such as a cached prompt.
    """

    message: Said | None = None
    response: str | msgspec.UnsetType | None = msgspec.UNSET
    thinking: str | None = None
    done: bool = False
    done_reason: str | None = None
    error: Any = None
    logprobs: list[Any] | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_duration: int | None = None
    eval_duration: int | None = None


class OllamaDecoder(DialectDecoder):
    """Decodes one reply. The line that says `done` is the last.

    `think_tags` says that a `<think>` block at the start of the answer is reasoning: older servers leave it there.
    """

    framing = LineDecoder
    noun = "chat reply"
    cut_off = "after {heard} lines without saying 'done'"

    def __init__(
        self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time, *, think_tags: bool = True
    ) -> None:
        super().__init__(vendor, form, now)
        self._answer = Answer(think_tags=think_tags)
        self._calls: list[ToolCall] = []
        self._logprobs: list[Any] = []
        self._made = MadeMedia()
        self._last = Line()

    def _take(self, frame: Frame, found: list[ModelEvent]) -> None:
        line = self._decoded(Line, frame)
        if line.error:
            raise self._in_band(line.error)
        said = line.message
        if said is None:
            if line.response is msgspec.UNSET and not line.thinking and not line.done:
                raise self._unreadable(frame, "it has no message")
            said = Said(line.response or None, line.thinking)
        self.heard += 1
        self._last = line
        self.done = self.answered = line.done
        if said.thinking:
            self._answer.think(said.thinking, found)
        if said.content:
            self._answer.say(said.content, found)
        if said.tool_calls:
            self._calls += [_call(call) for call in said.tool_calls]
        for image in said.images or ():
            self._made.add_base64(image, None, usual="image/png")
        if line.logprobs:
            self._logprobs += line.logprobs

    def _take_whole(self, frame: Frame) -> None:
        self._take(frame, [])

    def _reply(self, found: list[ModelEvent]) -> ModelReply:
        self._answer.end(found)
        reason = self._last.done_reason
        finish = "stop" if reason is None else _FINISH.get(reason, "other")
        said = self._last.message
        empty = "" if not self._streamed and said is not None and said.content == "" else None
        return ModelReply(
            content=self._answer.text or empty,
            tool_calls=distinct(self._calls),
            reasoning_content=self._answer.reasoning,
            finish_reason="tool_calls" if self._calls and finish == "stop" else finish,
            metrics=_metrics(self._last),
            provider_data={"logprobs": self._logprobs} if self._logprobs else None,
            **self._made.fields(),
        )


def _call(call: Call) -> ToolCall:
    """`index` is not looked at: calls are whole, and some servers number every one 0."""
    arguments = call.function.arguments
    text = arguments if isinstance(arguments, str) else codec.dumps(arguments or {}).decode()
    return ToolCall.of(call.id or new_id(), call.function.name, text or "{}")


def _metrics(line: Line) -> MessageMetrics:
    told = {"asked": line.prompt_eval_count, "answered": line.eval_count}
    asked, answered = count(told, "asked"), count(told, "answered")
    durations = {name: value for name in _DURATIONS if (value := getattr(line, name)) is not None}
    return MessageMetrics(
        input_tokens=asked,
        output_tokens=answered,
        total_tokens=asked + answered,
        provider_metrics=durations or None,
    )
