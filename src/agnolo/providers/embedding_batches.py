"""Texts in batches that fit into one request each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def batches(texts: Sequence[str], *, most: int, budget: int | None) -> Iterator[list[str]]:
    """The texts in order, at most `most` at once and, together, of at most `budget` tokens.

    Tokens are taken to be as many as bytes, which they never exceed. A text that alone is over goes alone.
    """
    batch: list[str] = []
    spent = 0
    for text in texts:
        cost = 0 if budget is None else len(text.encode("utf-8", "replace"))
        if batch and (len(batch) == most or (budget is not None and spent + cost > budget)):
            yield batch
            batch, spent = [], 0
        batch.append(text)
        spent += cost
    if batch:
        yield batch
