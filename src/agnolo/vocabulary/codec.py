"""JSON in and out: the only module that knows it."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def _foreign(value: object) -> Any:  # noqa: ANN401 - a JSON value
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    return value.__name__ if isinstance(value, type) else str(value)


_encoder = msgspec.json.Encoder(enc_hook=_foreign)
_decoder = msgspec.json.Decoder[Any](Any)


def dumps(value: object) -> bytes:
    """Compact JSON; values JSON can't hold are written as text."""
    return _encoder.encode(value)


def canonical(value: object) -> bytes:
    """JSON that is the same for equal values, whatever the order of their keys."""
    return msgspec.json.encode(value, enc_hook=_foreign, order="deterministic")


def loads(text: bytes | str) -> Any:  # noqa: ANN401 - a JSON value
    """The JSON value of a text. Raises msgspec.DecodeError."""
    return _decoder.decode(text)


def decode(text: bytes | str, kind: type[T]) -> T:
    """JSON text as a value of `kind`. Raises msgspec.DecodeError or ValidationError."""
    return msgspec.json.decode(text, type=kind)


def builtins(value: object) -> Any:  # noqa: ANN401 - a JSON value
    """The value as dicts, lists and scalars."""
    return msgspec.to_builtins(value, enc_hook=_foreign)


def spaced(value: object, separators: tuple[str, str], indent: int | None) -> str:
    """JSON to be read by people; the options are those of json.dumps."""
    return json.dumps(builtins(value), separators=separators, indent=indent, ensure_ascii=False)
