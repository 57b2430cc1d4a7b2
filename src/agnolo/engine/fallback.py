"""Models that stand in for one that fails: which ones, in what order, and until when."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from agnolo.engine.effects import Effect, once, perform, single
from agnolo.engine.state import Fallbacks, Run
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelBadRequestError,
    ModelContentFilterError,
    ModelProviderError,
    ModelRateLimitError,
    RunCancelledException,
)

log = logging.getLogger("agnolo")


def take_over(run: Run, error: ModelProviderError, *, heard: bool) -> None:
    """Make the next model the run's, for all that follows. Raises when there is none, the first model's error then.

    The first failure decides which list is used. `heard` says that words of the failed answer have reached the reader:
    then no other model begins anew, and its error is raised.
    """
    if run.failure is None:
        run.failure, run.stand_ins = error, list(_candidates(run.plan.fallbacks, error))
    if heard:
        raise error
    if not run.stand_ins:
        raise run.failure
    failed, run.model = run.model, run.stand_ins.pop(0)
    run.announced = False
    del run.text[run.text_kept :]
    log.warning("model %r failed, %r takes over: %s", failed.id, run.model.id, error)


def _candidates(fallbacks: Fallbacks, error: ModelProviderError) -> Sequence[Model]:
    """Requests that the next model would refuse as well are not handed on."""
    match error:
        case ModelRateLimitError():
            return fallbacks.on_rate_limit or fallbacks.on_error
        case ContextWindowExceededError():
            return fallbacks.on_context_overflow or fallbacks.on_error
        case ModelBadRequestError() | ModelContentFilterError():
            return ()
        case _:
            return fallbacks.on_error


async def announce(run: Run, at: Runtime) -> None:
    """Tell the user's callback, once a stand-in has answered. What it raises is logged and hurts nobody."""
    callback, failure = run.plan.fallbacks.callback, run.failure
    if run.announced or failure is None:
        return
    run.announced = True
    if callback is None:
        return
    first, now = run.plan.model.id, run.model.id
    effect = Effect[Any](kind="callable", start=lambda: once(lambda: at.call(run.token, callback, first, now, failure)))
    try:
        await single(perform(effect, run, at))
    except RunCancelledException:
        raise
    except Exception as broken:  # a hook of the user's: recorded, and the run goes on
        log.warning("the fallback callback failed", exc_info=broken)
