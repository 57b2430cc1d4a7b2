"""The attempts of a run: what may be tried again, when, and from where."""

from __future__ import annotations

import logging

from agnolo.engine import limits, tool_calls
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.checks import CheckError
from agnolo.vocabulary.errors import LimitExceededError, RunCancelledException, StorageError
from agnolo.vocabulary.messages import Message

log = logging.getLogger("agnolo")

_FINAL = (CheckError, LimitExceededError, RunCancelledException, StorageError)
"""Would be so again, or is meant."""


async def again(run: Run, at: Runtime, error: Exception) -> None:
    """Wait, and set the run back behind what it has finished. Raises `error` if there is no attempt left for it."""
    patience = run.plan.retry
    if patience is None or run.retried >= patience.retries or run.answered or run.stopped or isinstance(error, _FINAL):
        raise error
    delay = patience.delay_between_retries * (2**run.retried if patience.exponential_backoff else 1)
    left = limits.seconds_left(None, run, at)
    if left is not None and delay >= left:
        raise error
    run.retried += 1
    log.warning("attempt %d of %d failed, trying again in %g s: %s", run.retried, patience.retries + 1, delay, error)
    await at.sleep(run.token, delay)
    _set_back(run, at)


def _set_back(run: Run, at: Runtime) -> None:
    """Drop what the failed attempt left unfinished. Tool calls with results, and their turns, stay."""
    run.failure, run.stand_ins, run.model, run.announced = None, [], run.plan.model, True
    if run.batch:
        run.unsaved += tool_calls.close_batch(run, at)
    while run.turn and _is_answer(run.messages[-1]) and run.messages[-1] not in run.thoughts.messages:
        refused = run.messages.pop()
        run.unsaved = [step for step in run.unsaved if step.message is not refused]
    if run.plan.output_schema is not None:
        run.text_kept = 0
    run.continued = run.continued or run.text_kept > 0
    del run.text[run.text_kept :]


def _is_answer(message: Message) -> bool:
    return message.role == "assistant" and not message.tool_calls
