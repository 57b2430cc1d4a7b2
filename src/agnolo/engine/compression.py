"""Tool results made shorter by a model. The result itself stays in the message; what is sent from then on is the text
that stands for it, so that the conversation before it changes once and no more."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial

import msgspec

from agnolo.engine.aside import NOBODY, Aside, Payer, asked, payer_of, settle, told
from agnolo.engine.budget import tokens_of
from agnolo.engine.history import amended
from agnolo.engine.state import Run
from agnolo.engine.turn import sent
from agnolo.ports.compression import CompressionRules
from agnolo.ports.journal import Step
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import AgnoloError, LimitExceededError, RunCancelledException
from agnolo.vocabulary.events import CompressionCompletedEvent, CompressionStartedEvent, RunEventBase
from agnolo.vocabulary.messages import Message

log = logging.getLogger("agnolo")

ROLE = "compression_model"

_TASK = """\
You are given what a tool returned to an assistant. Say the same in as few words as you can. Keep every number, date, \
name, place, quotation, address, identifier and version, and whatever else the assistant may need to answer or to call \
tools again. Leave out greetings, explanations of the obvious, repetitions and markup. Add nothing. Answer with the \
short text alone."""


class Shortened(msgspec.Struct, frozen=True, kw_only=True):
    """Texts that stand for messages, by their ids, and what came of it in characters."""

    texts: dict[str, str]
    before: int
    after: int


def is_due(rules: CompressionRules, messages: Sequence[Message], tokens: Callable[[], int] | None) -> bool:
    """Whether results are to be shortened now. Without `tokens`, which count the conversation, only by their number."""
    if not rules.compress_tool_results:
        return False
    if rules.compress_token_limit is not None and tokens is not None and tokens() >= rules.compress_token_limit:
        return True
    limit = rules.compress_tool_results_limit
    return limit is not None and len(whole(messages)) >= limit


def whole(messages: Sequence[Message]) -> list[Message]:
    """Tool results that are not shortened yet."""
    return [m for m in messages if m.role == "tool" and m.compressed_content is None]


async def stream(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Shorten the results of the conversation if it is due. What can't be shortened now stays, for the next time."""
    rules, model = run.plan.compression, run.plan.compression_model
    if rules is None or model is None or not is_due(rules, run.messages, partial(_tokens, run)):
        return
    results = whole(run.messages)
    if not results:
        return
    yield run.say(CompressionStartedEvent, at)
    done = await shortened(rules, model, results, at, run=run)
    run.messages = amended(run.messages, done.texts)
    if done.texts:
        run.unsaved.append(Step(seq=run.take_seq(), key=f"turn:{run.turn}/compressed", compressed=done.texts))
    yield run.say(
        CompressionCompletedEvent, at, tool_results_compressed=len(done.texts), original_size=done.before,
        compressed_size=done.after,
    )  # fmt: skip


def _tokens(run: Run) -> int:
    return tokens_of(sent(run), run.plan.toolset.specs())


async def shortened(
    rules: CompressionRules, model: Model, results: Sequence[Message], at: Runtime, *, run: Run | None = None
) -> Shortened:
    """Ask the model for each result: side by side where the runtime can and no budget is counted.

    A failure is logged and leaves that result as it is; a used up limit and a cancellation are raised.
    """
    payer = NOBODY if run is None else payer_of(run, metered=True)
    thunks = [partial(_short, rules, model, result, at, payer, run) for result in results]
    groups = [thunks] if payer.meter is None else [[thunk] for thunk in thunks]
    found = [text for group in groups for text in await at.gather(group)]
    pairs = [(result, text) for result, text in zip(results, found, strict=True) if text]
    done = Shortened(
        texts={result.id: text for result, text in pairs},
        before=sum(len(result.text()) for result, _ in pairs),
        after=sum(len(text) for _, text in pairs),
    )
    if pairs:
        _add(rules, done)
    return done


def _add(rules: CompressionRules, done: Shortened) -> None:
    counted = {
        "tool_results_compressed": len(done.texts), "original_size": done.before, "compressed_size": done.after,
    }  # fmt: skip
    rules.stats.update({name: rules.stats.get(name, 0) + count for name, count in counted.items()})


async def _short(
    rules: CompressionRules, model: Model, result: Message, at: Runtime, payer: Payer, run: Run | None
) -> str:
    """The text that stands for the result; "" when there is none."""
    messages = told(
        rules.compress_tool_call_instructions or _TASK,
        asked(f"What the tool {result.tool_name or 'unknown'} returned:\n{result.text()}"),
    )
    try:
        return (await settle(Aside(role=ROLE, model=model, messages=messages), at, payer, under=run)).content
    except (RunCancelledException, LimitExceededError):
        raise
    except AgnoloError as failure:
        log.warning("the result of %s could not be shortened: %s", result.tool_name, failure)
        return ""
