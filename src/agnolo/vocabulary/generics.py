"""The two types an agent can be given: of its dependencies and of its answers. At run time they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Deps = TypeVar("Deps", default=Any)
    Out = TypeVar("Out", default=Any)
else:  # before 3.13 no type variable has a default, and type checkers need it where nothing is said
    from typing import TypeVar

    Deps = TypeVar("Deps")
    Out = TypeVar("Out")
