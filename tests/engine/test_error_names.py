"""The names by which a failed run tells what went wrong."""

from __future__ import annotations

import pytest

from agnolo import Agent, ScriptedModel
from agnolo.vocabulary.errors import (
    AgentRunException,
    LimitExceededError,
    ModelAuthenticationError,
    ModelProviderError,
    ModelRateLimitError,
    RetryAgentRun,
    StopAgentRun,
)
from agnolo.vocabulary.events import RunErrorEvent


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (ModelProviderError("broken"), ("model_provider_error", None)),
        (ModelRateLimitError("slower", retryable=False), ("model_provider_error", "model_rate_limit_error")),
        (ModelAuthenticationError("no key"), ("model_authentication_error", None)),
        (LimitExceededError("too much"), ("limit_exceeded_error", None)),
        (RuntimeError("cut"), ("RuntimeError", None)),
    ],
)
def test_a_stream_tells_the_family_of_an_error_and_the_case_where_that_says_more(
    error: Exception, names: tuple[str, str | None]
) -> None:
    last = [*Agent(model=ScriptedModel([error])).run("x", stream=True, stream_events=True)][-1]
    assert isinstance(last, RunErrorEvent)
    assert (last.error_type, last.error_id) == names


def test_steering_errors_are_cases_of_one_family() -> None:
    steering = (AgentRunException("a"), RetryAgentRun("b"), StopAgentRun("c"))
    assert [(error.error_type, error.error_id) for error in steering] == [
        ("agent_run_error", "agent_run_error"),
        ("agent_run_error", "retry_agent_run_error"),
        ("agent_run_error", "stop_agent_run_error"),
    ]
