"""Questions to models that serve a run beside its own model: one request, one reply, told nobody."""

from __future__ import annotations

from contextlib import aclosing

from agnolo.engine import answered
from agnolo.engine.effects import ask
from agnolo.engine.state import Run
from agnolo.engine.structured import Asked, unfolded
from agnolo.ports.model import Model, ModelReply, counted_as
from agnolo.ports.runtime import Runtime


async def answer(run: Run, model: Model, asked: Asked, at: Runtime, *, kind: str) -> ModelReply:
    """The whole reply, counted as of a model of this kind. Raises ModelProviderError and LimitExceededError."""
    reply: ModelReply | None = None
    async with aclosing(ask(model, asked.request, run, at)) as told:
        async for item in told:
            if isinstance(item, ModelReply):
                reply = unfolded(item, asked.answer_tool)
    said = answered.whole(reply, model)
    run.count_beside(kind, counted_as(model), said.metrics)
    return said
