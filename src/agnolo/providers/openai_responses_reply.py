"""Replies in the OpenAI Responses dialect, streamed or whole. Knows no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from agnolo.ports.model import Aside, FinishReason, ModelEvent, ModelReply
from agnolo.providers import openai_usage
from agnolo.providers.answer import Answer
from agnolo.providers.assembler import FunctionFragment, ToolCallAssembler, ToolFragment
from agnolo.providers.cited import cited_page
from agnolo.providers.errors import Vendor
from agnolo.providers.frames import Frame
from agnolo.providers.openai_responses_items import (
    ITEMS,
    MODEL,
    PROVIDER,
    RESPONSE_ID,
    kept,
    listed,
    made,
    parts_of,
    reasoning_of,
    text_of,
)
from agnolo.providers.reply import DialectDecoder
from agnolo.providers.wire import BodyForm
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.messages import Citations, ToolCall
from agnolo.vocabulary.metrics import MessageMetrics

_INCOMPLETE: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}
_UNDER_WAY = frozenset({"created", "in_progress", "queued"})
_SIGNS_OF_LIFE = frozenset({"keepalive", "response.queued"})
FLAGGED = frozenset({"invalid_prompt", "image_content_policy_violation"})
"""Codes of the safety system."""
_STATUSES = {"rate_limit_exceeded": 429, "server_is_overloaded": 503, "slow_down": 503}
_FAULTS = ("invalid_", "unsupported_", "image_", "empty_image", "failed_to_download_image")
"""How in-band codes begin that are the request's fault: asking again would not help."""


class Response(msgspec.Struct, frozen=True, gc=False):
    """A response as a whole, or as far as it has come."""

    id: str | None = None
    status: str | None = None
    error: Any = None
    incomplete_details: dict[str, Any] | None = None
    output: list[dict[str, Any]] | msgspec.UnsetType | None = msgspec.UNSET
    usage: dict[str, Any] | None = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event of a stream: the fields of all kinds that are read."""

    type: str = ""
    delta: Any = None
    output_index: int | None = None
    item: dict[str, Any] | None = None
    response: Response | None = None
    annotation: dict[str, Any] | None = None
    arguments: Any = None
    error: Any = None
    code: Any = None
    message: Any = None


class ResponsesDecoder(DialectDecoder):
    """Decodes one reply. A finished item counts more than its deltas, and both more than the list at the end."""

    noun = "response"
    cut_off = "unfinished, after {heard} events"

    def __init__(self, vendor: Vendor, form: BodyForm, now: Callable[[], float] = time.time) -> None:
        super().__init__(vendor, form, now)
        self._answer = Answer()
        self._told: set[int | None] = set()
        self._begun: dict[int, dict[str, Any]] = {}
        self._items: dict[int, dict[str, Any]] = {}
        self._annotations: list[dict[str, Any]] = []
        self._response = Response()
        self._id: str | None = None
        self._named = False

    def _take(self, frame: Frame, found: list[ModelEvent]) -> None:
        data = frame.data
        if not data.strip() or data.startswith(b"[DONE]"):
            return
        event = self._decoded(Event, frame)
        if event.type not in _SIGNS_OF_LIFE:
            self.heard += 1
        self._take_event(event, found)
        if found and not self._named:
            self._name(found)

    def _name(self, found: list[ModelEvent]) -> None:
        """Tell the response's id before the first thing that was found: a stream that breaks before can be redone."""
        self._named = True
        if self._id:
            found.insert(0, Aside(provider_data={RESPONSE_ID: self._id}))

    def _take_whole(self, frame: Frame) -> None:
        response = self._decoded(Response, frame)
        if response.error is None and response.output is msgspec.UNSET:
            raise self._unreadable(frame, "it has no output")
        if response.status in _UNDER_WAY:
            raise self._protocol_error(
                f"answered with a response that is still {response.status!r} (to wait for it use background=True)"
            )
        self._take_end(response, response.status or "completed", [])

    # ---- events

    def _take_event(self, event: Event, found: list[ModelEvent]) -> None:
        kind = event.type
        if isinstance(event.delta, str):
            self._take_delta(kind, event, event.delta, found)
        elif event.item is not None and event.output_index is not None:
            if kind == "response.output_item.done":
                self._take_item(event.output_index, event.item, found)
            else:
                self._begun[event.output_index] = event.item
        elif kind == "response.function_call_arguments.done" and event.output_index in self._begun:
            self._begun[event.output_index]["arguments"] = event.arguments
        elif event.annotation is not None:
            self._annotations.append(event.annotation)
        elif event.response is not None:
            self._take_response(kind.removeprefix("response."), event.response, found)
        elif kind == "error" or event.error is not None:
            raise self._complaint(event.error or {"code": event.code, "message": event.message})

    def _take_delta(self, kind: str, event: Event, delta: str, found: list[ModelEvent]) -> None:
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            self._answer.say(delta, found)
        elif kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            self._answer.think(delta, found)
        else:
            return
        self._told.add(event.output_index)

    def _take_item(self, index: int, item: dict[str, Any], found: list[ModelEvent]) -> None:
        """A finished item; what it says is told now if no delta told it."""
        self._items[index] = item
        if index in self._told or None in self._told:
            return
        if item.get("type") == "message":
            self._answer.say(text_of(item), found)
        elif item.get("type") == "reasoning":
            self._answer.think(reasoning_of(item), found)

    def _take_response(self, state: str, response: Response, found: list[ModelEvent]) -> None:
        if state in _UNDER_WAY:
            self._id = response.id or self._id
        else:
            self._take_end(response, response.status or state, found)

    def _take_end(self, response: Response, status: str, found: list[ModelEvent]) -> None:
        if response.error:
            raise self._complaint(response.error)
        if status in ("failed", "cancelled"):
            vendor = self._vendor
            text = f"{vendor.name} says of model {vendor.model!r}: response {status}"
            raise vendor.error(ModelProviderError, text, retryable=status == "failed")
        for index, item in enumerate(response.output or ()):
            if index not in self._items:
                self._take_item(index, item, found)
        self._response = response
        self._id = response.id or self._id
        self.answered = self.done = True

    # ---- the reply

    def _reply(self, found: list[ModelEvent]) -> ModelReply:
        if not self._named:
            self._name(found)
        known = {**self._begun, **self._items}
        items = [known[index] for index in sorted(known)]
        calls = _calls(items)
        return ModelReply(
            content=self._answer.text,
            tool_calls=calls,
            reasoning_content=self._answer.reasoning,
            finish_reason=self._finish_reason(calls),
            metrics=_metrics(self._response.usage or {}),
            provider_data=self._data(items),
            citations=self._citations(items),
            **made(items).fields(),
        )

    def _finish_reason(self, calls: list[ToolCall]) -> FinishReason:
        if self._response.status == "incomplete":
            reason: Any = (self._response.incomplete_details or {}).get("reason")
            return _INCOMPLETE.get(str(reason), "other")
        return "tool_calls" if calls else "stop"

    def _data(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        data: dict[str, Any] = {PROVIDER: self._vendor.name, MODEL: self._vendor.model}
        if self._id:
            data[RESPONSE_ID] = self._id
        if (opaque := kept(items)) is not None:
            data[ITEMS] = opaque
        parts = [part for item in items if item.get("type") == "message" for part in parts_of(item)]
        if refused := "".join(str(part.get("refusal") or "") for part in parts):
            data["refusal"] = refused
        if logprobs := [entry for part in parts for entry in listed(part.get("logprobs"))]:
            data["logprobs"] = {"content": logprobs}
        return data

    def _citations(self, items: list[dict[str, Any]]) -> Citations | None:
        parts = [part for item in items if item.get("type") == "message" for part in parts_of(item)]
        cited: list[Any] = [note for part in parts for note in listed(part.get("annotations"))] or self._annotations
        if not cited:
            return None
        pages = [note for note in cited if is_object(note) and note.get("type") == "url_citation"]
        return Citations(raw=cited, urls=[page for note in pages if (page := cited_page(note))] or None)

    # ---- complaints

    def _complaint(self, error: Any) -> ModelProviderError:  # noqa: ANN401 - a JSON value
        """An error inside a reply. Its code stands for the status that it does not have."""
        if is_object(error):
            code = str(error.get("code") or error.get("type"))
            if code in FLAGGED:
                error = {**error, "type": "content_policy_violation", "status_code": 400}
            elif code in _STATUSES:
                error = {**error, "status_code": _STATUSES[code]}
            elif code.startswith(_FAULTS) or error.get("type") == "invalid_request_error":
                error = {**error, "status_code": 400}
        return self._in_band(error)


def _calls(items: list[dict[str, Any]]) -> list[ToolCall]:
    calls = ToolCallAssembler()
    for index, item in enumerate(items):
        if item.get("type") == "function_call":
            function = FunctionFragment(_text(item.get("name")), item.get("arguments"))
            calls.take(ToolFragment(index, _text(item.get("call_id") or item.get("id")), function))
    return calls.finish()


def _text(value: Any) -> str | None:  # noqa: ANN401 - a JSON value
    return None if value is None else str(value)


def _metrics(usage: dict[str, Any]) -> MessageMetrics:
    """The same counts as in the chat dialect, under other names."""
    return openai_usage.metrics(
        {
            **usage,
            "prompt_tokens": usage.get("input_tokens"),
            "completion_tokens": usage.get("output_tokens"),
            "prompt_tokens_details": usage.get("input_tokens_details"),
            "completion_tokens_details": usage.get("output_tokens_details"),
        }
    )
