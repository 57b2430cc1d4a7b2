"""The decorator that makes a tool of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack, overload

from agnolo.ports.approval import MARK, marked
from agnolo.ports.function import TOOL_OPTIONS, Function, ToolOptions, checked
from agnolo.vocabulary.errors import ConfigurationError


@overload
def tool(fn: Callable[..., Any], /) -> Function: ...
@overload
def tool(fn: None = None, /, **options: Unpack[ToolOptions]) -> Callable[[Callable[..., Any]], Function]: ...
def tool(
    fn: Callable[..., Any] | None = None, /, **options: Unpack[ToolOptions]
) -> Function | Callable[[Callable[..., Any]], Function]:
    """Make a Function of the decorated function: `@tool`, or `@tool(name=..., ...)`. On methods it binds like one.

    Raises ValueError for an unknown option.
    """
    given = checked("@tool", {**options}, TOOL_OPTIONS, ConfigurationError)

    def decorate(function: Callable[..., Any]) -> Function:
        if not callable(function):
            raise TypeError(f"@tool decorates functions, not {function!r}: name options, as in @tool(name=...)")
        kind = getattr(function, MARK, None)
        options = given if kind is None else marked(given, kind)
        return Function.from_callable(function, name=given.get("name")).having(**options)

    return decorate if fn is None else decorate(fn)
