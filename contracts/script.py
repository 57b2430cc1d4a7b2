"""What the fake provider is to answer, in words of no dialect: replies, failures, vectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Trouble = Literal[
    "authentication", "not_found", "rate_limit", "server", "malformed", "overflow", "bad_request", "overloaded"
]
Finish = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True)
class Call:
    """One tool call that the model wishes."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class Reply:
    """One answer of the model. `text` and `reasoning` are the pieces in which they stream.

    `lane` keeps the answer for requests that offer the tool of that name, so that requests made at the same time
    find their own.
    """

    text: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    reasoning: tuple[str, ...] = ()
    finish: Finish = "stop"
    input_tokens: int = 12
    output_tokens: int = 7
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    lane: str = ""
    raw_arguments: str = ""

    @property
    def content(self) -> str:
        """The text in one piece."""
        return "".join(self.text)

    @property
    def thought(self) -> str:
        """The reasoning in one piece."""
        return "".join(self.reasoning)

    def in_lane(self, tool: str) -> Reply:
        """The same, only for requests that offer `tool`."""
        return replace(self, lane=tool)


@dataclass(frozen=True)
class Failure:
    """An answer that is none. It is repeated until `times` requests got it; None means for ever."""

    trouble: Trouble
    message: str = "the fake provider says no"
    times: int | None = None
    lane: str = ""
    headers: dict[str, str] = field(default_factory=dict)


Turn = Reply | Failure


def say(*pieces: str, **more: Any) -> Reply:
    """Plain text, in these pieces."""
    return Reply(text=pieces, **more)


def call(name: str, /, **arguments: Any) -> Reply:
    """One tool call."""
    return calls(Call(name, arguments))


def calls(*wanted: Call, text: tuple[str, ...] = ()) -> Reply:
    """Several tool calls in one answer."""
    numbered = tuple(replace(one, id=one.id or f"call_{at}_{one.name}") for at, one in enumerate(wanted))
    return Reply(text=text, calls=numbered, finish="tool_calls")


def answer(value: Any, **more: Any) -> Reply:
    """A value as JSON text, in two pieces."""
    text = json.dumps(value)
    return Reply(text=(text[: len(text) // 2], text[len(text) // 2 :]), **more)


def vector(text: str, dimensions: int) -> list[float]:
    """The embedding of a text: always the same one, of length 1, in steps that float32 holds exactly."""
    seed = hashlib.sha256(text.encode()).digest()
    values = [(seed[at % len(seed)] ^ (at * 7 & 0xFF)) / 256 - 0.5 for at in range(dimensions)]
    size = sum(value * value for value in values) ** 0.5 or 1.0
    return [round(value / size * 4096) / 4096 for value in values]


def strings(turn: Turn) -> Iterator[str]:
    """Every text that a turn puts on the wire."""
    if isinstance(turn, Failure):
        yield turn.message
        return
    yield from (*turn.text, turn.content, *turn.reasoning, turn.thought)
    for one in turn.calls:
        yield from (one.name, one.id, *_texts(one.arguments))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (str(key), *_texts(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
