"""Old history replaced by a summary in what is sent. The session keeps all of it: a cut is an entry of its own."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec

from agnolo.engine import factories, folding, history, persist, transcript
from agnolo.engine.aside import Aside, Payer, asked, payer_of, settle, told
from agnolo.engine.budget import BYTES_PER_TOKEN, tokens_of
from agnolo.engine.effects import Effect, once, perform, single
from agnolo.engine.state import Run
from agnolo.ports.compaction import CompactionRules
from agnolo.ports.journal import SessionChange, Step
from agnolo.ports.model import Model, ToolSpec
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import codec
from agnolo.vocabulary.compactions import CompactionRecord, Fold
from agnolo.vocabulary.errors import AgnoloError, LimitExceededError, RunCancelledException
from agnolo.vocabulary.events import CompactionCompletedEvent, CompactionStartedEvent, RunEventBase
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import RunMetrics

log = logging.getLogger("agnolo")

ROLE = "compaction_model"
READ_CHARACTERS = 400_000
"""What the model that sums up is given at most: the last of it. That is about 100,000 tokens."""

_TASK = """\
You keep the summary of a long conversation between a user and an assistant. What you are given will be taken out of \
the conversation, and your summary put in its place: the assistant knows of it only what you write.

If there is a summary already, write a new one that holds what is still true of it and what was said since. Use these \
headings, and leave out those without content: Goal, Under way, Facts, Wishes, Decisions, Problems, Done. Facts are \
what must stay word for word: names, numbers, dates, addresses, identifiers, paths, messages of errors. Wishes are \
what the user wants kept to. What matters most comes first. {length} Answer with the summary alone."""
_SHORT = "Be brief."
_BUDGET = "Use at most {tokens} tokens, which are about {words} words."
_SEARCHABLE = "Where you leave out details that may be asked for, say so: they can be searched."
_BEFORE = "The summary so far:\n{summary}\n\nWhat was said since:\n{said}"
_CUT = "[The rest of the summary was left out.]"


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """A cut that was made and what it took."""

    fold: Fold
    metrics: RunMetrics


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be cut at `place`, under what `lead` goes before it, and with `rest` sent after it.

    `since` tells the place in the session of the run that each message is of.
    """

    messages: Sequence[Message]
    place: int
    previous: CompactionRecord | None
    since: int
    lead: Sequence[Message] = ()
    rest: Sequence[Message] = ()
    run_id: str | None = None


# ---- in a run


async def stream(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Replace history in the conversation just assembled, if it has grown too long."""
    rules, model = run.plan.compaction, run.plan.compaction_model
    past = _past(run)
    if rules is None or model is None or rules.threshold is None or not past.messages:
        return
    specs = run.plan.toolset.specs()
    if await _count(run, [*past.lead, *past.shown, *past.messages], specs, rules, at) < rules.threshold:
        return
    planned = folding.plan(rules, past.messages, past.previous, tokens_of(past.lead, specs))
    if planned.place is None:
        log.info("history of session %s stays as it is: %s", run.plan.origin.session_id, planned.message)
        return
    yield run.say(CompactionStartedEvent, at)
    fold = await _made(run, rules, model, past, planned.place, at)
    if fold is None:
        return
    await _keep(run, fold, at)
    run.messages = [*past.lead, _standing(run, fold), *history.unchained(past.messages[planned.place :]), *past.rest]
    record = fold.record
    yield run.say(
        CompactionCompletedEvent, at, messages_compacted=record.messages_compacted, tokens_before=record.tokens_before,
        tokens_after=record.tokens_after, archived=record.archived,
    )  # fmt: skip


async def refold(run: Run, at: Runtime) -> bool:
    """After a request that was too long: replace as much history as the rules keep, or more. Once a run.

    False when that makes the request no shorter.
    """
    rules, model, past = run.plan.compaction, run.plan.compaction_model, _past(run)
    run.on_overflow = None
    assert rules is not None and model is not None
    whole = [*past.messages, *past.rest]
    place = _harder(rules, whole, tokens_of(past.lead), newest=len(past.messages))
    if place is None:
        log.warning("the request was too long, and there is no history before its last question to replace")
        return False
    fold = await _made(run, rules, model, past, place, at)
    if fold is None:
        return False
    shorter = [*past.lead, _standing(run, fold), *history.unchained(whole[place:])]
    if tokens_of(shorter) >= tokens_of(run.messages):
        log.warning("the request was too long, and a summary makes it no shorter")
        return False
    run.messages = shorter
    await _keep(run, fold, at)
    return True


def _harder(rules: CompactionRules, messages: Sequence[Message], overhead: int, *, newest: int) -> int | None:
    """The cut by the rules; where that gains little, one that keeps fewer runs. Never after the run's own question."""
    best: int | None = None
    for kept in range(max(rules.kept_runs, 1), 0, -1):
        tried = rules if rules.uncompacted_tokens is not None else msgspec.structs.replace(rules, uncompacted_runs=kept)
        found = folding.cut(tried, messages, overhead)
        if found is None or found > newest:
            continue
        best = found
        if tokens_of(messages[:found]) >= tokens_of(messages[found:]):
            break
    return best


class _Past(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation of a run in parts: what leads it, the summary `shown`, history since that, and its own."""

    lead: Sequence[Message]
    shown: Sequence[Message]
    messages: Sequence[Message]
    rest: Sequence[Message]
    previous: CompactionRecord | None


def _past(run: Run) -> _Past:
    begin = next((i for i, m in enumerate(run.messages) if m.from_history), None)
    if begin is None:
        begin = next((i for i, m in enumerate(run.messages) if m.role not in ("system", "developer")), 0)
    end = next((i for i in range(begin, len(run.messages)) if not run.messages[i].from_history), len(run.messages))
    shown = 0 if run.fold is None or begin == end else 1
    return _Past(
        lead=run.messages[:begin],
        shown=run.messages[begin : begin + shown],
        messages=run.messages[begin + shown : end],
        rest=run.messages[end:],
        previous=None if run.fold is None else run.fold.record,
    )


async def _count(
    run: Run, messages: Sequence[Message], tools: Sequence[ToolSpec], rules: CompactionRules, at: Runtime
) -> int:
    counter = rules.token_counter
    if counter is None:
        return tokens_of(messages, tools)
    given: tuple[Any, Any] = (list(messages), list(tools))
    effect = Effect[Any](kind="callable", start=lambda: once(lambda: at.call(run.token, counter, *given)))
    return await single(perform(effect, run, at))


async def _made(run: Run, rules: CompactionRules, model: Model, past: _Past, place: int, at: Runtime) -> Fold | None:
    """The cut; None, and the reason in the log, when there is no summary. Limits and cancellation are raised."""
    whole = [*past.messages, *past.rest]
    request = Request(
        messages=whole, place=place, previous=past.previous, since=run.index_of.get(whole[place].id, run.index),
        lead=[*past.lead, *past.shown], run_id=run.plan.origin.run_id,
    )  # fmt: skip
    try:
        folded = await make(rules, model, request, at, payer_of(run, metered=True), under=run)
    except (RunCancelledException, LimitExceededError):
        raise
    except AgnoloError as failure:
        log.warning("history of session %s could not be summed up: %s", run.plan.origin.session_id, failure)
        return None
    return None if folded is None else folded.fold


async def _keep(run: Run, fold: Fold, at: Runtime) -> None:
    """Keep the cut: in the journal of the run and, at once, with the session."""
    run.fold, run.folded = fold, fold.record
    run.unsaved.append(Step(seq=run.take_seq(), key=f"turn:{run.turn}/compaction", result=fold.record.to_dict()))
    factories.add_searcher(run)
    store = run.plan.store
    assert store is not None, "without a store there is no history"
    change = SessionChange(compaction=codec.builtins(fold))
    await at.wait(store.change_session(run.plan.scope, run.plan.origin.session_id, change))


def _standing(run: Run, fold: Fold) -> Message:
    return history.standing(fold, searched=run.plan.searcher is not None)


# ---- the cut itself


async def make(
    rules: CompactionRules, model: Model, request: Request, at: Runtime, payer: Payer, *, under: Run | None = None
) -> Folded | None:
    """Have the messages before the place summed up; None when the model says nothing. Raises what the model raises."""
    replaced, kept = request.messages[: request.place], request.messages[request.place :]
    aside = Aside(role=ROLE, model=model, messages=told(_task(rules), asked(_said(replaced, request.previous))))
    settled = await settle(aside, at, payer, under=under)
    summary: str = fitted(settled.content.strip(), rules)
    if not summary:
        return None
    record = CompactionRecord(
        messages_compacted=len(replaced), summary=summary, first_kept_message_id=kept[0].id, id=at.new_id(),
        run_id=request.run_id, archived=bool(rules.store_compacted_messages), created_at=int(at.time()),
    )  # fmt: skip
    fold = Fold(record=record, since=request.since)
    record.tokens_before = tokens_of([*request.lead, *request.messages])
    record.tokens_after = tokens_of([*request.lead, history.standing(fold), *kept])
    rules.stats.add(record)
    return Folded(fold=fold, metrics=persist.metrics_of(ROLE, settled.counts))


def _task(rules: CompactionRules) -> str:
    budget = rules.compacted_token_budget
    length = _SHORT if budget is None else _BUDGET.format(tokens=budget, words=round(budget * 0.75))
    parts = [_TASK.format(length=length)]
    if rules.search_compacted_messages:
        parts.append(_SEARCHABLE)
    if rules.instructions:
        parts.append(rules.instructions)
    return "\n\n".join(parts)


def _said(messages: Sequence[Message], previous: CompactionRecord | None) -> str:
    said = "\n\n".join(transcript.last_of(messages, READ_CHARACTERS))
    return said if previous is None else _BEFORE.format(summary=previous.summary, said=said)


def fitted(summary: str, rules: CompactionRules) -> str:
    """The summary, cut at the end of a line to its budget, where there is one that counts."""
    budget = rules.compacted_token_budget
    if budget is None or not rules.enforce_token_budget or _tokens(summary) <= budget:
        return summary
    lines = summary.splitlines()
    while lines and _tokens("\n".join([*lines, _CUT])) > budget:
        lines.pop()
    if lines:
        return "\n".join([*lines, _CUT])
    return summary.encode()[: budget * BYTES_PER_TOKEN].decode(errors="ignore").rsplit(" ", 1)[0]


def _tokens(text: str) -> int:
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)
