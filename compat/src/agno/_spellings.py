"""Agnolo's Agent for programs that still spell options as Agno 2 did."""

from __future__ import annotations

import warnings
from typing import Any

import agnolo
from agnolo.cli.agno_names import table


def _respelled(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options under today's names, with a warning for each that was renamed.

    Raises TypeError for one that is gone, and for one that is given under both names.
    """
    renamed = table().options[method]
    gone = table().gone[method]
    for name in options.keys() & gone.keys():
        raise TypeError(f"{method}() has no option {name!r}: {gone[name]}")
    for old in sorted(options.keys() & renamed.keys()):
        new = renamed[old]
        if new in options:
            raise TypeError(f"{method}() got {old!r} and {new!r}, which are the same: give {new!r}")
        warnings.warn(f"{method}({old}=...) is Agno 2's spelling: write {new}", DeprecationWarning, stacklevel=3)
    return {renamed.get(name, name): value for name, value in options.items()}


class Agent(agnolo.Agent):
    """agnolo.Agent, which takes Agno 2's spellings too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**_respelled("Agent", options))

    def run(self, input: object, **options: Any) -> Any:
        """As Agnolo's."""
        return super().run(input, **_respelled("run", options))

    def arun(self, input: object, **options: Any) -> Any:
        """As Agnolo's."""
        return super().arun(input, **_respelled("run", options))

    def continue_run(self, run_response: Any = None, **options: Any) -> Any:
        """As Agnolo's."""
        return super().continue_run(run_response, **_respelled("run", options))

    def acontinue_run(self, run_response: Any = None, **options: Any) -> Any:
        """As Agnolo's."""
        return super().acontinue_run(run_response, **_respelled("run", options))

    def print_response(self, input: object, **options: Any) -> None:
        """As Agnolo's."""
        super().print_response(input, **_respelled("run", options))

    async def aprint_response(self, input: object, **options: Any) -> None:
        """As Agnolo's."""
        await super().aprint_response(input, **_respelled("run", options))
