"""Puts Gemini's function calls together: mostly whole, from Vertex on request as arguments told path by path."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from agnolo.providers.assembler import distinct
from agnolo.providers.gemini_content import Part
from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import ToolCall

_STEP = r"\.([^.\[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|\"([^\"]*)\")\]"
_VALUES = ("stringValue", "numberValue", "boolValue")


class CallAssembler:
    """Takes the function calls of a reply in order."""

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._open: dict[str, Any] | None = None
        self._growing: dict[str, str] = {}

    def take(self, part: Part, told: dict[str, Any]) -> Part | None:
        """The part of a call that begins here, to be kept; None for more of the call before it."""
        if not told.get("name"):
            self._continue(told)
            return None
        self._open = None
        if told.get("willContinue") or told.get("partialArgs"):
            call = {name: value for name, value in told.items() if name not in ("willContinue", "partialArgs")}
            args: Any = told.get("args")
            call["args"] = dict(args) if is_object(args) else {}
            part = {**part, "functionCall": call}
            self._open, self._growing = call, {}
            self._continue(told)
            told = call
        self._calls.append(told)
        return part

    def _continue(self, told: dict[str, Any]) -> None:
        if self._open is None:
            return
        pieces: Any = told.get("partialArgs")
        for piece in pieces if is_array(pieces) else ():
            if is_object(piece):
                self._put(self._open["args"], piece)
        if not told.get("willContinue"):
            self._open = None

    def _put(self, args: dict[str, Any], piece: dict[str, Any]) -> None:
        path = str(piece.get("jsonPath"))
        found: list[tuple[str, str, str, str]] = re.findall(_STEP, path)
        steps = [int(index) if index else name or single or double for name, index, single, double in found]
        if not steps or isinstance(steps[0], int):
            return
        value: Any = next((piece[name] for name in _VALUES if name in piece), None)
        text = self._growing.pop(path, "")
        if isinstance(value, str) or text:
            value = text + str(value or "")
            if piece.get("willContinue"):
                self._growing[path] = value
        _set(args, steps, value)

    def finish(self) -> list[ToolCall]:
        """The calls in order. One without an id gets one."""
        return distinct(
            [
                ToolCall.of(
                    str(call.get("id") or new_id()),
                    str(call["name"]),
                    _arguments(call.get("args")),
                )
                for call in self._calls
            ]
        )


def _arguments(args: Any) -> str:  # noqa: ANN401 - a JSON value
    """As text; an object, unless a proxy has made it one already."""
    return args if isinstance(args, str) and args else codec.dumps(args or {}).decode()


def _set(node: Any, steps: list[int | str], value: Any) -> None:  # noqa: ANN401 - a JSON value
    """Set the value at the path and make the way to it; what stands in the way is replaced."""
    for step, after in pairwise(steps):
        inner = _child(node, step)
        if not (is_array(inner) if isinstance(after, int) else is_object(inner)):
            inner = list[Any]() if isinstance(after, int) else dict[str, Any]()
            _assign(node, step, inner)
        node = inner
    _assign(node, steps[-1], value)


def _child(node: Any, step: int | str) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(step, int):
        return node[step] if step < len(node) else None
    return node.get(step)


def _assign(node: Any, step: int | str, value: Any) -> None:  # noqa: ANN401 - a JSON value
    """Lists grow by one: an index beyond the end means the end."""
    if isinstance(step, int) and step >= len(node):
        node.append(value)
    else:
        node[step] = value
