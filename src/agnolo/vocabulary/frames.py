"""Events packed for the journal: without what all events of a run share, and runs of text deltas as one entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from agnolo.vocabulary import codec
from agnolo.vocabulary.events import RunContentEvent, RunEventBase, RunEvents
from agnolo.vocabulary.origin import Origin

_DELTAS = ""
_DELTAS_WITH_DATA = "+"
_DELTAS_WITH_FIELDS = "*"


def _delta(event: RunEventBase) -> str | None:
    """The text of an event that is nothing but text."""
    if not isinstance(event, RunContentEvent) or event.content_type != "str":
        return None
    if event.reasoning_content or event.citations is not None:
        return None
    return event.content if isinstance(event.content, str) else None  # without text: an image, or something said


def pack(events: Sequence[RunEventBase]) -> bytes:
    """Entries of [tag, first index, time, fields]; deltas of one second share an entry, its fields their texts.

    What the provider says of each of them, and the reasoning before them, is written once, before the texts.
    """
    entries: list[tuple[str, int, int, Any]] = []
    for event in events:
        text = _delta(event)
        if text is not None:
            _add_delta(entries, event, text)
            continue
        tag = str(event.__struct_config__.tag)
        entries.append((tag, event.index, event.created_at, codec.builtins(event.own_fields())))
    return msgspec.msgpack.encode(entries)


def _add_delta(entries: list[tuple[str, int, int, Any]], event: RunEventBase, text: str) -> None:
    assert isinstance(event, RunContentEvent)
    tag, said = _said(event)
    if entries:
        last, _, at, fields = entries[-1]
        if last == tag and at == event.created_at and (said is None or fields[0] == said):
            fields.append(text)
            return
    entries.append((tag, event.index, event.created_at, [text] if said is None else [said, text]))


def _said(event: RunContentEvent) -> tuple[str, Any]:
    """What a delta says beside its text, and how that is told."""
    data, steps = event.model_provider_data, event.reasoning_steps
    if steps is None:
        return (_DELTAS, None) if data is None else (_DELTAS_WITH_DATA, data)
    fields = {"reasoning_steps": steps, "reasoning_messages": event.reasoning_messages, "model_provider_data": data}
    return _DELTAS_WITH_FIELDS, codec.builtins(fields)


def unpack(payloads: Iterable[bytes], origin: Origin, *, after: int = -1) -> list[RunEventBase]:
    """The events with an index above `after`."""
    events: list[RunEventBase] = []
    for payload in payloads:
        for tag, index, created_at, fields in msgspec.msgpack.decode(payload):
            shared = {"event": tag, "origin": origin, "index": index, "created_at": created_at}
            if tag in (_DELTAS, _DELTAS_WITH_DATA, _DELTAS_WITH_FIELDS):
                said: dict[str, Any] = {} if tag == _DELTAS else fields.pop(0)
                if tag == _DELTAS_WITH_DATA:
                    said = {"model_provider_data": said}
                first = msgspec.convert(said | shared | {"event": "RunContent"}, RunContentEvent)
                events.extend(replace(first, index=index + i, content=text) for i, text in enumerate(fields))
            else:
                events.append(msgspec.convert(fields | shared, RunEvents))
    return [event for event in events if event.index > after]
