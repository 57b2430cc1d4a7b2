"""A model that gives recorded replies, whole, and then those of another model: for playing runs again."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence

from agnolo.ports.model import Model, ModelEvent, ModelReply, ModelRequest, OutputStrategy, ReasoningDelta, TextDelta


class RecordedModel:
    """Passes for `original` and gives `replies`; then it asks `live`, or raises `failure`.

    `requests` are those it was asked, `unasked` is how many replies nobody asked for.
    """

    def __init__(
        self, original: Model, replies: Sequence[ModelReply], *, failure: Exception, live: Model | None = None
    ) -> None:
        self._original = original
        self._replies = deque(replies)
        self._failure = failure
        self._live = live
        self.requests: list[ModelRequest] = []
        self.id = original.id
        self.name = original.name
        self.provider = original.provider
        self.loop_bound = live is not None and live.loop_bound

    @property
    def unasked(self) -> int:
        """How many recorded replies are left."""
        return len(self._replies)

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        """As the original's."""
        return self._original.output_strategy(request)

    async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """The next recorded reply, its text as one piece."""
        self.requests.append(request)
        if self._replies:
            for event in _told(self._replies.popleft(), streamed=request.stream):
                yield event
        elif self._live is not None:
            async for event in self._live.exchange(request):
                yield event
        else:
            raise self._failure


def _told(reply: ModelReply, *, streamed: bool) -> list[ModelEvent]:
    told: list[ModelEvent] = []
    if streamed and reply.reasoning_content:
        told.append(ReasoningDelta(reply.reasoning_content))
    if streamed and reply.content:
        told.append(TextDelta(reply.content))
    return [*told, reply]
