"""Thinking before the answer: by a model that reasons, whose thoughts the answering model gets, or by the think tools.

A reasoning model that fails costs its thoughts, not the run.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from agnolo.engine import context, thoughts
from agnolo.engine.effects import ask, commit
from agnolo.engine.state import Run
from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, ReasoningDelta, TextDelta, counted_as
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import LimitExceededError, RunCancelledException
from agnolo.vocabulary.events import (
    ReasoningContentDeltaEvent,
    ReasoningStartedEvent,
    RunEventBase,
)
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import NOTHING, added

log = logging.getLogger("agnolo")


class _Heard:
    """What a reasoning model says: its reasoning if it tells any, else its answer."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.reasons = False
        self.reply: ModelReply | None = None

    def take(self, item: ModelEvent) -> str | None:
        """A further piece of its thoughts, if this is one."""
        if isinstance(item, ModelReply):
            self.reply = item
        self.reasons |= isinstance(item, ReasoningDelta)
        if not isinstance(item, ReasoningDelta if self.reasons else TextDelta):
            return None
        self.pieces.append(item.text)
        return item.text

    def thoughts(self) -> str:
        """All of it."""
        whole = self.reply
        told = "".join(self.pieces)
        return told or ((whole.reasoning_content or whole.content or "") if whole is not None else "")


async def before(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Ask the reasoning model, and put its thoughts before the answer. A run that goes on behind them keeps them."""
    if not run.messages:
        await context.assemble(run, at)
    if run.turn or run.thoughts.messages:
        return
    yield run.say(ReasoningStartedEvent, at)
    heard = _Heard()
    try:
        async with aclosing(_asked(run, at)) as items:
            async for item in items:
                piece = heard.take(item)
                if piece and run.plan.visible:
                    yield run.say(ReasoningContentDeltaEvent, at, reasoning_content=piece)
    except (RunCancelledException, LimitExceededError):
        raise
    except Exception as failure:  # noqa: BLE001 - the hook boundary: logged, and the run goes on
        log.warning("the reasoning model failed, the run goes on without its thoughts: %s", failure)
        return
    if not (said := heard.thoughts()):
        log.warning("the reasoning model had no thoughts")
        return
    message = Message(
        id=at.new_id(), created_at=int(at.time()), role="assistant",
        content=f"<thinking>\n{said}\n</thinking>", reasoning_content=said,
    )  # fmt: skip
    step = msgspec.structs.replace(run.add_message(message, thoughts.KEY), result=_used(run, heard.reply))
    await commit(run, at, step)
    thoughts.recall(run, step)
    yield thoughts.told(run, at)


def _used(run: Run, reply: ModelReply | None) -> thoughts.Used | None:
    model = run.plan.others.reasoning
    if reply is None or model is None:
        return None
    name, provider = counted_as(model)
    return thoughts.Used(model=name, provider=provider, counts=added(NOTHING, reply.metrics))


def _asked(run: Run, at: Runtime) -> AsyncGenerator[ModelEvent, None]:
    model = run.plan.others.reasoning
    assert model is not None
    request = ModelRequest(messages=[m for m in run.messages if not m.from_history], stream=run.plan.visible)
    return ask(model, request, run, at)
