"""A call under way, as the hooks of a tool see it."""

from __future__ import annotations

from typing import Any

from agnolo.ports.function import Function


class FunctionCall:
    """One call of a tool. `arguments` may be changed before it is made; `result` or `error` is there after it."""

    def __init__(self, function: Function, arguments: dict[str, Any], call_id: str | None = None) -> None:
        self.function = function
        self.arguments = arguments
        self.call_id = call_id
        self.result: Any = None
        self.error: str | None = None

    def get_call_str(self) -> str:
        """The call as one would write it."""
        return f"{self.function.name}({', '.join(f'{name}={value}' for name, value in self.arguments.items())})"
