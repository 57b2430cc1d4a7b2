"""The mark of tools whose calls need an approval on record."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, overload

from agnolo.ports.function import WAITS, Function
from agnolo.vocabulary.errors import ConfigurationError

MARK = "_agno_approval_type"
"""Attribute of a function that stands below `@tool`; the reference's name, as programs read it."""


class ApprovalType(StrEnum):
    """`required`: the call waits for it. `audit`: the decision on a call that waits anyway is put on record."""

    required = "required"
    audit = "audit"


@overload
def approval(func_or_type: Callable[..., Any] | Function, /) -> Any: ...  # noqa: ANN401 - what was given
@overload
def approval(func_or_type: None = None, /, *, type: str = ...) -> Callable[[Any], Any]: ...
def approval(
    func_or_type: Callable[..., Any] | Function | None = None,
    /,
    *,
    type: str = ApprovalType.required,
) -> Any:
    """Mark a tool, above or below `@tool`: `@approval`, `@approval()` or `@approval(type="audit")`.

    `required` makes the call wait for confirmation unless it waits for something already. Raises ValueError for
    another type, and for `audit` of a tool that does not wait.
    """
    if type not in ApprovalType.__members__:
        raise ConfigurationError(f"approval type={type!r}: give 'required' or 'audit'")
    kind = str(type)

    def mark(target: Any) -> Any:  # noqa: ANN401 - a function or a Function
        if isinstance(target, Function):
            return target.having(**marked({name: getattr(target, name) for name in WAITS}, kind))
        if not callable(target):
            raise TypeError(f"@approval marks tools, not {target!r}")
        setattr(target, MARK, kind)
        return target

    return mark if func_or_type is None else mark(func_or_type)


def marked(options: dict[str, Any], kind: str) -> dict[str, Any]:
    """The options of a tool that waits, with its approval."""
    waits = any(options.get(name) for name in WAITS)
    if not waits and kind == ApprovalType.audit:
        raise ConfigurationError(
            f"@approval(type='audit') records decisions, and this tool waits for none: set one of {', '.join(WAITS)}"
        )
    return {**options, "approval_type": kind, **({} if waits else {"requires_confirmation": True})}
