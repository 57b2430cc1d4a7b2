"""Agents made from agents: copies with some options changed, and tools that are given later."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from agnolo.engine.factories import clear
from agnolo.ports.options import Tools, names_of
from agnolo.ports.toolkit import Toolkit, factory_of, listed
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_array, is_object


class Copies(Tools):
    """Mixed into Agent, with the options that they change."""

    def deep_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """A second agent with the same options, but for those of `update`; what one changes later, the other keeps.

        Lists, dicts and sets are copied, and toolkits, if what they hold can be; models, stores and functions are
        shared. Raises TypeError for an option that there is not.
        """
        known = names_of(type(self))
        given = {name: _copied(value) for name, value in vars(self).items() if name in known}
        return type(self)(**{**given, **(update or {})})

    def add_tool(self, tool: object) -> None:
        """Give the agent one more tool: a function, a Function or a Toolkit. Runs that go on do not see it."""
        if factory_of(self.tools) is not None:
            raise ConfigurationError("tools is a function that gives them: add the tool there, or use set_tools()")
        self.tools = [*listed(self.tools), tool]

    def set_tools(self, tools: Sequence[Any] | Callable[..., Any]) -> None:
        """Give the agent other tools, or a function that gives them. Runs that go on do not see them."""
        self.tools = factory_of(tools) or list(listed(tools))
        clear(self)


def _copied(value: object) -> Any:  # noqa: ANN401 - any option
    """A container with copies of the containers in it; a toolkit's copy; else the value itself."""
    kind = type(value)
    if kind is dict and is_object(value):
        return {name: _copied(inner) for name, inner in value.items()}
    if kind in (list, tuple) and is_array(value):
        inner = [_copied(one) for one in value]
        return tuple(inner) if kind is tuple else inner
    if kind is set:
        return copy.copy(value)
    return _toolkit(value) if isinstance(value, Toolkit) else value


def _toolkit(toolkit: Toolkit) -> Toolkit:
    """A toolkit of its own; the same one if it holds what can't be copied, such as a connection."""
    try:
        return copy.deepcopy(toolkit)
    except TypeError:
        return toolkit
