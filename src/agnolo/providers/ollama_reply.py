"""Replies of Ollama's own dialect, streamed as lines or whole: bytes in, events out. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import FinishReason, ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers import errors
from agnolo.providers.errors import Vendor
from agnolo.providers.ollama_lines import LineDecoder, LineOverflow
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ModelProtocolError, ModelProviderError, TruncatedStreamError
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.metrics import MessageMetrics

SNIPPET = 120
_FINISH: dict[str, FinishReason] = {"stop": "stop", "length": "length"}
_DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")


class Function(msgspec.Struct, frozen=True, gc=False):
    """What is called. Arguments are an object; a string is taken as it is."""

    name: str = ""
    arguments: dict[str, Any] | str | None = None


class Call(msgspec.Struct, frozen=True, gc=False):
    """A call, always whole. Older servers give no id."""

    function: Function = Function()
    id: str | None = None


class Said(msgspec.Struct, frozen=True, gc=False):
    """The message, or what a line adds to it."""

    content: str | None = None
    thinking: str | None = None
    tool_calls: list[Call] | None = None


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


_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: also for nesting that is meant to harm."""
_decoder = msgspec.json.Decoder(Line)


class OllamaDecoder:
    """Decodes one reply. The line that says `done` is the last."""

    def __init__(self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time) -> None:
        self.heard = 0
        self.done = False
        self.answered = False
        self._vendor = vendor
        self._now = now
        self._lines = LineDecoder() if form == "stream" else None
        self._body: list[bytes] = []
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[ToolCall] = []
        self._logprobs: list[Any] = []
        self._last = Line()

    def feed(self, block: bytes) -> list[ModelEvent]:
        """The deltas in this block. Raises ModelProviderError for an error in the stream or a broken one."""
        if self._lines is None:
            self._body.append(block)
            return []
        found: list[ModelEvent] = []
        try:
            lines = self._lines.feed(block)
        except LineOverflow as overflow:
            raise self._protocol_error(f"sent {overflow}") from overflow
        for line in lines:
            if self.done:
                break
            self._take(self._read(line), found, line)
        return found

    def finish(self) -> list[ModelEvent]:
        """The last deltas and the reply. Raises TruncatedStreamError for a stream that just stopped."""
        if self._lines is None:
            body = b"".join(self._body)
            self._take(self._read(body), [], body)
            return [self._reply()]
        found: list[ModelEvent] = []
        tail = self._lines.finish()
        if tail and not self.done:
            self._take_tail(tail, found)
        if not self.done:
            raise self._truncated()
        found.append(self._reply())
        return found

    def _take_tail(self, tail: bytes, found: list[ModelEvent]) -> None:
        """The last line may lack its end; one that is cut off is as good as missing."""
        try:
            line = self._read(tail)
        except ModelProtocolError as broken:
            if tail.startswith(b"{"):
                raise self._truncated() from broken
            raise
        self._take(line, found, tail)

    def _read(self, text: bytes) -> Line:
        try:
            return _decoder.decode(text)
        except _NOT_JSON as error:
            raise self._not_a_line(text, error) from error

    def _take(self, line: Line, found: list[ModelEvent], text: bytes) -> None:
        if line.error:
            raise errors.in_band(self._vendor, line.error, now=self._now())
        said = line.message
        if said is None:
            if line.response is msgspec.UNSET and not line.thinking and not line.done:
                complaint = errors.in_place_of_reply(self._vendor, text, now=self._now())
                raise complaint or self._protocol_error(f"sent no message: {_snippet(text)}")
            said = Said(line.response or None, line.thinking)
        self.heard += 1
        self._last = line
        self.done = self.answered = line.done
        if said.thinking:
            self._reasoning.append(said.thinking)
            found.append(ReasoningDelta(said.thinking))
        if said.content:
            self._text.append(said.content)
            found.append(TextDelta(said.content))
        if said.tool_calls:
            self._calls += [_call(call) for call in said.tool_calls]
        if line.logprobs:
            self._logprobs += line.logprobs

    def _reply(self) -> ModelReply:
        reason = self._last.done_reason
        finish = "stop" if reason is None else _FINISH.get(reason, "other")
        return ModelReply(
            content="".join(self._text) or None,
            tool_calls=self._calls,
            reasoning_content="".join(self._reasoning) or None,
            finish_reason="tool_calls" if self._calls and finish == "stop" else finish,
            metrics=_metrics(self._last),
            provider_data={"logprobs": self._logprobs} if self._logprobs else None,
        )

    # ---- complaints

    def _not_a_line(self, text: bytes, cause: Exception) -> ModelProviderError:
        if not text.strip():
            return self._protocol_error("sent an empty body")
        complaint = errors.in_place_of_reply(self._vendor, text, now=self._now())
        return complaint or self._protocol_error(f"sent no chat reply ({cause}): {_snippet(text)}")

    def _protocol_error(self, what: str) -> ModelProviderError:
        vendor = self._vendor
        return vendor.error(ModelProtocolError, f"{vendor.name} {what} (model {vendor.model!r})")

    def _truncated(self) -> ModelProviderError:
        vendor = self._vendor
        return vendor.error(
            TruncatedStreamError,
            f"{vendor.name} ended the stream of model {vendor.model!r} after {self.heard} lines without saying 'done'",
        )


def _call(call: Call) -> ToolCall:
    """`index` is not looked at: calls are whole, and some servers number every one 0."""
    arguments = call.function.arguments
    text = arguments if isinstance(arguments, str) else codec.dumps(arguments or {}).decode()
    return ToolCall.of(call.id or f"call_{new_id()}", call.function.name, text or "{}")


def _metrics(line: Line) -> MessageMetrics:
    asked, answered = line.prompt_eval_count or 0, line.eval_count or 0
    durations = {name: value for name in _DURATIONS if (value := getattr(line, name)) is not None}
    return MessageMetrics(
        input_tokens=asked,
        output_tokens=answered,
        total_tokens=asked + answered,
        provider_metrics=durations or None,
    )


def _snippet(data: bytes) -> str:
    return repr(data[:SNIPPET].decode("utf-8", "replace"))
