"""Events packed for the journal: without what all events of a run share, and runs of text deltas as one entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.events import Origin, RunContentEvent, RunEventBase, RunEvents

_DELTAS = ""
_DELTAS_WITH_DATA = "+"


def _delta(event: RunEventBase) -> str | None:
    """The text of an event that is nothing but text."""
    if not isinstance(event, RunContentEvent) or event.content_type != "str":
        return None
    if event.reasoning_content or event.citations is not None:
        return None
    return event.content if isinstance(event.content, str) else None  # without text: an image, or something said


def pack(events: Sequence[RunEventBase]) -> bytes:
    """Entries of [tag, first index, time, fields]; deltas of one second share an entry, its fields their texts.

    What the provider says of each of them is written once, before the texts.
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
    said = event.model_provider_data
    tag = _DELTAS if said is None else _DELTAS_WITH_DATA
    if entries:
        last, _, at, fields = entries[-1]
        if last == tag and at == event.created_at and (said is None or fields[0] == said):
            fields.append(text)
            return
    entries.append((tag, event.index, event.created_at, [text] if said is None else [said, text]))


def unpack(payloads: Iterable[bytes], origin: Origin, *, after: int = -1) -> list[RunEventBase]:
    """The events with an index above `after`."""
    events: list[RunEventBase] = []
    for payload in payloads:
        for tag, index, created_at, fields in msgspec.msgpack.decode(payload):
            if tag in (_DELTAS, _DELTAS_WITH_DATA):
                said = None if tag == _DELTAS else fields.pop(0)
                events.extend(
                    RunContentEvent(
                        origin=origin, index=index + i, created_at=created_at, content=text, model_provider_data=said
                    )
                    for i, text in enumerate(fields)
                )
            else:
                shared = {"event": tag, "origin": origin, "index": index, "created_at": created_at}
                events.append(msgspec.convert(fields | shared, RunEvents))
    return [event for event in events if event.index > after]
