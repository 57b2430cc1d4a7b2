"""Order statistics of a sample."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value at a share of an ascending sample (nearest rank below); 0.0 when it is empty."""
    return ordered[int((len(ordered) - 1) * share)] if ordered else 0.0
