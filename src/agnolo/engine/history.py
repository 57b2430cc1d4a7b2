"""The part of the session that the model sees again."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from agnolo.engine.state import Run
from agnolo.engine.structured import REPAIR
from agnolo.ports.journal import RunRecord
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import HISTORY_STATUSES

DEFAULT_RUNS = 3


async def window(run: Run, at: Runtime) -> list[Message]:
    """Messages of the last completed runs, oldest first, marked as history. Reads no more runs than it shows."""
    plan = run.plan
    if not plan.add_history or plan.store is None:
        return []
    limit = plan.history.num_history_messages
    runs = plan.history.num_history_runs or (limit if limit is not None else DEFAULT_RUNS)
    records = await at.wait(
        plan.store.get_runs(plan.scope, plan.origin.session_id, last=runs, statuses=sorted(HISTORY_STATUSES))
    )
    source = run.lineage.get("forked_from_run_id")
    told = [m for record in records if record.run.run_id != source for m in _told(record)]
    if limit is not None and plan.history.num_history_runs is None:
        told = without_orphans(told[-limit:] if limit else [])
    return [msgspec.structs.replace(m, from_history=True) for m in told]


def _told(record: RunRecord) -> Iterable[Message]:
    """Without the system's messages, and without answers that did not fit their schema and were asked for again."""
    if record.run.parent_run_id is not None:
        return
    following = [*(step.key for step in record.steps[1:]), ""]
    for step, after in zip(record.steps, following, strict=True):
        if step.message is None or step.message.role in ("system", "developer"):
            continue
        if not _is_repair(step.key) and not _is_repair(after):
            yield step.message


def _is_repair(key: str) -> bool:
    return key.endswith(f"/{REPAIR}")


def without_orphans(messages: list[Message]) -> list[Message]:
    """Without leading tool results whose calls were cut off: providers refuse them."""
    first = next((i for i, m in enumerate(messages) if m.role != "tool"), len(messages))
    return messages[first:]
