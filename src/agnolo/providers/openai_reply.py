"""Replies in the OpenAI chat dialect, streamed or whole: bytes in, events out. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import FinishReason, ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers import errors
from agnolo.providers.assembler import FunctionFragment, ToolCallAssembler, ToolFragment
from agnolo.providers.errors import Vendor
from agnolo.providers.openai_usage import metrics
from agnolo.providers.sse import SseDecoder, SseEvent, SseOverflow
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary.errors import ModelProtocolError, ModelProviderError, TruncatedStreamError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Citations, UrlCitation

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
}
SNIPPET = 120


class Delta(msgspec.Struct, frozen=True, gc=False):
    """What a chunk adds, or the whole message: the fields are the same."""

    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolFragment] | None = None
    refusal: str | None = None
    function_call: FunctionFragment | None = None
    reasoning_details: list[Any] | None = None
    annotations: list[Any] | None = None
    audio: dict[str, Any] | None = None


class Choice(msgspec.Struct, frozen=True, gc=False):
    """One of the answers; only the one with index 0 is read."""

    index: int = 0
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None
    logprobs: Any = None
    error: Any = None


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """One piece of a stream, or a whole reply. The last seven fields are vendors' own."""

    choices: list[Choice] | msgspec.UnsetType | None = msgspec.UNSET
    id: str | int | None = None
    system_fingerprint: str | None = None
    usage: dict[str, Any] | None = None
    error: Any = None
    provider: Any = None
    citations: Any = None
    search_results: Any = None
    request_id: Any = None
    time_info: Any = None
    x_groq: Any = None


_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: also for nesting that is meant to harm."""
_EXTRAS = ("provider", "citations", "search_results", "request_id", "time_info", "x_groq")
_decoder = msgspec.json.Decoder(Chunk)
"""Built once: looking the type up for each chunk costs as much as a tenth of decoding it."""


class ChatDecoder:
    """Decodes one reply. `usage`, `finish_reason` and the like: the last one that is not null counts."""

    def __init__(self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time) -> None:
        self.heard = 0
        self.done = False
        self.answered = False
        self._vendor = vendor
        self._now = now
        self._sse = SseDecoder() if form == "stream" else None
        self._body: list[bytes] = []
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls = ToolCallAssembler()
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._data: dict[str, Any] = {}
        self._extra: dict[str, Any] = {}
        self._details: list[Any] = []
        self._annotations: list[Any] = []
        self._logprobs: dict[str, list[Any]] = {}

    # ---- bytes

    def feed(self, block: bytes) -> list[ModelEvent]:
        """The deltas in this block. Raises ModelProviderError for an error in the stream or a broken one."""
        if self._sse is None:
            self._body.append(block)
            return []
        try:
            return self._read(self._sse.feed(block))
        except SseOverflow as overflow:
            raise self._protocol_error(f"sent {overflow}") from overflow

    def finish(self) -> list[ModelEvent]:
        """The last deltas and the reply. Raises TruncatedStreamError for a stream that just stopped."""
        if self._sse is None:
            self._take_whole(b"".join(self._body))
            return [self._reply()]
        events = self._read(self._sse.finish())
        if not self.answered and not (self.done and self.heard):
            raise self._vendor.error(
                TruncatedStreamError,
                f"{self._vendor.name} ended the stream of model {self._vendor.model!r} without a finish reason "
                f"after {self.heard} chunks",
            )
        events.append(self._reply())
        return events

    def _read(self, events: list[SseEvent]) -> list[ModelEvent]:
        found: list[ModelEvent] = []
        for event in events:
            data = event.data
            if self.done or not data.strip():
                continue
            if data.startswith(b"[DONE]"):
                self.done = True
                continue
            try:
                chunk = _decoder.decode(data)
            except _NOT_JSON as error:
                raise self._not_a_chunk(event, error) from error
            self.heard += 1
            self._take(chunk, found, data)
        return found

    def _take_whole(self, body: bytes) -> None:
        try:
            chunk = _decoder.decode(body)
        except _NOT_JSON as error:
            raise self._not_a_chunk(SseEvent(b"", body), error) from error
        self._take(chunk, [], body)
        if not chunk.choices:
            raise self._protocol_error(f"sent a reply without choices: it begins with {_snippet(body)}")

    # ---- chunks

    def _take(self, chunk: Chunk, found: list[ModelEvent], data: bytes) -> None:
        if chunk.error:
            raise self._in_band(chunk.error, data)
        if chunk.usage:
            self._usage = chunk.usage
        if not self._data:
            self._identify(chunk)
        if chunk.x_groq or chunk.provider or chunk.time_info or chunk.request_id or chunk.citations:
            self._extra |= {name: value for name in _EXTRAS if (value := getattr(chunk, name)) is not None}
        if not chunk.choices:
            if chunk.choices is not msgspec.UNSET and chunk.choices is not None:
                return
            if chunk.usage is None or not self.heard:
                raise self._without_choices(data)
            return
        for choice in chunk.choices:
            if choice.index == 0:
                self._take_choice(choice, found, data)

    def _identify(self, chunk: Chunk) -> None:
        for name in ("id", "system_fingerprint"):
            if (value := getattr(chunk, name)) not in (None, ""):
                self._data[name] = value

    def _take_choice(self, choice: Choice, found: list[ModelEvent], data: bytes) -> None:
        if choice.error:
            raise self._in_band(choice.error, data)
        if choice.finish_reason:
            self._finish_reason = choice.finish_reason
            self.answered = True
        if choice.logprobs is not None:
            self._take_logprobs(choice.logprobs)
        delta = choice.delta or choice.message
        if delta is None:
            return
        thought = delta.reasoning_content or delta.reasoning
        if thought:
            self._reasoning.append(thought)
            found.append(ReasoningDelta(thought))
        if delta.content:
            text = delta.content if isinstance(delta.content, str) else _joined(delta.content)
            self._text.append(text)
            found.append(TextDelta(text))
        if delta.tool_calls:
            for fragment in delta.tool_calls:
                self._calls.take(fragment)
        self._take_rare(delta, found)

    def _take_rare(self, delta: Delta, found: list[ModelEvent]) -> None:
        if delta.refusal:
            # A refusal takes the place of the answer: it is what the model says.
            self._refusal.append(delta.refusal)
            self._text.append(delta.refusal)
            found.append(TextDelta(delta.refusal))
        if delta.reasoning_details:
            _merge_details(self._details, delta.reasoning_details)
        if delta.annotations:
            self._annotations += delta.annotations
        if delta.function_call:
            self._calls.take(ToolFragment(0, None, delta.function_call))
        if delta.audio and (said := delta.audio.get("transcript")):
            self._text.append(str(said))
            found.append(TextDelta(str(said)))

    def _take_logprobs(self, logprobs: Any) -> None:  # noqa: ANN401 - a JSON value
        for name, entries in logprobs.items() if is_object(logprobs) else ():
            if is_array(entries):
                self._logprobs.setdefault(name, []).extend(entries)

    # ---- the reply

    def _reply(self) -> ModelReply:
        calls = self._calls.finish()
        ended = "tool_calls" if calls else "stop"
        finish = ended if self._finish_reason is None else _FINISH.get(self._finish_reason, "other")
        kept = self._data
        if self._refusal:
            kept["refusal"] = "".join(self._refusal)
        if self._details:
            kept["reasoning_details"] = self._details
        if self._logprobs:
            kept["logprobs"] = self._logprobs
        if self._extra:
            kept["model_extra"] = self._extra
        return ModelReply(
            content="".join(self._text) or None,
            tool_calls=calls,
            reasoning_content="".join(self._reasoning) or None,
            finish_reason=finish,
            metrics=metrics(self._usage or _groq_usage(self._extra)),
            provider_data=kept or None,
            citations=_citations(self._annotations),
        )

    # ---- complaints

    def _in_band(self, error: Any, data: bytes) -> ModelProviderError:  # noqa: ANN401 - a JSON value
        """Some vendors put the status beside the error, some into it."""
        beside: Any = errors.parsed(data)
        status: Any = beside.get("status_code") if is_object(beside) else None
        if is_object(error) and status is not None:
            error = {"status_code": status, **error}
        return errors.in_band(self._vendor, error, now=self._now())

    def _not_a_chunk(self, event: SseEvent, cause: Exception) -> ModelProviderError:
        if event.type == b"error":
            return errors.in_band(self._vendor, event.data.decode("utf-8", "replace"), now=self._now())
        if not event.data.strip():
            return self._protocol_error("sent an empty body")
        complaint = errors.in_place_of_reply(self._vendor, event.data, now=self._now())
        return complaint or self._protocol_error(f"sent no chat completion ({cause}): {_snippet(event.data)}")

    def _without_choices(self, data: bytes) -> ModelProviderError:
        complaint = errors.in_place_of_reply(self._vendor, data, now=self._now())
        return complaint or self._protocol_error(f"sent a reply without choices: it begins with {_snippet(data)}")

    def _protocol_error(self, what: str) -> ModelProviderError:
        vendor = self._vendor
        return vendor.error(ModelProtocolError, f"{vendor.name} {what} (model {vendor.model!r})")


def _snippet(data: bytes) -> str:
    return repr(data[:SNIPPET].decode("utf-8", "replace"))


def _joined(parts: list[Any]) -> str:
    return "".join(str(part.get("text") or "") for part in parts if is_object(part))


def _groq_usage(extra: dict[str, Any]) -> dict[str, Any] | None:
    """Groq repeats the usage in a field of its own, in some streams only there."""
    own: Any = extra.get("x_groq")
    usage: Any = own.get("usage") if is_object(own) else None
    return usage if is_object(usage) else None


def _merge_details(kept: list[Any], more: list[Any]) -> None:
    """Fragments of one block follow each other: texts are joined, other fields filled in. The order stays."""
    for fragment in more:
        last: Any = kept[-1] if kept else None
        if not (is_object(last) and is_object(fragment) and _is_continued(last, fragment)):
            kept.append(fragment)
            continue
        for name, value in fragment.items():
            if name in ("text", "summary") and isinstance(value, str):
                last[name] = (last.get(name) or "") + value
            elif value is not None:
                last[name] = value


def _is_continued(last: dict[str, Any], fragment: dict[str, Any]) -> bool:
    kind = fragment.get("type")
    same_place = last.get("type") == kind and last.get("index") == fragment.get("index")
    return same_place and kind in ("reasoning.text", "reasoning.summary") and not last.get("signature")


def _citations(annotations: list[Any]) -> Citations | None:
    if not annotations:
        return None
    cited = [a.get("url_citation") for a in annotations if is_object(a) and a.get("type") == "url_citation"]
    urls = [UrlCitation(url=c.get("url"), title=c.get("title")) for c in cited if is_object(c)]
    return Citations(raw=annotations, urls=urls or None)
