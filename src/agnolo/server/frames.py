"""Events as SSE frames: encoded once, shared by all readers; deltas merged for readers that lag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.event_lines import encode_event
from agnolo.vocabulary.events import RunContentEvent, RunEventBase

MEDIA_TYPE = b"text/event-stream; charset=utf-8"
HEARTBEAT = b": heartbeat\n\n"
RETRY = b"retry: 1000\n\n"

_CONTENT = b"RunContent"
_DATA = b"\ndata: "
_STATUS = {"RunCompleted": "COMPLETED", "RunError": "ERROR", "RunCancelled": "CANCELLED", "RunPaused": "PAUSED"}


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One event as sent: `id:`, `event:` and `data:` lines and the empty line. `index` is the event's."""

    index: int
    name: bytes
    sse: bytes

    @property
    def is_content(self) -> bool:
        """Whether it is a piece of the answer."""
        return self.name.endswith(_CONTENT)

    @property
    def is_plain(self) -> bool:
        """Whether it belongs in a stream without events: the answer, or a bad end."""
        return self.name.endswith((_CONTENT, b"RunError", b"RunCancelled"))

    @property
    def status(self) -> str | None:
        """The run's status if this event ends it."""
        return _STATUS.get(self.name.decode().removeprefix("Team"))


def _frame(index: int, name: bytes, data: bytes) -> Frame:
    return Frame(index, name, b"id: %d\nevent: %b\ndata: %b\n\n" % (index, name, data))


def frame(event: RunEventBase) -> Frame:
    """The event's frame."""
    agents_own = type(event) is RunContentEvent and event.origin.kind == "agent"
    name = _CONTENT if agents_own else event.event.encode()
    return _frame(event.index, name, encode_event(event))


def indexed(told: Frame) -> bytes:
    """The frame with `event_index` in its data, as streams that can be resumed carry it."""
    return b'%b,"event_index":%d}\n\n' % (told.sse[:-3], told.index)


def merged(frames: Iterable[Frame]) -> list[Frame]:
    """The same story in fewer frames: neighbouring text deltas become one, which has the id of the last."""
    told: list[Frame] = []
    deltas: list[tuple[Frame, dict[str, Any]]] = []
    for each in frames:
        delta = _delta(each)
        if delta is None or (deltas and deltas[-1][1]["run_id"] != delta["run_id"]):
            told += _joined(deltas)
            deltas = []
        if delta is None:
            told.append(each)
        else:
            deltas.append((each, delta))
    return told + _joined(deltas)


def _delta(told: Frame) -> dict[str, Any] | None:
    if not told.is_content:
        return None
    fields: dict[str, Any] = codec.loads(told.sse[told.sse.index(_DATA) + len(_DATA) : -2])
    plain = fields.get("content_type") == "str" and isinstance(fields.get("content"), str) and "citations" not in fields
    return fields if plain else None


def _joined(deltas: Sequence[tuple[Frame, dict[str, Any]]]) -> list[Frame]:
    if len(deltas) < 2:
        return [told for told, _ in deltas]
    last, fields = deltas[-1]
    fields = fields | {"content": "".join(each["content"] for _, each in deltas)}
    reasoning = "".join(each.get("reasoning_content", "") for _, each in deltas)
    if reasoning:
        fields["reasoning_content"] = reasoning
    return [_frame(last.index, last.name, codec.dumps(fields))]


def notice(name: str, **fields: Any) -> bytes:
    """A frame of the server's own about the stream. It has no id: it is no event of the run."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), codec.dumps({"event": name} | fields))


def resumable(reason: str, last_index: int) -> bytes:
    """A comment that tells why a stream stops before its run, and how to go on."""
    return f": {reason}; resume with last_event_index={last_index}\n\n".encode()
