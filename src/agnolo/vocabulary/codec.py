"""JSON in and out: the only module that knows it. Events and outputs are written with the reference's keys."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from agnolo.vocabulary.events import Origin, RunContentEvent, RunEventBase
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunInput, RunOutput

T = TypeVar("T")


def _foreign(value: object) -> Any:  # noqa: ANN401 - a JSON value
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    return str(value)


_encoder = msgspec.json.Encoder(enc_hook=_foreign)
_decoder = msgspec.json.Decoder[Any](Any)


def dumps(value: object) -> bytes:
    """Compact JSON; values JSON can't hold are written as text."""
    return _encoder.encode(value)


def loads(text: bytes | str) -> Any:  # noqa: ANN401 - a JSON value
    """The JSON value of a text. Raises msgspec.DecodeError."""
    return _decoder.decode(text)


def decode(text: bytes | str, kind: type[T]) -> T:
    """JSON text as a value of `kind`. Raises msgspec.DecodeError or ValidationError."""
    return msgspec.json.decode(text, type=kind)


def builtins(value: object) -> Any:  # noqa: ANN401 - a JSON value
    """The value as dicts, lists and scalars."""
    return msgspec.to_builtins(value, enc_hook=_foreign)


def message_dict(message: Message) -> dict[str, Any]:
    """A message as stored runs and sessions show it: flags always, nulls never."""
    shown: dict[str, Any] = builtins(message)
    shown.setdefault("from_history", False)
    shown.setdefault("stop_after_tool_call", False)
    return shown


def input_dict(given: RunInput) -> dict[str, Any]:
    """The input as a stored run shows it."""
    content = given.input_content
    shown: dict[str, Any] = builtins(given)
    if isinstance(content, Message):
        shown["input_content"] = message_dict(content)
    return shown


_OWN_FORM = frozenset({"messages", "input", "events"})


def output_dict(output: RunOutput, *, without: Collection[str] = ()) -> dict[str, Any]:
    """A run's output with nulls dropped, and without the fields named."""
    shown: dict[str, Any] = {
        name: builtins(value)
        for name in output.__struct_fields__
        if name not in _OWN_FORM and name not in without and (value := getattr(output, name)) is not None
    }
    if output.messages and "messages" not in without:
        shown["messages"] = [message_dict(m) for m in output.messages]
    if output.input is not None:
        shown["input"] = input_dict(output.input)
    if output.events is not None:
        shown["events"] = [event_dict(e) for e in output.events]
    return shown


def origin_dict(origin: Origin) -> dict[str, Any]:
    """Whose event it is, in the keys of its kind."""
    kind = origin.kind
    shown: dict[str, Any] = {
        f"{kind}_id": origin.id,
        f"{kind}_name": origin.name,
        "run_id": origin.run_id,
        "parent_run_id": origin.parent_run_id,
        "session_id": origin.session_id,
        "nested_depth": origin.nested_depth,
    }
    return {key: value for key, value in shown.items() if value is not None}


_BASE_FIELDS = frozenset(RunEventBase.__struct_fields__)


def event_dict(event: RunEventBase) -> dict[str, Any]:
    """An event with the reference's keys: `event`, times, owner, then its own fields without nulls."""
    shown: dict[str, Any] = {"created_at": event.created_at, "event": event.event}
    shown |= origin_dict(event.origin)
    if isinstance(event, RunContentEvent):
        shown["workflow_agent"] = False
    own = (f for f in event.__struct_fields__ if f not in _BASE_FIELDS)
    return shown | {name: builtins(value) for name in own if (value := getattr(event, name)) is not None}


@lru_cache(maxsize=4096)
def _content_frame(origin: Origin) -> tuple[bytes, bytes]:
    head = dumps({"event": f"{'Team' if origin.kind == 'team' else ''}RunContent"} | origin_dict(origin))
    return b'{"created_at":', b"," + head[1:-1] + b',"content":'


def _is_plain(event: RunContentEvent) -> bool:
    """Whether the event tells of nothing but text and thoughts."""
    return event.citations is None and event.image is None and event.response_audio is None


def encode_event(event: RunEventBase) -> bytes:
    """An event as one line of JSON. Text deltas, the bulk of all events, are written around a part made once a run."""
    if isinstance(event, RunContentEvent) and event.content_type == "str" and _is_plain(event):
        start, middle = _content_frame(event.origin)
        tail = b',"workflow_agent":false,"content_type":"str"'
        if event.reasoning_content is not None:
            tail += b',"reasoning_content":' + _encoder.encode(event.reasoning_content)
        if event.model_provider_data is not None:
            tail += b',"model_provider_data":' + _encoder.encode(event.model_provider_data)
        return b"%b%d%b%b%b}" % (start, event.created_at, middle, _encoder.encode(event.content or ""), tail)
    return _encoder.encode(event_dict(event))
