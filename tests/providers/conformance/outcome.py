"""What an exchange came to, in terms that any reader can give: ours, an independent one, a vendor's SDK."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """A reply, or the error in its place.

    `usage` is input, output, total, read from a cache, spent on reasoning. `more` is what a dialect has besides:
    cited pages, signatures, durations, vectors, model ids.
    """

    text: str = ""
    reasoning: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    finish: str = ""
    usage: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    error: str = ""
    retryable: bool = False
    more: Mapping[str, Any] = MappingProxyType({})


def failure(error: str, *, retryable: bool) -> Outcome:
    """An exchange that ended with an error of this class."""
    return Outcome(error=error, retryable=retryable)


def differences(expected: Outcome, found: Outcome) -> list[str]:
    """The fields that are not equal, with both values, shortened."""
    pairs = zip(Outcome._fields, expected, found, strict=True)
    return [f"{name}: {_short(left)} but got {_short(right)}" for name, left, right in pairs if left != right]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:120]}…{text[-60:]}"


def rounded(vectors: Sequence[Sequence[float]]) -> list[list[float]]:
    """Vectors as far as readers agree that do sums with them."""
    return [[round(number, 6) for number in vector] for vector in vectors]


def digest(vectors: Sequence[Sequence[float]]) -> dict[str, Any]:
    """How many vectors of what length, and a hash of their numbers: they are too long to keep."""
    told = " ".join(f"{number:.5f}" for vector in rounded(vectors) for number in vector)
    return {"lengths": [len(vector) for vector in vectors], "hash": hashlib.sha256(told.encode()).hexdigest()[:16]}
