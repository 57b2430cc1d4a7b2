"""A session that begins as another stands: its runs are copied, and the two go on apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from agnolo.agent import background, reading
from agnolo.agent.execution import session_key
from agnolo.ports.journal import Acceptance, RunRecord, RunRow
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import COMPACTION, stored_fold

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

UNDER_WAY = frozenset({RunStatus.pending, RunStatus.running})
"""Runs whose end is not known yet: they are not copied."""
_OF_RUNS = ("forked_from_run_id", "regenerated_from")


async def fork(agent: Agent, at: Runtime, session_id: str | None, user_id: str | None) -> str:
    """The id of the new session. Raises ConfigurationError for a session without a run that could be copied."""
    store, scope, wanted = reading.place(agent, session_id, user_id)
    await background.join(session_key(store, wanted), at)
    source = await at.wait(store.get_session(scope, wanted))
    known = await at.wait(store.get_runs(scope, wanted)) if source is not None else []
    kept = [record for record in known if record.run.status not in UNDER_WAY]
    if source is None or not kept or source.component_id not in (None, agent.agent_id):
        raise ConfigurationError(f"session {wanted!r} has no runs to fork: run {agent!r} in it first")
    made = at.new_id()
    session = replace(
        source, session_id=made, session_data=_moved(source.session_data, kept), created_at=0, updated_at=0
    )
    await at.wait(store.save_session(scope, session))
    ids = {record.run.run_id: at.new_id() for record in kept}
    for record in kept:
        row = _copied(record, made, ids)
        await at.wait(store.accept(scope, Acceptance(run=row, session=session, steps=record.steps)))
    return made


def _moved(session_data: dict[str, Any], kept: Sequence[RunRecord]) -> dict[str, Any]:
    """The session's data. What stands for its old history reaches to the same run, whose place may be another."""
    fold = stored_fold(session_data)
    if fold is None:
        return session_data
    place = sum(record.run.run_index < fold.since for record in kept)
    return session_data | {COMPACTION: codec.builtins(replace(fold, since=place))}


def _copied(record: RunRecord, session_id: str, ids: dict[str, str]) -> RunRow:
    """The run's row under its new id. What it says of other runs of the session is said of their copies."""
    row, source = record.run, record.run.session_id
    data = {name: ids.get(row.run_data[name], row.run_data[name]) for name in _OF_RUNS if row.run_data.get(name)}
    return replace(
        row,
        run_id=ids[row.run_id],
        session_id=session_id,
        parent_run_id=ids.get(row.parent_run_id or "", row.parent_run_id),
        attempt=0,
        run_data={**row.run_data, **data, "forked_from_session_id": source},
    )
