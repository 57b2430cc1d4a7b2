"""A run's hard limits. Looked at before each model request, so that hitting one ends the run with what it has."""

from __future__ import annotations

from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import LimitExceededError


def check(run: Run, at: Runtime) -> None:
    """Raise LimitExceededError naming the limit that is used up."""
    limits = run.plan.limits
    if limits is None:
        return
    used = (
        ("max_model_requests", limits.max_model_requests, run.asked),
        ("max_total_tokens", limits.max_total_tokens, run.counts.total_tokens),
        ("max_seconds", limits.max_seconds, at.monotonic() - run.started),
    )
    for name, allowed, spent in used:
        if allowed is not None and spent >= allowed:
            raise LimitExceededError(f"the run has used {spent:g} of {name}={allowed:g}: raise it in Limits(...)")


def tool_calls_left(run: Run) -> int | None:
    """How many more tool calls the run may make; None without a limit."""
    limit = run.plan.tools.tool_call_limit
    return None if limit is None else max(0, limit - run.tool_calls_made)
