"""Replies of Anthropic Messages, streamed or whole. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import Aside, FinishReason, ModelEvent, ModelReply
from agnolo.providers.answer import Answer
from agnolo.providers.anthropic_turns import CONTENT_BLOCKS, arguments
from agnolo.providers.anthropic_usage import metrics
from agnolo.providers.cited import cited_page
from agnolo.providers.errors import Vendor
from agnolo.providers.frames import Frame
from agnolo.providers.reply import DialectDecoder, snippet
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ModelContentFilterError, ModelProviderError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import Citations, ToolCall

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}
_CUT = frozenset({"max_tokens", "model_context_window_exceeded", "refusal", "pause_turn"})
"""Reasons to stop that leave calls unfinished."""
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The status that an error would have had, if the stream had not begun before it."""


class Delta(msgspec.Struct, frozen=True, gc=False):
    """What is added to a block, or to the message."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None
    citation: Any = None
    stop_reason: str | None = None
    stop_details: Any = None
    container: Any = None


class Spoken(msgspec.Struct, frozen=True, gc=False):
    """A message: whole, or as it begins."""

    content: list[dict[str, Any]] | str | None = None
    stop_reason: str | None = None
    stop_details: Any = None
    usage: dict[str, Any] | None = None
    container: Any = None
    context_management: Any = None
    error: Any = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event of a stream. Types that are not known are to be passed over: new ones may come."""

    type: str = ""
    index: int = 0
    delta: Delta | None = None
    content_block: dict[str, Any] | None = None
    message: Spoken | None = None
    usage: dict[str, Any] | None = None
    context_management: Any = None
    error: Any = None


class _Block:
    """A content block in the making."""

    __slots__ = ("_input", "_signature", "_text", "_thinking", "start")

    def __init__(self, start: dict[str, Any]) -> None:
        self.start = start
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._input: list[str] = []
        self._signature: str | None = None

    def take(self, delta: Delta) -> None:
        if delta.text:
            self._text.append(delta.text)
        elif delta.thinking:
            self._thinking.append(delta.thinking)
        elif delta.partial_json:
            self._input.append(delta.partial_json)
        elif delta.signature:
            self._signature = delta.signature
        elif delta.citation is not None:
            known: Any = self.start.get("citations")
            self.start["citations"] = [*(known if is_array(known) else ()), delta.citation]

    def arguments(self) -> str:
        """As the model wrote them, which need not be JSON."""
        return "".join(self._input) or codec.dumps(self.start.get("input") or {}).decode()

    def whole(self) -> dict[str, Any]:
        """The block as a reply that is not streamed has it, without nulls."""
        made = {name: value for name, value in self.start.items() if value is not None}
        if self._text:
            made["text"] = f"{made.get('text') or ''}{''.join(self._text)}"
        if self._thinking:
            made["thinking"] = f"{made.get('thinking') or ''}{''.join(self._thinking)}"
        if self._signature is not None:
            made["signature"] = self._signature
        if self._input:
            made["input"] = arguments("".join(self._input))
        return made


class MessagesDecoder(DialectDecoder):
    """Decodes one reply. Counts are totals, of which the last one said counts."""

    noun = "message"
    cut_off = "without a stop reason after {heard} events"

    def __init__(self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time) -> None:
        super().__init__(vendor, form, now)
        self._answer = Answer()
        self._blocks: dict[int, _Block] = {}
        self._usage: dict[str, Any] = {}
        self._stop_reason: str | None = None
        self._stop_details: Any = None
        self._data: dict[str, Any] = {}

    def _take(self, frame: Frame, found: list[ModelEvent]) -> None:
        if not frame.data.strip():
            return
        said = self._decoded(Event, frame)
        if said.type != "ping":
            self.heard += 1
            self._take_event(said, found, frame)

    def _take_whole(self, frame: Frame) -> None:
        message = self._decoded(Spoken, frame)
        if message.error:
            raise self._in_band(message.error)
        if message.content is None:
            raise self._unreadable(frame, "it has no content")
        self._open(message, [])

    def _is_complete(self) -> bool:
        return self.answered or (self.done and bool(self._blocks))

    # ---- events

    def _take_event(self, said: Event, found: list[ModelEvent], frame: Frame) -> None:
        match said.type:
            case "content_block_delta":
                block = self._blocks.get(said.index)
                if block is None or said.delta is None:
                    raise self._protocol_error(f"sent a piece of a block that has not begun: {snippet(frame.data)}")
                block.take(said.delta)
                self._tell(said.delta.text, said.delta.thinking, found)
                if said.delta.signature:
                    found.append(Aside(provider_data={"signature": said.delta.signature}))
            case "content_block_start":
                self._start(said.index, said.content_block or {}, found)
            case "message_delta":
                self._end(said)
            case "message_start":
                self._open(said.message or Spoken(), found)
            case "message_stop":
                self.done = True
            case "error" | "":
                raise self._in_band(said.error) if said.error else self._unreadable(frame, "it has no type")
            case _:
                pass  # content_block_stop, and what may come to be

    def _start(self, index: int, block: dict[str, Any], found: list[ModelEvent]) -> None:
        if block.get("type") == "tool_use" and not self._is_new(index, block.get("id")):
            block = {**block, "id": f"toolu_{new_id()}"}
        self._blocks[index] = _Block(block)
        kind, text, thinking = (block.get(name) for name in ("type", "text", "thinking"))
        self._tell(text if kind == "text" else None, thinking if kind == "thinking" else None, found)

    def _is_new(self, index: int, call_id: object) -> bool:
        """Whether this id tells a call from the others."""
        known = (block.start.get("id") for at, block in self._blocks.items() if at != index)
        return bool(call_id) and call_id not in known

    def _tell(self, text: object, thinking: object, found: list[ModelEvent]) -> None:
        if isinstance(text, str):
            self._answer.say(text, found)
        if isinstance(thinking, str):
            self._answer.think(thinking, found)

    def _open(self, message: Spoken, found: list[ModelEvent]) -> None:
        content = message.content
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content or ()
        for index, block in enumerate(blocks):
            self._start(index, block, found)
        self._count(message.usage)
        self._keep("container", message.container)
        self._keep("context_management", message.context_management)
        self._stop(message.stop_reason, message.stop_details)

    def _end(self, said: Event) -> None:
        self._count(said.usage)
        self._keep("context_management", said.context_management)
        if said.delta is not None:
            self._keep("container", said.delta.container)
            self._stop(said.delta.stop_reason, said.delta.stop_details)

    def _stop(self, reason: str | None, details: Any) -> None:  # noqa: ANN401 - a JSON value
        if reason is not None:
            self._stop_reason, self._stop_details = reason, details
            self.answered = True

    def _count(self, usage: dict[str, Any] | None) -> None:
        self._usage |= {name: value for name, value in (usage or {}).items() if value is not None}

    def _keep(self, name: str, value: Any) -> None:  # noqa: ANN401 - a JSON value
        if value is not None:
            self._data[name] = value

    # ---- the reply

    def _reply(self, found: list[ModelEvent]) -> ModelReply:
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        whole = [block.whole() for block in blocks]
        text = self._answer.text
        if self._stop_reason == "refusal" and not text:
            raise self._refused()
        calls = [_call(block) for block in blocks if block.start.get("type") == "tool_use"]
        if self._stop_reason in _CUT:
            calls = []
        if whole:
            self._data[CONTENT_BLOCKS] = whole
        if signed := [block["signature"] for block in whole if block.get("signature")]:
            self._data["signature"] = signed[-1]
        citations = _citations(whole)
        if self._streamed:
            cited = citations or Citations(raw=[], urls=[], documents=[])
            found.append(Aside(text="", provider_data={CONTENT_BLOCKS: whole}, citations=cited))
        ended: FinishReason = "tool_calls" if calls else "stop"
        return ModelReply(
            content=text,
            tool_calls=calls,
            reasoning_content=self._answer.reasoning,
            finish_reason=ended if self._stop_reason is None else _FINISH.get(self._stop_reason, "other"),
            metrics=metrics(self._usage),
            provider_data=self._data or None,
            citations=citations,
        )

    # ---- complaints

    def _refused(self) -> ModelProviderError:
        vendor, details = self._vendor, self._stop_details
        why: Any = (details.get("explanation") or details.get("category")) if is_object(details) else None
        text = f"{vendor.name}'s model {vendor.model!r} refused to answer: {why or 'no reason given'}"
        return vendor.error(ModelContentFilterError, text, code="refusal")

    def _in_band(self, error: Any) -> ModelProviderError:  # noqa: ANN401 - a JSON value
        status = _STATUS.get(str(error.get("type"))) if is_object(error) else None
        if is_object(error) and status is not None:
            error = {"status_code": status, **error}
        return super()._in_band(error)


def _call(block: _Block) -> ToolCall:
    return ToolCall.of(str(block.start.get("id") or ""), str(block.start.get("name") or ""), block.arguments())


def _citations(blocks: list[dict[str, Any]]) -> Citations | None:
    raw: list[Any] = [cited for block in blocks if is_array(found := block.get("citations")) for cited in found]
    if not raw:
        return None
    urls = [page for cited in raw if (page := cited_page(cited, "cited_text"))]
    return Citations(raw=raw, urls=urls or None)
