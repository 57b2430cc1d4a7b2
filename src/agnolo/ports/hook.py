"""@hook, and what a pre- or post-hook asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial, update_wrapper
from types import FunctionType
from typing import Any, TypeVar, overload

F = TypeVar("F", bound=Callable[..., Any])

_BACKGROUND = "_agno_run_in_background"


@overload
def hook(func: F, /) -> F: ...
@overload
def hook(*, run_in_background: bool = False) -> Callable[[F], F]: ...
def hook(func: Callable[..., Any] | None = None, /, *, run_in_background: bool = False) -> Any:
    """Mark a pre- or post-hook. With `run_in_background` it runs after the reply, on copies of its arguments.

    Nobody waits for it but shutdown; what it raises is logged.
    """

    def mark(given: Callable[..., Any]) -> Callable[..., Any]:
        marked = given if isinstance(given, FunctionType) else update_wrapper(partial(given), given)
        setattr(marked, _BACKGROUND, run_in_background or should_run_in_background(given))
        return marked

    return mark if func is None else mark(func)


def should_run_in_background(hook_func: Callable[..., Any]) -> bool:
    """Whether @hook, below any other decorators, says so."""
    found: Any = hook_func
    while not hasattr(found, _BACKGROUND) and hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    return bool(getattr(found, _BACKGROUND, False))


def accepted(hook_func: Callable[..., Any], offered: Mapping[str, Any]) -> dict[str, Any]:
    """What is offered and the hook's signature names; all of it for a hook that takes any keywords."""
    try:
        parameters = inspect.signature(hook_func).parameters
    except ValueError:
        return dict(offered)
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return dict(offered)
    return {name: value for name, value in offered.items() if name in parameters}
