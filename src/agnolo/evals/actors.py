"""What the world said in a run, for those who stand in for it: the replies of the model, the results of tools."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

from agnolo.engine.answered import note_of, reply_of
from agnolo.evals.cassette import Cassette, ReplayError, results_of
from agnolo.ports.function import Function, ToolResult
from agnolo.ports.journal import Step
from agnolo.ports.model import ModelReply
from agnolo.vocabulary.errors import AgnoloError


def replies_of(steps: Sequence[Step]) -> list[ModelReply]:
    """What the model answered in these steps."""
    return [reply_of(s.message, note_of(s)) for s in steps if s.message is not None and s.message.role == "assistant"]


class RecordedTools:
    """Functions that give the results of the run's calls, tool by tool in order; then, if `live`, the real ones."""

    def __init__(self, cassette: Cassette, steps: Sequence[Step], *, live: bool) -> None:
        executed = {tool["tool_call_id"] for tool in cassette.record.run.run_data.get("tools") or ()}
        self._live = live
        self._steps = steps
        self._results: dict[str, deque[Step]] = defaultdict(deque)
        for call_id, step in results_of(steps).items():
            if call_id in executed and step.message is not None:
                self._results[step.message.tool_name or ""].append(step)

    def playing(self, function: Function) -> Function:
        """The function as the model knows it, with recorded results."""
        return function.having(
            description=function.description,
            parameters=function.parameters,
            skip_entrypoint_processing=not self._live,
            entrypoint=self._entrypoint(function),
        )

    def _entrypoint(self, function: Function) -> Callable[..., Any]:
        if self._live:
            return self._recorded_first(function)

        def recorded(**arguments: Any) -> ToolResult:
            return self._next(function.name)

        return recorded

    def _recorded_first(self, function: Function) -> Callable[..., Any]:
        real = function.entrypoint
        assert real is not None

        def either(**arguments: Any) -> Any:  # noqa: ANN401 - what the tool gives
            return self._next(function.name) if self._results[function.name] else real(**arguments)

        either.__dict__["__wrapped__"] = real
        return either

    def _next(self, name: str) -> ToolResult:
        if not self._results[name]:
            raise ReplayError(f"tool {name!r} is called more often than was recorded")
        step = self._results[name].popleft()
        assert step.message is not None
        text = step.message.text()
        if step.message.tool_call_error:
            raise AgnoloError(text)
        shown = next((s.message for s in self._steps if s.key.startswith(f"{step.key}/") and s.message), None)
        if shown is None or shown.role != "user":
            return ToolResult(content=text)
        return ToolResult(
            content=text,
            images=list(shown.images or ()) or None,
            videos=list(shown.videos or ()) or None,
            audios=list(shown.audio or ()) or None,
            files=list(shown.files or ()) or None,
        )
