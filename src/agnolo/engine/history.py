"""The part of the session that the model sees again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from agnolo.engine import introduction
from agnolo.engine.state import Run
from agnolo.engine.structured import REPAIR
from agnolo.ports.journal import RunRecord
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.compactions import Fold
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
    reach = _reach(run)
    records = await at.wait(
        plan.store.get_runs(plan.scope, plan.origin.session_id, last=reach.runs, statuses=sorted(HISTORY_STATUSES))
    )
    source = run.lineage.get("forked_from_run_id")
    known = since([record for record in records if record.run.run_id != source], run.fold)
    told, run.index_of = known.messages, known.index_of
    if reach.messages is not None:
        told = without_orphans(told[-reach.messages :] if reach.messages else [])
    if plan.history.max_tool_calls_from_history is not None:
        told = with_last_calls(told, plan.history.max_tool_calls_from_history)
    past = [msgspec.structs.replace(m, from_history=True) for m in told]
    return past if run.fold is None else [standing(run.fold, searched=run.plan.searcher is not None), *unchained(past)]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How much history is read and sent: the last runs, of these the last messages; None is all."""

    runs: int | None
    messages: int | None = None


def _reach(run: Run) -> Reach:
    """Where compaction keeps history short, all since the last summary; else what the options say."""
    rules, options = run.plan.compaction, run.plan.history
    if run.fold is not None:
        return Reach(runs=None if run.continued else max(run.index - run.fold.since, 1))
    if rules is not None and rules.threshold is not None:
        return Reach(runs=None)
    limit = options.num_history_messages
    runs = options.num_history_runs or (DEFAULT_RUNS if limit is None else limit)
    return Reach(runs=runs, messages=limit if options.num_history_runs is None else None)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of runs, and the place in the session of the run that each is of."""

    messages: list[Message]
    index_of: dict[str, int]


def since(records: Sequence[RunRecord], fold: Fold | None) -> Known:
    """What was told in these runs since the last summary, with the short texts that stand for results."""
    messages: list[Message] = []
    index_of: dict[str, int] = {}
    for record in records:
        place = record.run.run_index
        if fold is not None and place < fold.since:
            continue
        told = list(_told(record))
        if fold is not None and place == fold.since:
            told = told[_kept_from(told, fold) :]
        messages += told
        index_of.update({message.id: place for message in told})
    texts = {name: text for record in records for name, text in _compressed(record)}
    return Known(messages=amended(messages, texts) if texts else messages, index_of=index_of)


def before(records: Sequence[RunRecord], fold: Fold) -> list[Message]:
    """What was told in these runs before the last summary."""
    messages: list[Message] = []
    for record in records:
        told = list(_told(record))
        if record.run.run_index == fold.since:
            told = told[: _kept_from(told, fold)]
        messages += told if record.run.run_index <= fold.since else ()
    return messages


def _kept_from(told: Sequence[Message], fold: Fold) -> int:
    return next((i for i, m in enumerate(told) if m.id == fold.record.first_kept_message_id), 0)


_SUMMARY = "What was said before, in short:\n\n{summary}"
_SEARCHED = """

All of it is kept. Where you need something of it word for word (a name, a number, an identifier, a quotation, an \
error) that is not here, search that conversation before you answer."""


def standing(fold: Fold, *, searched: bool = False) -> Message:
    """The message that stands for what was replaced: always the same one."""
    record = fold.record
    text = _SUMMARY.format(summary=record.summary) + (_SEARCHED if searched else "")
    name = record.id or record.first_kept_message_id or ""
    return Message(role="user", content=text, id=name, created_at=record.created_at, from_history=True)


CHAIN = "response_id"


def unchained(messages: Sequence[Message]) -> list[Message]:
    """The messages without the provider's name for the conversation, with which it would go on from all that was."""
    return [_unchained(message) for message in messages]


def _unchained(message: Message) -> Message:
    data = message.provider_data
    if not data or CHAIN not in data:
        return message
    kept = {name: value for name, value in data.items() if name != CHAIN}
    return msgspec.structs.replace(message, provider_data=kept or None)


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
