"""The sources that Gemini names: of a search, of pages it was told to read, of text it repeats."""

from __future__ import annotations

from typing import Any

from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Citations, UrlCitation

SOURCES = {
    "grounding_metadata": "groundingMetadata",
    "url_context_metadata": "urlContextMetadata",
    "citation_metadata": "citationMetadata",
}
"""Our names of the records, and the fields of a candidate that hold them."""


def merge(kept: dict[str, Any], candidate: dict[str, dict[str, Any] | None]) -> None:
    """Add a chunk's records to those kept. Lists of cited passages grow; of the rest the last told counts."""
    for name, told in candidate.items():
        if not told:
            continue
        known: dict[str, Any] = kept.setdefault(name, {})
        for field, value in told.items():
            grows = name == "citation_metadata" and is_array(known.get(field)) and is_array(value)
            known[field] = [*known[field], *value] if grows else value


def citations(kept: dict[str, Any]) -> Citations | None:
    """What was kept, and the pages in it, each once."""
    if not kept:
        return None
    pages: dict[str, str | None] = {}
    for page in _pages(kept):
        url = page.get("uri") or page.get("retrievedUrl")
        if isinstance(url, str) and url not in pages:
            title: Any = page.get("title")
            pages[url] = title if isinstance(title, str) else None
    return Citations(raw=kept, urls=[UrlCitation(url=url, title=title) for url, title in pages.items()] or None)


def _pages(kept: dict[str, Any]) -> list[dict[str, Any]]:
    chunks = _objects(kept, "grounding_metadata", "groundingChunks")
    grounds = [inner for chunk in chunks for inner in chunk.values() if is_object(inner)]
    read = _objects(kept, "url_context_metadata", "urlMetadata")
    cited = _objects(kept, "citation_metadata", "citations") + _objects(kept, "citation_metadata", "citationSources")
    return [*grounds, *read, *cited]


def _objects(kept: dict[str, Any], name: str, field: str) -> list[dict[str, Any]]:
    listed: Any = kept.get(name, {}).get(field)
    return [item for item in listed if is_object(item)] if is_array(listed) else []
