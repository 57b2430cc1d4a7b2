"""Replies in Gemini's dialect, streamed or whole. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import FinishReason, ModelEvent, ModelReply
from agnolo.providers import errors, gemini_citations, gemini_errors
from agnolo.providers.answer import Answer
from agnolo.providers.errors import Vendor
from agnolo.providers.frames import Frame
from agnolo.providers.gemini_calls import CallAssembler
from agnolo.providers.gemini_content import Part
from agnolo.providers.gemini_turns import KEPT
from agnolo.providers.gemini_usage import metrics
from agnolo.providers.made_media import MadeMedia
from agnolo.providers.reply import DialectDecoder
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary.errors import ModelContentFilterError, ModelProtocolError
from agnolo.vocabulary.guards import is_object

MALFORMED = "MALFORMED_FUNCTION_CALL"
"""The code of the error for a call that Google could not read."""

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
    error: Any = None


class GeminiDecoder(DialectDecoder):
    """Decodes one reply. Usage is cumulative: the last count is the whole.

    Parts that must go back as they came are kept in the reply's `provider_data`.
    """

    noun = "Gemini reply"
    cut_off = "without a finish reason after {heard} chunks"

    def __init__(self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time) -> None:
        super().__init__(vendor, form, now)
        self._answer = Answer()
        self._made = MadeMedia()
        self._kept = _Kept()
        self._calls = CallAssembler()
        self._finish_reason = ""
        self._usage: dict[str, Any] | None = None
        self._data: dict[str, Any] = {}
        self._sources: dict[str, Any] = {}
        self._logprobs: list[Any] = []

    def _take(self, frame: Frame, found: list[ModelEvent]) -> None:
        data = frame.data
        if data.startswith(b"[DONE]"):
            self.done = True
        elif data.startswith(b"["):
            self._take_list(frame, found)
        elif data.strip():
            self._take_chunk(self._decoded(Chunk, frame), found)

    def _needs(self, frame: Frame) -> bool:
        """Any chunk may bring more of the answer: Vertex says STOP in each."""
        return True

    def _take_whole(self, frame: Frame) -> None:
        found: list[ModelEvent] = []
        if frame.data.lstrip()[:1] == b"[":
            self._take_list(frame, found)
        else:
            self._take_chunk(self._decoded(Chunk, frame), found)
        if not (self.answered or found or self._kept.parts):
            complaint = errors.in_place_of_reply(self._vendor, frame.data, now=self._now())
            raise complaint or self._protocol_error("sent a reply without candidates")

    def _take_list(self, frame: Frame, found: list[ModelEvent]) -> None:
        """A stream without events is a list of chunks."""
        for chunk in self._decoded(list[Chunk], frame):
            self._take_chunk(chunk, found)

    # ---- chunks

    def _take_chunk(self, chunk: Chunk, found: list[ModelEvent]) -> None:
        if chunk.error:
            raise gemini_errors.in_band(self._vendor, chunk.error, now=self._now())
        self.heard += 1
        usage = chunk.usage_metadata
        if usage and ("totalTokenCount" in usage or self._usage is None):
            self._usage = usage
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
                self._answer.think(text, found)
                self._kept.thought(part)
            else:
                self._answer.say(text, found)
                self._kept.text(part)
            return
        call: Any = part.get("functionCall")
        if is_object(call):
            if (begun := self._calls.take(part, call)) is not None:
                self._kept.call(begun)
            return
        if not part.get("thought"):
            self._take_medium(part)
        self._kept.opaque(part)

    def _take_medium(self, part: Part) -> None:
        """A picture, a sound or a film, inline or stored. Sketches among the thoughts are not the answer's."""
        inline, stored = part.get("inlineData"), part.get("fileData")
        if is_object(inline) and isinstance(data := inline.get("data"), str):
            self._made.add_base64(data, _text(inline.get("mimeType")), usual="application/octet-stream")
        elif is_object(stored) and isinstance(url := stored.get("fileUri"), str):
            self._made.add_url(url, _text(stored.get("mimeType")), usual="application/octet-stream")

    # ---- the reply

    def _reply(self, found: list[ModelEvent]) -> ModelReply:
        calls = self._calls.finish()
        text = self._answer.text
        if not (text or calls or self._kept.shows):
            self._refuse_nothing()
        kept = self._data
        if self._logprobs:
            kept["logprobs"] = self._logprobs
        if (parts := self._kept.needed()) is not None:
            kept[KEPT] = parts
        return ModelReply(
            content=text,
            tool_calls=calls,
            reasoning_content=self._answer.reasoning,
            finish_reason=_finish(self._finish_reason, called=bool(calls)),
            metrics=metrics(self._usage),
            provider_data=kept or None,
            citations=gemini_citations.citations(self._sources),
            **self._made.fields(),
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


def _text(value: Any) -> str | None:  # noqa: ANN401 - a JSON value
    return value if isinstance(value, str) and value else None


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
