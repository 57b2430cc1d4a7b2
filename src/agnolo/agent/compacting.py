"""Replacing a session's old history by a summary when someone asks for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from agnolo.agent import background, reading
from agnolo.agent.compose import payer_of
from agnolo.agent.execution import session_key
from agnolo.agent.models import compaction_rules, resolve_model
from agnolo.engine import compaction, folding, history
from agnolo.engine.aside import Payer
from agnolo.engine.compaction import Request
from agnolo.ports.compaction import CompactionRules
from agnolo.ports.journal import SessionChange
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import codec
from agnolo.vocabulary.compactions import CompactionResult, CompactionStatus
from agnolo.vocabulary.errors import AgnoloError
from agnolo.vocabulary.sessions import HISTORY_STATUSES, stored_fold

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

log = logging.getLogger("agnolo")

NOT_ENABLED = "This agent does not compact: give it compaction=True or compaction=Compaction(...)."


async def compact(agent: Agent, at: Runtime, session_id: str | None, user_id: str | None) -> CompactionResult:
    """Replace what the rules do not keep. What speaks against it is told, not raised; only the store's errors are."""
    rules = compaction_rules(agent)
    if rules is None:
        return CompactionResult(status=CompactionStatus.NOT_ENABLED, message=NOT_ENABLED)
    store, scope, wanted = reading.place(agent, session_id, user_id)
    await background.join(session_key(store, wanted), at)
    row = await at.wait(store.get_session(scope, wanted))
    fold = None if row is None else stored_fold(row.session_data)
    records = await at.wait(store.get_runs(scope, wanted, statuses=sorted(HISTORY_STATUSES)))
    known = history.since(records, fold)
    if not known.messages:
        return CompactionResult(status=CompactionStatus.NO_HISTORY, message=f"Session {wanted} has no history.")
    planned = folding.plan(rules, known.messages, fold and fold.record)
    if planned.place is None:
        return CompactionResult(status=planned.status, message=planned.message)
    request = Request(
        messages=known.messages, place=planned.place, previous=fold and fold.record,
        since=known.index_of[known.messages[planned.place].id],
        lead=[] if fold is None else [history.standing(fold)],
    )  # fmt: skip
    return await _made(agent, rules, request, at, payer_of(agent, scope, wanted))


async def _made(agent: Agent, rules: CompactionRules, request: Request, at: Runtime, payer: Payer) -> CompactionResult:
    try:
        folded = await compaction.make(rules, resolve_model(rules.model or agent.model), request, at, payer)
        problem = "the model said nothing"
    except AgnoloError as failure:
        log.warning("session %s could not be compacted: %s", payer.session_id, failure)
        folded, problem = None, str(failure)
    if folded is None:
        message = f"There is no summary, and history stays as it was: {problem}."
        return CompactionResult(status=CompactionStatus.SUMMARY_FAILED, message=message)
    assert payer.store is not None
    counts = codec.builtins(folded.metrics)
    change = SessionChange(compaction=codec.builtins(folded.fold), session_metrics=counts)
    await at.wait(payer.store.change_session(payer.scope, payer.session_id, change))
    record = folded.fold.record
    message = (
        f"{record.messages_compacted} messages were replaced by a summary: {record.tokens_before} tokens became "
        f"{record.tokens_after}."
    )
    return CompactionResult(status=CompactionStatus.COMPACTED, message=message, record=record, metrics=folded.metrics)
