"""`<think>…</think>` at the start of an answer: reasoning that a server did not take out of the text.

Only the first thing an answer says counts, after white space; the same tag later on is text, and so is a closing tag
without an opening one (some chat templates open it in the prompt), as what stands before it has been told by then.
White space around the reasoning and before the answer belongs to neither, so an empty block is no reasoning. A block
that is never closed is reasoning to its end.
"""

from __future__ import annotations

from typing import Literal

from agnolo.ports.model import ReasoningDelta, TextDelta

OPEN = "<think>"
CLOSE = "</think>"
MOST_SPACE = 64
"""Characters of white space that are held back to see what follows; more than that is text."""


class ThinkTags:
    """Splits an answer as it comes. Holds back only what may yet turn out to be a tag, or white space around one."""

    def __init__(self) -> None:
        self._place: Literal["before", "thinking", "behind", "answer"] = "before"
        self._held = ""
        self._thought = False
        self._spacious = False

    @property
    def passed(self) -> bool:
        """Whether all that follows is text, and need not be given here any more."""
        return self._place == "answer"

    def feed(self, text: str) -> list[TextDelta | ReasoningDelta]:
        """What this piece of the answer says, together with what was held back."""
        text = self._held + text
        self._held = ""
        found: list[TextDelta | ReasoningDelta] = []
        if self._place == "before":
            text = self._before(text)
        if self._place == "thinking":
            text = self._thinking(text, found)
        if self._place == "behind":
            text = text.lstrip()
            self._place = "answer" if text else "behind"
        if self._place == "answer" and text:
            found.append(TextDelta(text))
        return found

    def finish(self) -> list[TextDelta | ReasoningDelta]:
        """What is still held back when the answer ends."""
        held, self._held = self._held, ""
        if self._place == "thinking":
            held = held.rstrip()
            return [ReasoningDelta(held)] if held else []
        return [TextDelta(held)] if held else []

    def _before(self, text: str) -> str:
        begun = text.lstrip()
        if len(text) - len(begun) > MOST_SPACE:
            self._place = "answer"
            return text
        if begun.startswith(OPEN):
            self._place = "thinking"
            return begun[len(OPEN) :]
        if OPEN.startswith(begun):
            self._held = text
            return ""
        self._place = "answer"
        return text

    def _thinking(self, text: str, found: list[TextDelta | ReasoningDelta]) -> str:
        """Tell the reasoning; returns the text behind it, if it ends here."""
        thought, closed, rest = text.partition(CLOSE)
        if not self._thought:
            thought = thought.lstrip()
        told = self._told(thought if closed else thought[: len(thought) - _begun(thought)])
        if told:
            self._thought = True
            found.append(ReasoningDelta(told))
        if closed:
            self._place = "behind"
            return rest
        self._held = thought[len(told) :]
        return ""

    def _told(self, certain: str) -> str:
        """The reasoning without the white space at its end, unless that is too much to be held back."""
        plain = certain.rstrip()
        if plain or not self._spacious:
            self._spacious = len(certain) - len(plain) > MOST_SPACE
        return certain if self._spacious else plain


def _begun(text: str) -> int:
    """How many characters at the end may be the beginning of the closing tag."""
    return next((size for size in range(min(len(CLOSE) - 1, len(text)), 0, -1) if text.endswith(CLOSE[:size])), 0)
