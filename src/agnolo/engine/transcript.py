"""A conversation as text: for a model that sums it up, and to be searched."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agnolo.vocabulary.messages import Message

RESULT_CHARACTERS = 20_000
"""More of one tool result is not written out."""

FOUND_CHARACTERS = 8_000
LINE_CHARACTERS = 500
MAX_MATCHES = 20
MAX_TERMS = 20
MAX_CONTEXT = 10


def written(message: Message) -> str:
    """One message under who said it."""
    speaker = f"{message.role} ({message.tool_name})" if message.tool_name else message.role
    text = message.text()
    if message.role == "tool" and len(text) > RESULT_CHARACTERS:
        text = f"{text[:RESULT_CHARACTERS]}\n[{len(text) - RESULT_CHARACTERS} more characters]"
    calls = [f"calls {call.function.name}: {call.function.arguments}" for call in message.tool_calls or ()]
    return "\n".join([f"## {speaker}", *filter(None, [text]), *calls])


def last_of(messages: Sequence[Message], characters: int) -> list[str]:
    """The last messages, written out, that have no more than so many characters; at least one."""
    kept: list[str] = []
    for message in reversed(messages):
        text = written(message)
        characters -= len(text)
        if characters < 0 and kept:
            break
        kept.append(text)
    return kept[::-1]


def found(messages: Sequence[Message], pattern: str, context_lines: int) -> str:
    """Lines with any of the words that "|" separates in the pattern, in any case, with lines around them; "" for none.

    The pattern is no regular expression: it comes from a model, and could take for ever.
    """
    terms = [re.escape(term.strip()) for term in pattern.split("|") if term.strip()][:MAX_TERMS]
    if not terms:
        return ""
    wanted = re.compile("|".join(terms), re.IGNORECASE)
    lines = "\n\n".join(written(message) for message in messages).split("\n")
    hits = {number: match.start() for number, line in enumerate(lines) if (match := wanted.search(line))}
    around = max(0, min(context_lines, MAX_CONTEXT))
    shown = sorted({
        number for hit in sorted(hits)[:MAX_MATCHES] for number in range(hit - around, hit + around + 1)
        if 0 <= number < len(lines)
    })  # fmt: skip
    text = "\n".join(f"{number + 1}: {_clipped(lines[number], hits.get(number, 0))}" for number in shown)
    if len(hits) > MAX_MATCHES or len(text) > FOUND_CHARACTERS:
        return f"{text[:FOUND_CHARACTERS]}\n[There is more: search for something narrower.]"
    return text


def _clipped(line: str, place: int) -> str:
    """The line, or the part of a long one around this place."""
    if len(line) <= LINE_CHARACTERS:
        return line
    start = max(0, min(place - LINE_CHARACTERS // 2, len(line) - LINE_CHARACTERS))
    end = start + LINE_CHARACTERS
    return f"{'...' if start else ''}{line[start:end]}{'...' if end < len(line) else ''}"
