"""Vectors as vendors write them, and as we give them out: finite floats, one vector a text. Pure."""

from __future__ import annotations

import base64
import binascii
import math
import sys
from array import array
from typing import Any

from agnolo.providers.inquiry import Misread
from agnolo.vocabulary.guards import is_array, is_object


def vector(given: Any) -> list[float]:  # noqa: ANN401 - a JSON value
    """One vector: numbers, or base64 of little-endian float32, or either in one list more. Raises Misread."""
    if isinstance(given, str):
        return _finite(_unpacked(given))
    if not is_array(given) or not given:
        raise Misread(f"a vector is {_kind(given)}")
    if len(given) == 1 and (is_array(given[0]) or (isinstance(given[0], str) and not _is_number(given[0]))):
        return vector(given[0])
    if bool in set(map(type, given)):
        raise Misread("a vector holds what is no number")
    try:
        return _finite(list(map(float, given)))
    except (TypeError, ValueError) as error:
        raise Misread(f"a vector holds what is no number: {error}") from error


def rows(given: Any) -> list[Any]:  # noqa: ANN401 - a JSON value
    """What stands for one vector each: a single one may stand alone, or as bare numbers. Raises Misread."""
    if is_object(given) or (isinstance(given, str) and given):
        return [given]
    if not is_array(given):
        raise Misread("there are no vectors in it")
    return [given] if given and isinstance(given[0], int | float) else list(given)


def ordered(given: list[Any]) -> list[Any]:
    """Rows by their `index`, if each has one of its own; else as they came."""
    places = [_place(row) for row in given]
    if sorted(place for place in places if place is not None) != list(range(len(given))):
        return given
    return [row for _, row in sorted(zip(places, given, strict=True), key=lambda pair: pair[0] or 0)]


def count(given: Any) -> int:  # noqa: ANN401 - a JSON value
    """A count of tokens, also written as text; 0 for what is none."""
    if isinstance(given, bool):
        return 0
    try:
        return max(0, int(given))
    except (TypeError, ValueError, OverflowError):
        return 0


def normalised(values: list[float]) -> list[float]:
    """The vector of length 1 in this direction; a zero vector has none and stays."""
    length = math.sqrt(math.fsum(value * value for value in values))
    return [value / length for value in values] if length else values


def _unpacked(text: str) -> list[float]:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Misread(f"a vector is neither numbers nor base64: {error}") from error
    if not raw or len(raw) % 4:
        raise Misread(f"a vector of {len(raw)} bytes holds no whole number of float32")
    numbers = array("f", raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def _finite(values: list[float]) -> list[float]:
    # One sum tells of all; only a sum that overflows by itself needs a closer look.
    if not math.isfinite(sum(values)) and not all(map(math.isfinite, values)):
        raise Misread("a vector holds a number that is not finite")
    return values


def _place(row: Any) -> int | None:  # noqa: ANN401 - a JSON value
    place: Any = row.get("index") if is_object(row) else None
    if isinstance(place, str) and place.isdecimal():
        return int(place)
    return place if isinstance(place, int) and not isinstance(place, bool) else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _kind(given: Any) -> str:  # noqa: ANN401 - a JSON value
    return "empty" if is_array(given) else f"of type {type(given).__name__}"
