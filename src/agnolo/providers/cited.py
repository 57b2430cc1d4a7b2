"""A page that an answer cites, as vendors name it."""

from __future__ import annotations

from typing import Any

from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.messages import UrlCitation


def cited_page(note: Any, *titles: str) -> UrlCitation | None:  # noqa: ANN401 - a JSON value
    """The page of a citation with `url` and `title` (or another field that names it); None for another citation."""
    url: Any = note.get("url") if is_object(note) else None
    if not isinstance(url, str):
        return None
    title = next((told for name in ("title", *titles) if isinstance(told := note.get(name), str) and told), None)
    return UrlCitation(url=url, title=title)
