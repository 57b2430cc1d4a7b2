"""Replies in the OpenAI chat dialect, streamed or whole. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import FinishReason, ModelEvent, ModelReply, TextDelta
from agnolo.providers import errors
from agnolo.providers.answer import Answer
from agnolo.providers.assembler import FunctionFragment, ToolCallAssembler, ToolFragment
from agnolo.providers.cited import cited_page
from agnolo.providers.errors import Vendor
from agnolo.providers.frames import Frame
from agnolo.providers.made_media import MadeMedia
from agnolo.providers.openai_usage import metrics
from agnolo.providers.profiles import Dialect
from agnolo.providers.reply import DialectDecoder, snippet
from agnolo.providers.spoken import SpokenAnswer
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Citations

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
}


class Delta(msgspec.Struct, frozen=True, gc=False):
    """What a chunk adds, or the whole message: the fields are the same."""

    content: str | list[Any] | dict[str, Any] | None = None
    reasoning_content: str | list[Any] | dict[str, Any] | None = None
    reasoning: str | list[Any] | dict[str, Any] | None = None
    tool_calls: list[ToolFragment] | None = None
    refusal: str | None = None
    function_call: FunctionFragment | None = None
    reasoning_details: list[Any] | None = None
    annotations: list[Any] | None = None
    audio: dict[str, Any] | None = None
    images: list[Any] | None = None


class Choice(msgspec.Struct, frozen=True, gc=False):
    """One of the answers; only the one with index 0 is read. Moonshot puts the usage here."""

    index: int = 0
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None
    logprobs: Any = None
    error: Any = None
    usage: dict[str, Any] | None = None


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


_USUAL = Dialect()
_EXTRAS = ("provider", "citations", "search_results", "request_id", "time_info", "x_groq")


class ChatDecoder(DialectDecoder):
    """Decodes one reply. `usage`, `finish_reason` and the like: the last one that is not null counts.

    A stream that begins with an empty text tells it with the first thing it says, so that one that breaks before can be
    asked for again; one that ends with it tells it too.
    """

    noun = "chat completion"
    cut_off = "without a finish reason after {heard} chunks"

    def __init__(
        self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time, *, dialect: Dialect = _USUAL
    ) -> None:
        super().__init__(vendor, form, now)
        self._dialect = dialect
        self._begins: bool | None = None if self._streamed and dialect.opens else False
        self._answer = Answer(think_tags=dialect.think_tags)
        self._refusal: list[str] = []
        self._calls = ToolCallAssembler()
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._data: dict[str, Any] = {}
        self._extra: dict[str, Any] = {}
        self._details: list[Any] = []
        self._annotations: list[Any] = []
        self._logprobs: dict[str, list[Any]] = {}
        self._spoken = SpokenAnswer()
        self._made = MadeMedia()

    def _take(self, frame: Frame, found: list[ModelEvent]) -> None:
        data = frame.data
        if data.startswith(b"[DONE]"):
            self.done = True
        elif data.strip():
            chunk = self._decoded(Chunk, frame)
            self.heard += 1
            self._take_chunk(chunk, found, frame)

    def _take_whole(self, frame: Frame) -> None:
        chunk = self._decoded(Chunk, frame)
        self._take_chunk(chunk, [], frame)
        if not chunk.choices:
            raise self._protocol_error(f"sent a reply without choices: it begins with {snippet(frame.data)}")

    def _is_complete(self) -> bool:
        return self.answered or (self.done and self.heard > 0)

    # ---- chunks

    def _take_chunk(self, chunk: Chunk, found: list[ModelEvent], frame: Frame) -> None:
        if chunk.error:
            raise self._told_error(chunk.error, frame)
        if chunk.usage:
            self._usage = chunk.usage
        if not self._data and self._dialect.identified:
            self._identify(chunk)
        if chunk.x_groq or chunk.provider or chunk.time_info or chunk.request_id or chunk.citations:
            self._extra |= {name: value for name in _EXTRAS if (value := getattr(chunk, name)) is not None}
        if not chunk.choices:
            if chunk.choices is not msgspec.UNSET and chunk.choices is not None:
                return
            if chunk.usage is None or not self.heard:
                raise self._without_choices(frame)
            return
        for choice in chunk.choices:
            if choice.index == 0:
                self._take_choice(choice, found, frame)

    def _identify(self, chunk: Chunk) -> None:
        for name in ("id", "system_fingerprint"):
            if (value := getattr(chunk, name)) not in (None, ""):
                self._data[name] = value
        self._answer.data = self._data or None

    def _take_choice(self, choice: Choice, found: list[ModelEvent], frame: Frame) -> None:
        if choice.error:
            raise self._told_error(choice.error, frame)
        if choice.finish_reason:
            self._finish_reason = choice.finish_reason
            self.answered = True
        if choice.logprobs is not None:
            self._take_logprobs(choice.logprobs)
        if choice.usage:
            self._usage = choice.usage
        delta = choice.delta or choice.message
        if delta is None:
            return
        if self._begins is None:
            self._begins = delta.content == ""
        self._take_delta(delta, found)
        if self.answered and delta.content == "" and self._streamed and self._dialect.opens:
            found.append(TextDelta("", self._answer.data))
        if found and self._begins:
            self._begin(found)

    def _begin(self, found: list[ModelEvent]) -> None:
        """Tell the empty text before the first thing that was found."""
        self._begins = False
        found.insert(0, TextDelta("", self._answer.data))

    def _take_delta(self, delta: Delta, found: list[ModelEvent]) -> None:
        thought = delta.reasoning_content or delta.reasoning
        if thought:
            self._answer.think(thought if isinstance(thought, str) else _joined(thought), found)
        content = delta.content
        if content:
            if isinstance(content, str):
                self._answer.say(content, found)
            else:
                self._take_parts(content, found)
        if delta.tool_calls:
            for fragment in delta.tool_calls:
                self._calls.take(fragment)
        self._take_rare(delta, found)

    def _take_parts(self, content: list[Any] | dict[str, Any], found: list[ModelEvent]) -> None:
        """Content in parts: texts, Mistral's thoughts, and pictures."""
        for part in content if is_array(content) else [content]:
            if not is_object(part):
                continue
            if part.get("type") == "thinking":
                self._answer.think(_joined(part.get("thinking")), found)
            elif part.get("image_url"):
                self._take_image(part)
            elif text := _joined(part):
                self._answer.say(text, found)

    def _take_rare(self, delta: Delta, found: list[ModelEvent]) -> None:
        if delta.refusal:
            # A refusal takes the place of the answer: it is what the model says.
            self._refusal.append(delta.refusal)
            self._answer.say(delta.refusal, found)
        if delta.reasoning_details:
            _merge_details(self._details, delta.reasoning_details)
        if delta.annotations:
            self._annotations += delta.annotations
        if delta.function_call:
            self._calls.take(ToolFragment(0, None, delta.function_call))
        if delta.audio and (said := self._spoken.take(delta.audio)):
            self._answer.say(said, found)
        for image in delta.images or ():
            self._take_image(image)

    def _take_image(self, image: Any) -> None:  # noqa: ANN401 - a JSON value
        """OpenRouter's form: an image_url as in requests."""
        shown: Any = image.get("image_url") if is_object(image) else image
        url: Any = shown.get("url") if is_object(shown) else shown
        if isinstance(url, str):
            self._made.add_url(url, usual="image/png")

    def _take_logprobs(self, logprobs: Any) -> None:  # noqa: ANN401 - a JSON value
        for name, entries in logprobs.items() if is_object(logprobs) else ():
            if is_array(entries):
                self._logprobs.setdefault(name, []).extend(entries)

    # ---- the reply

    def _reply(self, found: list[ModelEvent]) -> ModelReply:
        self._answer.end(found)
        calls = self._calls.finish()
        ended = "tool_calls" if calls else "stop"
        finish = ended if self._finish_reason is None else _FINISH.get(self._finish_reason, "other")
        if self._begins:
            self._begin(found)
        kept = {**self._data}
        if self._refusal:
            kept["refusal"] = "".join(self._refusal)
        if self._details:
            kept["reasoning_details"] = self._details
        if self._logprobs:
            kept["logprobs"] = self._logprobs
        if self._extra and self._dialect.identified:
            kept["model_extra"] = self._extra
        self._spoken.add_to(self._made)
        return ModelReply(
            content=self._answer.text,
            tool_calls=calls,
            reasoning_content=self._answer.reasoning,
            finish_reason=finish,
            metrics=metrics(self._usage or _groq_usage(self._extra)),
            provider_data=kept or None,
            citations=_citations(self._annotations),
            **self._made.fields(),
        )

    # ---- complaints

    def _told_error(self, error: Any, frame: Frame) -> ModelProviderError:  # noqa: ANN401 - a JSON value
        """Some vendors put the status beside the error, some into it."""
        beside: Any = errors.parsed(frame.data)
        status: Any = beside.get("status_code") if is_object(beside) else None
        if is_object(error) and status is not None:
            error = {"status_code": status, **error}
        return self._in_band(error)

    def _without_choices(self, frame: Frame) -> ModelProviderError:
        complaint = errors.in_place_of_reply(self._vendor, frame.data, now=self._now())
        return complaint or self._protocol_error(f"sent a reply without choices: it begins with {snippet(frame.data)}")


def _joined(said: Any) -> str:  # noqa: ANN401 - a JSON value
    """The text of what is a text, a part, or parts."""
    if isinstance(said, str):
        return said
    if is_object(said):
        text: Any = said.get("text") or said.get("content")
        return text if isinstance(text, str) else ""
    return "".join(_joined(part) for part in said if is_object(part)) if is_array(said) else ""


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
                last[name] = f"{last.get(name) or ''}{value}"
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
    return Citations(raw=annotations, urls=[page for c in cited if (page := cited_page(c))] or None)
