"""What a run has left for its tools: calls and seconds."""

from __future__ import annotations

from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime


def tool_calls_left(run: Run) -> int | None:
    """How many more tool calls the run may make; None without a limit."""
    limit = run.plan.tools.tool_call_limit
    return None if limit is None else max(0, limit - run.tool_calls_made)


def seconds_left(timeout: float | None, run: Run, at: Runtime) -> float | None:
    """How long a tool with this timeout may take within the run's time; None without either."""
    deadline = None if run.meter is None else run.meter.deadline()
    if deadline is None:
        return timeout
    left = max(0.0, deadline - at.monotonic())
    return left if timeout is None else min(timeout, left)
