"""Puts tool calls together from the fragments in which vendors send them."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import ToolCall


class FunctionFragment(msgspec.Struct, frozen=True, gc=False):
    """A piece of a call: the name comes once, arguments are appended. Some vendors send them as an object."""

    name: str | None = None
    arguments: Any = None


class ToolFragment(msgspec.Struct, frozen=True, gc=False):
    """A piece of a call as a delta carries it. Any field may be missing or null; `index` may be -1."""

    index: int | None = None
    id: str | None = None
    function: FunctionFragment | None = None


class _Call:
    __slots__ = ("arguments", "id", "name")

    def __init__(self, call_id: str | None) -> None:
        self.id = call_id
        self.name = ""
        self.arguments: list[str] = []

    def take(self, function: FunctionFragment) -> None:
        self.name = self.name or function.name or ""
        if isinstance(function.arguments, str):
            self.arguments.append(function.arguments)
        elif function.arguments:
            self.arguments.append(codec.dumps(function.arguments).decode())


class ToolCallAssembler:
    """Keyed by `index` if that is 0 or more, else by `id`, else a fragment goes to the call before it.

    Another id on a known index starts another call: some vendors number every call 0.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._open: dict[int | str, _Call] = {}

    def take(self, fragment: ToolFragment) -> None:
        """Add a fragment, or a whole call."""
        call = self._find(fragment)
        call.id = call.id or fragment.id or None
        if fragment.function is not None:
            call.take(fragment.function)

    def _find(self, fragment: ToolFragment) -> _Call:
        index, call_id = fragment.index, fragment.id
        key = index if index is not None and index >= 0 else call_id or None
        if key is None:
            named = fragment.function is not None and bool(fragment.function.name)
            return self._calls[-1] if self._calls and not named else self._start(call_id)
        known = self._open.get(key)
        if known is not None and not (call_id and known.id and call_id != known.id):
            return known
        self._open[key] = call = self._start(call_id)
        return call

    def _start(self, call_id: str | None) -> _Call:
        call = _Call(call_id)
        self._calls.append(call)
        return call

    def finish(self) -> list[ToolCall]:
        """The calls in the order of their first fragments. One without an id gets one; no arguments are `{}`."""
        return distinct(
            [
                ToolCall.of(call.id or new_id(), call.name, "".join(call.arguments).strip() or "{}")
                for call in self._calls
            ]
        )


def distinct(calls: list[ToolCall]) -> list[ToolCall]:
    """The calls, such that no two have the same id: a result names its call by it."""
    if len({call.id for call in calls}) == len(calls):
        return calls
    seen: set[str] = set()
    told: list[ToolCall] = []
    for call in calls:
        told.append(call if call.id not in seen else msgspec.structs.replace(call, id=new_id()))
        seen.add(call.id)
    return told
