"""The one effect boundary. What a run does to the world passes through `perform`, so nothing can get around it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Generic, Literal, TypeVar

import msgspec

from agnolo.engine.cancel import Token
from agnolo.engine.state import Run
from agnolo.ports.journal import Step
from agnolo.ports.model import Model, ModelEvent, ModelRequest
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import NotApprovedError

T = TypeVar("T")


class Effect(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Something done to the world; `start` begins it and yields what it brings.

    `loop_bound` effects need an event loop; the others run in the caller's thread under the inline runtime. `withheld`
    ones wait for a person: they are not begun.
    """

    kind: Literal["model", "tool", "callable"]
    start: Callable[[], AsyncIterator[T]]
    loop_bound: bool = False
    withheld: bool = False


def perform(effect: Effect[T], run: Run, at: Runtime) -> AsyncGenerator[T, None]:
    """Begin the effect unless the run is cancelled or a limit is used up; what it brings is the caller's to close.

    Not a generator itself: every token of an answer would pass through one more.
    """
    run.token.raise_if_requested()
    if effect.withheld:
        raise NotApprovedError("this call waits for a person's decision: it was not made")
    if effect.kind == "model":
        run.asked += 1
    until = None if run.meter is None else run.meter.deadline()
    return at.iterate(run.token, effect.start(), loop_bound=effect.loop_bound, until=until)


def ask(model: Model, request: ModelRequest, run: Run, at: Runtime) -> AsyncGenerator[ModelEvent, None]:
    """Ask a model within the run's budgets: the one way to do so. Raises LimitExceededError when they leave no room."""

    def asked(capped: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        start = partial(model.exchange, capped)
        return perform(Effect(kind="model", start=start, loop_bound=model.loop_bound), run, at)

    if run.meter is None:
        return asked(request)
    return run.meter.metered(model, request, at, asked)


async def undo(call: Callable[[], object], at: Runtime) -> None:
    """Take back what an effect has set up, once the run is over: no cancellation or deadline of the run counts."""
    await at.call(Token(""), call)


async def single(items: AsyncGenerator[T, None]) -> T:
    """The only item of an effect that brings one."""
    async with aclosing(items):
        return await anext(items)


async def once(call: Callable[[], Awaitable[T]]) -> AsyncGenerator[T, None]:
    """An effect's start for a call with one result."""
    yield await call()


async def commit(run: Run, at: Runtime, *steps: Step) -> None:
    """Journal the steps, with any that waited for them, before the run goes on. Without a store, nothing to do."""
    waiting, run.unsaved = [*run.unsaved, *steps], []
    if run.plan.store is not None and waiting:
        await at.wait(run.plan.store.put(run.plan.origin.run_id, run.attempt, waiting))
