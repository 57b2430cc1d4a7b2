"""What an answer says and thinks, put together while it is told."""

from __future__ import annotations

from typing import Any

from agnolo.ports.model import ModelEvent, ReasoningDelta, TextDelta
from agnolo.providers.think_tags import ThinkTags


class Answer:
    """Each piece becomes a delta at once and a part of the whole. `data` goes with each piece of text."""

    __slots__ = ("_reasoning", "_tags", "_text", "data")

    def __init__(self, *, think_tags: bool = False) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._tags = ThinkTags() if think_tags else None
        self.data: dict[str, Any] | None = None

    @property
    def text(self) -> str | None:
        """All of the text; None if there is none."""
        return "".join(self._text) or None

    @property
    def reasoning(self) -> str | None:
        """All of the reasoning; None if there is none."""
        return "".join(self._reasoning) or None

    def say(self, text: str, found: list[ModelEvent]) -> None:
        """A piece of the text, in which reasoning may be tagged."""
        if self._tags is not None:
            self._split(self._tags.feed(text), found)
            if self._tags.passed:
                self._tags = None
        elif text:
            self._text.append(text)
            found.append(TextDelta(text, self.data))

    def think(self, text: str, found: list[ModelEvent]) -> None:
        """A piece of the reasoning."""
        if text:
            self._reasoning.append(text)
            found.append(ReasoningDelta(text))

    def end(self, found: list[ModelEvent]) -> None:
        """Tell what was held back, as nothing more comes."""
        if self._tags is not None:
            tags, self._tags = self._tags, None
            self._split(tags.finish(), found)

    def _split(self, events: list[TextDelta | ReasoningDelta], found: list[ModelEvent]) -> None:
        for event in events:
            if isinstance(event, TextDelta):
                self._text.append(event.text)
                found.append(TextDelta(event.text, self.data))
            else:
                self._reasoning.append(event.text)
                found.append(event)
