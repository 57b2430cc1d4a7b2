"""A model that says what it is told to: for tests, demos and documentation. No network, no clock, no chance."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from agnolo.ports.model import (
    FinishReason,
    ModelEvent,
    ModelReply,
    ModelRequest,
    OutputStrategy,
    ReasoningDelta,
    TextDelta,
)
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.metrics import MessageMetrics


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """One scripted answer. `text` is streamed in `chunks` if given, else word by word; `error` is raised after them.

    The media are what the model makes; they come with the end of the answer.
    """

    text: str = ""
    chunks: Sequence[str] | None = None
    calls: Sequence[tuple[str, dict[str, Any] | str]] = ()
    reasoning: str | None = None
    error: Exception | None = None
    finish_reason: FinishReason | None = None
    images: Sequence[Image] = ()
    audio: Sequence[Audio] = ()
    videos: Sequence[Video] = ()
    files: Sequence[File] = ()


Answer = str | Say | Exception | Callable[[ModelRequest], "str | Say | Exception"]


class ScriptedModel:
    """Answers with the next of `replies` each time it is asked; `loop=True` starts over at the end.

    A reply is text, a `Say`, an exception to raise, or a callable that makes one of these from the request.
    `requests` holds what it was asked. `strategy` is how it wants to be held to output schemas.
    """

    name = "ScriptedModel"
    provider = "Scripted"
    loop_bound = False

    def __init__(
        self,
        replies: Sequence[Answer],
        *,
        id: str = "scripted",
        loop: bool = False,
        strategy: OutputStrategy = "native",
    ) -> None:
        self.id = id
        self.strategy: OutputStrategy = strategy
        self.requests: list[ModelRequest] = []
        self._replies = list(replies)
        self._loop = loop

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        """As said."""
        return self.strategy

    async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Say the next reply."""
        turn = len(self.requests)
        self.requests.append(request)
        say = self._next(turn, request)
        chunks = list(say.chunks) if say.chunks is not None else _words(say.text)
        if request.stream:
            if say.reasoning:
                yield ReasoningDelta(say.reasoning)
            for chunk in chunks:
                yield TextDelta(chunk)
        if say.error is not None:
            raise say.error
        calls = [
            ToolCall.of(f"call_{turn}_{i}", name, arguments if isinstance(arguments, str) else json.dumps(arguments))
            for i, (name, arguments) in enumerate(say.calls)
        ]
        asked = sum(len(m.text().split()) for m in request.messages)
        yield ModelReply(
            content="".join(chunks) or None,
            tool_calls=calls,
            reasoning_content=say.reasoning,
            images=list(say.images) or None,
            audio=list(say.audio) or None,
            videos=list(say.videos) or None,
            files=list(say.files) or None,
            finish_reason=say.finish_reason or ("tool_calls" if calls else "stop"),
            metrics=MessageMetrics(input_tokens=asked, output_tokens=len(chunks), total_tokens=asked + len(chunks)),
        )

    def _next(self, turn: int, request: ModelRequest) -> Say:
        if not self._replies or (turn >= len(self._replies) and not self._loop):
            raise ConfigurationError(
                f"ScriptedModel was asked {turn + 1} times and has {len(self._replies)} replies: "
                "add replies or loop=True"
            )
        answer = self._replies[turn % len(self._replies)]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            return Say(error=answer)
        return Say(text=answer) if isinstance(answer, str) else answer


def _words(text: str) -> list[str]:
    """The text cut after each space, so that the pieces joined are the text."""
    pieces = text.split(" ")
    return [p + " " for p in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
