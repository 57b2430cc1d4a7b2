"""What families of Claude models accept, read from their ids. Models that are not Claude are taken to accept all."""

from __future__ import annotations

import re

_ID = re.compile(r"claude-(?:(\d)(?:-(\d))?-)?[a-z]+(?:-(\d{1,2})(?!\d)(?:-(\d{1,2})(?!\d))?)?")
_NEWEST = (99, 0)

Version = tuple[int, int]


def version(model: str) -> Version | None:
    """(4, 5) of "claude-sonnet-4-5-20250929" or "us.anthropic.claude-3-5-haiku-…": the first numbers of an id.

    A Claude without numbers is the newest; None for other models.
    """
    if "claude" not in model:
        return None
    found = _ID.search(model)
    if found is None:
        return _NEWEST
    old, old_minor, major, minor = found.groups()
    if old is None and major is None:
        return _NEWEST
    return (int(old), int(old_minor or 0)) if old is not None else (int(major), int(minor or 0))


def _within(model: str, last: Version) -> bool:
    known = version(model)
    return known is None or known <= last


def accepts_sampling(model: str) -> bool:
    """Whether temperature, top_p and top_k are accepted: up to 4.6."""
    return _within(model, (4, 6))


def accepts_budget(model: str) -> bool:
    """Whether thinking may have a budget of tokens: up to 4.6; later ones decide themselves."""
    return _within(model, (4, 6))


def accepts_prefill(model: str) -> bool:
    """Whether a conversation may end with the assistant's words, to be continued: up to 4.5."""
    return _within(model, (4, 5))


def accepts_schema(model: str) -> bool:
    """Whether answers can be held to a schema: from 4.1."""
    known = version(model)
    return known is None or known >= (4, 1)


def thinks(model: str) -> bool:
    """Whether the model can think: of those before 4, only Sonnet 3.7."""
    known = version(model)
    return known is None or known >= (3, 7)
