"""The part of the session that the model sees again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from agnolo.engine import introduction
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
        # Without a store every session is new, and begins with the introduction.
        return (
            [introduction.message(run, at, from_history=True)] if plan.add_history and plan.prompt.introduction else []
        )
    limit = plan.history.num_history_messages
    runs = plan.history.num_history_runs or (limit if limit is not None else DEFAULT_RUNS)
    records = await at.wait(
        plan.store.get_runs(plan.scope, plan.origin.session_id, last=runs, statuses=sorted(HISTORY_STATUSES))
    )
    source = run.lineage.get("forked_from_run_id")
    told = [m for record in records if record.run.run_id != source for m in _told(record)]
    if texts := {name: text for record in records for name, text in _compressed(record)}:
        told = amended(told, texts)
    if limit is not None and plan.history.num_history_runs is None:
        told = without_orphans(told[-limit:] if limit else [])
    if plan.history.max_tool_calls_from_history is not None:
        told = with_last_calls(told, plan.history.max_tool_calls_from_history)
    return [msgspec.structs.replace(m, from_history=True) for m in told]


def _told(record: RunRecord) -> Iterable[Message]:
    """Without the system's messages, and without answers that did not fit their schema and were asked for again."""
    if record.run.parent_run_id is None:
        yield from (m for m in without_repairs(record) if m.role not in ("system", "developer"))


def without_repairs(record: RunRecord) -> Iterable[Message]:
    """All messages but answers that did not fit their schema, and what was said of them."""
    following = [*(step.key for step in record.steps[1:]), ""]
    for step, after in zip(record.steps, following, strict=False):
        if step.message is not None and not _is_repair(step.key) and not _is_repair(after):
            yield step.message


def _is_repair(key: str) -> bool:
    return key.endswith(f"/{REPAIR}")


def _compressed(record: RunRecord) -> Iterable[tuple[str, str]]:
    """What the run sent in place of messages, of its own and of earlier runs."""
    return (text for step in record.steps if step.compressed for text in step.compressed.items())


def amended(messages: Sequence[Message], texts: Mapping[str, str]) -> list[Message]:
    """The messages, with the texts that stand for them."""
    return [m if m.id not in texts else msgspec.structs.replace(m, compressed_content=texts[m.id]) for m in messages]


def without_orphans(messages: list[Message]) -> list[Message]:
    """Without leading tool results whose calls were cut off: providers refuse them."""
    first = next((i for i, m in enumerate(messages) if m.role != "tool"), len(messages))
    return messages[first:]


def with_last_calls(messages: Sequence[Message], kept: int) -> list[Message]:
    """With the last `kept` tool results and their calls only. An answer that was nothing but earlier calls goes too."""
    results = [m.tool_call_id for m in messages if m.role == "tool"]
    last = set(results[-kept:] if kept else ())
    return [m for message in messages if (m := _with_calls(message, last)) is not None]


def _with_calls(message: Message, kept: Collection[str | None]) -> Message | None:
    if message.role == "tool":
        return message if message.tool_call_id in kept else None
    if not message.tool_calls:
        return message
    calls = [call for call in message.tool_calls if call.id in kept]
    if len(calls) == len(message.tool_calls):
        return message
    # What the provider wants to see again speaks of all the calls: it can't be sent beside some of them.
    pruned = msgspec.structs.replace(message, tool_calls=calls or None, provider_data=None)
    return pruned if calls or message.content else None
