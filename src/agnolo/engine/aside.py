"""Work that a model does beside a run: keeping memories, summing up a session. Its messages are nobody's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from agnolo.engine import structured, tool_calls, turn
from agnolo.engine.budget import Budgets, Meter
from agnolo.engine.cancel import Token
from agnolo.engine.state import Run, RunPlan
from agnolo.ports.function import Function
from agnolo.ports.model import Model
from agnolo.ports.options import Asked, History, Limits, Memory, Output, Prompt, State, Summaries, Tools
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.ports.toolkit import collect
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import TokenCounts
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.sessions import Scope

BUDGET = Limits(max_model_requests=24)
"""A model that never stops calling tools is stopped here: nobody watches this work."""

_NOTHING: dict[str, Any] = {
    "prompt": Prompt(), "asked": Asked(), "state": State(), "history": History(), "memory": Memory(),
    "summaries": Summaries(), "tools": Tools(), "output": Output(), "owner": None,
}  # fmt: skip


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """What the model is told, what it may call, and the form of its answer. `role` names its counts in a run's metrics.

    The answer is text without an `output_schema`.
    """

    role: str
    model: Model
    messages: Sequence[Message]
    tools: Sequence[Function] = ()
    output_schema: Any = None


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose session and user pay for it, and where that is booked.

    The limits of a run bind it only if it has that run's `meter`.
    """

    budgets: Budgets | None = None
    scope: Scope = Scope()
    session_id: str = ""
    store: Store | None = None
    meter: Meter | None = None


NOBODY = Payer()


def payer_of(run: Run, *, metered: bool = False) -> Payer:
    """Those who pay for a run pay for what is done for it; if `metered`, within the limits of the run."""
    plan, meter = run.plan, run.meter if metered else None
    return Payer(
        budgets=plan.budgets, scope=plan.scope, session_id=plan.origin.session_id, store=plan.store, meter=meter
    )


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the answer ("" when there was none), tool calls made, tokens by model and provider."""

    content: Any
    tool_calls: int
    counts: Mapping[tuple[str, str], TokenCounts]


async def settle(aside: Aside, at: Runtime, payer: Payer = NOBODY, *, under: Run | None = None) -> Settled:
    """Ask until the model has answered. Within a run (`under`) it ends with that run and counts for it.

    Raises what the model raises, OutputSchemaError for an answer of another form, LimitExceededError beyond BUDGET.
    """
    run = Run(_plan(aside, at), at, under.token if under is not None else Token(""))
    run.meter = payer.meter or _own_meter(payer, run, at)
    run.open_state({})
    run.messages = list(aside.messages)
    try:
        await _converse(run, at)
    finally:
        if under is not None:
            for model, counts in run.counts_of.items():
                under.count_beside(aside.role, model, counts)
    content = run.content if run.content is not None else run.messages[-1].text()
    return Settled(content=content, tool_calls=run.tool_calls_made, counts=run.counts_of)


def _own_meter(payer: Payer, run: Run, at: Runtime) -> Meter:
    budgets = msgspec.structs.replace(payer.budgets or Budgets(), run=BUDGET)
    return Meter(budgets, payer.scope, payer.session_id, run.plan.origin.run_id, payer.store, at)


async def _converse(run: Run, at: Runtime) -> None:
    while not run.stopped:
        async with aclosing(turn.stream(run, at)) as told:
            async for _ in told:
                pass
        if run.pending:
            async with aclosing(tool_calls.execute(run, at)) as told:
                async for _ in told:
                    pass
        elif await structured.settled(run, at):
            break
    structured.conclude(run, at)


def _plan(aside: Aside, at: Runtime) -> RunPlan:
    return RunPlan(
        origin=Origin(id=aside.role, name=None, run_id=at.new_id(), session_id=""),
        scope=Scope(),
        model=aside.model,
        input=RunInput(input_content=""),
        toolset=collect(aside.tools),
        output_schema=aside.output_schema,
        output_format=structured.output_format(aside.output_schema),
        **_NOTHING,
    )


def told(system: str, *messages: Message) -> list[Message]:
    """The messages under a system message."""
    return [Message(role="system", content=system), *messages]


def asked(text: str) -> Message:
    """What the model is asked, as a user's message."""
    return Message(role="user", content=text)
