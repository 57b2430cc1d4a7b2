"""Replies in Gemini's dialect, streamed or whole: bytes in, events out. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import FinishReason, ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers import errors, gemini_citations, gemini_errors
from agnolo.providers.errors import Vendor
from agnolo.providers.gemini_calls import CallAssembler
from agnolo.providers.gemini_content import Part
from agnolo.providers.gemini_turns import KEPT
from agnolo.providers.gemini_usage import metrics
from agnolo.providers.sse import SseDecoder, SseOverflow
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary.errors import (
    ModelContentFilterError,
    ModelProtocolError,
    ModelProviderError,
    TruncatedStreamError,
)
from agnolo.vocabulary.guards import is_object

MALFORMED = "MALFORMED_FUNCTION_CALL"
"""The code of the error for a call that Google could not read."""
SNIPPET = 120

_FILTERED = frozenset({
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
})  # fmt: skip
_NUMBERS = (
    "", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", MALFORMED,
)  # fmt: skip
"""Reasons by number, as Vertex writes them when asked for enums so."""


class Content(msgspec.Struct, frozen=True, gc=False):
    """What a candidate adds."""

    parts: list[Part] | None = None


class Candidate(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One of the answers; only the one with index 0 is read."""

    index: int = 0
    content: Content | None = None
    finish_reason: str | int | None = None
    finish_message: str | None = None
    logprobs_result: dict[str, Any] | None = None
    grounding_metadata: dict[str, Any] | None = None
    url_context_metadata: dict[str, Any] | None = None
    citation_metadata: dict[str, Any] | None = None


class Chunk(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One piece of a stream, or a whole reply: the form is the same."""

    candidates: list[Candidate] | None = None
    prompt_feedback: dict[str, Any] | None = None
    usage_metadata: dict[str, Any] | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None


_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decoder = msgspec.json.Decoder(Chunk)
_list_decoder = msgspec.json.Decoder(list[Chunk])


class GeminiDecoder:
    """Decodes one reply. Usage is cumulative: the last count is the whole.

    Parts that must go back as they came are kept in the reply's `provider_data`.
    """

    def __init__(self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time) -> None:
        self.heard = 0
        self.done = False
        self.answered = False
        self._vendor = vendor
        self._now = now
        self._sse = SseDecoder() if form == "stream" else None
        self._bare: list[bytes] = []
        self._at_line_start = True
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._kept = _Kept()
        self._calls = CallAssembler()
        self._finish_reason = ""
        self._usage: dict[str, Any] | None = None
        self._data: dict[str, Any] = {}
        self._sources: dict[str, Any] = {}
        self._logprobs: list[Any] = []

    # ---- bytes

    def feed(self, block: bytes) -> list[ModelEvent]:
        """The deltas in this block. Raises ModelProviderError for an error in the stream or a broken one."""
        if self._sse is None or self._bare:
            self._bare.append(block)
            return []
        start = self._bare_json(block)
        if start is not None:
            self._bare.append(block[start:])
            block = block[:start]
        try:
            return self._read([event.data for event in self._sse.feed(block)])
        except SseOverflow as overflow:
            raise self._protocol_error(f"sent {overflow}") from overflow

    def _bare_json(self, block: bytes) -> int | None:
        """Where JSON begins outside of an event: so Vertex breaks a stream off with an error."""
        if self._at_line_start and block[:1] in (b"{", b"["):
            return 0
        if block:
            self._at_line_start = block[-1] in b"\r\n"
        starts = [place + 1 for mark in (b"\n{", b"\n[") if (place := block.find(mark)) >= 0]
        return min(starts, default=None)

    def finish(self) -> list[ModelEvent]:
        """The last deltas and the reply. Raises TruncatedStreamError for a stream that just stopped."""
        found = self._read([event.data for event in self._sse.finish()]) if self._sse is not None else []
        if self._bare or self._sse is None:
            self._take_bare(b"".join(self._bare), found)
        if self._sse is None:
            if not (self.answered or self._heard_candidate()):
                raise self._protocol_error("sent a reply without candidates")
            return [self._reply()]
        if not self.answered:
            raise self._vendor.error(
                TruncatedStreamError,
                f"{self._vendor.name} ended the stream of model {self._vendor.model!r} without a finish reason "
                f"after {self.heard} chunks",
            )
        return [*found, self._reply()]

    def _heard_candidate(self) -> bool:
        return bool(self._text or self._reasoning or self._kept.parts)

    def _read(self, events: list[bytes]) -> list[ModelEvent]:
        found: list[ModelEvent] = []
        for data in events:
            if self.done or not data.strip():
                continue
            if data.startswith(b"[DONE]"):
                self.done = True
                continue
            try:
                chunk = _decoder.decode(data)
            except _NOT_JSON as error:
                raise self._not_a_chunk(data, error) from error
            self._take(chunk, found)
        return found

    def _take_bare(self, body: bytes, found: list[ModelEvent]) -> None:
        """JSON as it is: a reply, or the list of chunks that a stream without events is."""
        try:
            chunks = _list_decoder.decode(body) if body.lstrip()[:1] == b"[" else [_decoder.decode(body)]
        except _NOT_JSON as error:
            raise self._not_a_chunk(body, error) from error
        for chunk in chunks:
            self._take(chunk, found)

    # ---- chunks

    def _take(self, chunk: Chunk, found: list[ModelEvent]) -> None:
        if chunk.error:
            raise gemini_errors.in_band(self._vendor, chunk.error, now=self._now())
        self.heard += 1
        usage = chunk.usage_metadata
        if usage and "totalTokenCount" in usage:
            self._usage = usage
        if not self._data:
            named = {"id": chunk.response_id, "model_version": chunk.model_version}
            self._data = {name: value for name, value in named.items() if value}
        if chunk.prompt_feedback:
            self._take_block(chunk.prompt_feedback)
        for candidate in chunk.candidates or ():
            if candidate.index == 0:
                self._take_candidate(candidate, found)

    def _take_block(self, feedback: dict[str, Any]) -> None:
        reason = str(feedback.get("blockReason") or "")
        if not reason:
            return
        said = feedback.get("blockReasonMessage")
        raise self._vendor.error(
            ModelContentFilterError,
            f"{self._vendor.name} blocked the prompt for model {self._vendor.model!r}: {reason}"
            + (f", {said}" if said else ""),
            code=reason,
        )

    def _take_candidate(self, candidate: Candidate, found: list[ModelEvent]) -> None:
        if candidate.content is not None and candidate.content.parts:
            for part in candidate.content.parts:
                self._take_part(part, found)
        reason = candidate.finish_reason
        if reason:
            self._finish_reason = _name(reason)
            self.answered = True
            if candidate.finish_message:
                self._data["finish_message"] = candidate.finish_message
        if candidate.grounding_metadata or candidate.url_context_metadata or candidate.citation_metadata:
            gemini_citations.merge(
                self._sources,
                {
                    "grounding_metadata": candidate.grounding_metadata,
                    "url_context_metadata": candidate.url_context_metadata,
                    "citation_metadata": candidate.citation_metadata,
                },
            )
        if candidate.logprobs_result:
            self._logprobs.append(candidate.logprobs_result)

    def _take_part(self, part: Part, found: list[ModelEvent]) -> None:
        text = part.get("text")
        if isinstance(text, str):
            if part.get("thought"):
                if text:
                    self._reasoning.append(text)
                    found.append(ReasoningDelta(text))
                self._kept.thought(part)
                return
            if text:
                self._text.append(text)
                found.append(TextDelta(text))
            self._kept.text(part)
            return
        call: Any = part.get("functionCall")
        if not is_object(call):
            self._kept.opaque(part)
        elif (begun := self._calls.take(part, call)) is not None:
            self._kept.call(begun)

    # ---- the reply

    def _reply(self) -> ModelReply:
        calls = self._calls.finish()
        text = "".join(self._text)
        if not (text or calls or self._kept.shows):
            self._refuse_nothing()
        kept = self._data
        if self._logprobs:
            kept["logprobs"] = self._logprobs
        if (parts := self._kept.needed()) is not None:
            kept[KEPT] = parts
        return ModelReply(
            content=text or None,
            tool_calls=calls,
            reasoning_content="".join(self._reasoning) or None,
            finish_reason=_finish(self._finish_reason, called=bool(calls)),
            metrics=metrics(self._usage),
            provider_data=kept or None,
            citations=gemini_citations.citations(self._sources),
        )

    def _refuse_nothing(self) -> None:
        """Raise for an answer that was withheld or spoiled, as there is nothing of it to show."""
        reason = self._finish_reason
        vendor = self._vendor
        why = self._data.get("finish_message") or reason
        if reason in _FILTERED:
            text = f"{vendor.name} withheld the answer of model {vendor.model!r}: {reason}, {why}"
            raise vendor.error(ModelContentFilterError, text, code=reason)
        if reason == MALFORMED:
            text = f"model {vendor.model!r} of {vendor.name} wrote a function call that can't be read: {why}"
            raise vendor.error(ModelProtocolError, text, code=reason, retryable=False)

    # ---- complaints

    def _not_a_chunk(self, data: bytes, cause: Exception) -> ModelProviderError:
        if not data.strip():
            return self._protocol_error("sent an empty body")
        complaint = errors.in_place_of_reply(self._vendor, data, now=self._now())
        return complaint or self._protocol_error(
            f"sent no Gemini reply ({cause}): {data[:SNIPPET].decode('utf-8', 'replace')!r}"
        )

    def _protocol_error(self, what: str) -> ModelProviderError:
        vendor = self._vendor
        return vendor.error(ModelProtocolError, f"{vendor.name} {what} (model {vendor.model!r})")


class _Kept:
    """The reply's parts for the next request. Only plain texts are joined: a signature belongs to its part."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.shows = False
        self._needed = False
        self._run: list[str] = []

    def text(self, part: Part) -> None:
        """A piece of the answer; those that are nothing but text run together."""
        if set(part) <= {"text", "thought"}:
            if part["text"]:
                self._run.append(part["text"])
        else:
            self.opaque(part, shows=False)

    def thought(self, part: Part) -> None:
        """A piece of a summary of the thoughts: of no use to the model unless it is signed."""
        if "thoughtSignature" in part:
            self.opaque(part, shows=False)

    def call(self, part: Part) -> None:
        """A function call."""
        self._add(part)
        self._needed = self._needed or len(part) > 1 or "id" in part["functionCall"]

    def opaque(self, part: Part, *, shows: bool = True) -> None:
        """A part that only its sender understands. `shows` says that it is an answer in itself, such as an image."""
        self._add(part)
        self._needed = True
        self.shows = self.shows or shows

    def _add(self, part: Part) -> None:
        self._end_run()
        self.parts.append(part)

    def _end_run(self) -> None:
        if self._run:
            self.parts.append({"text": "".join(self._run)})
            self._run = []

    def needed(self) -> list[Part] | None:
        """The parts; None if message and calls say all that they do."""
        self._end_run()
        return self.parts if self._needed else None


def _name(reason: str | int) -> str:
    if isinstance(reason, str):
        return reason
    return _NUMBERS[reason] if 0 <= reason < len(_NUMBERS) else str(reason)


def _finish(reason: str, *, called: bool) -> FinishReason:
    """Google says STOP for calls too."""
    if reason == "MAX_TOKENS":
        return "length"
    if reason in _FILTERED:
        return "content_filter"
    if called:
        return "tool_calls"
    return "stop" if reason in ("STOP", "") else "other"
