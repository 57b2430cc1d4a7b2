"""Type guards for values of unknown type: JSON objects, JSON arrays, classes."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:  # noqa: ANN401 - any value
    """Whether this is a JSON object (keys are taken on trust)."""
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[list[Any]]:  # noqa: ANN401 - any value
    """Whether this is a JSON array, or a tuple standing for one."""
    return isinstance(value, list | tuple)


def is_class(value: Any) -> TypeGuard[type[Any]]:  # noqa: ANN401 - any value
    """Whether this is a class."""
    return isinstance(value, type)


def derives(value: Any, bases: tuple[type, ...]) -> bool:  # noqa: ANN401 - any value
    """Whether this is a class derived from one of `bases`."""
    return isinstance(value, type) and issubclass(value, bases)
