"""After a crash: runs that a dead process left unfinished are closed, so that they can be read and continued."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from agnolo.engine import cancel
from agnolo.engine.persist import PARTIAL
from agnolo.engine.thoughts import KEY as THOUGHTS
from agnolo.engine.tool_calls import INTERRUPTED
from agnolo.ports.journal import Finish, Frames, RunRecord, Step
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.vocabulary import frames as packing
from agnolo.vocabulary.events import (
    ModelRequestStartedEvent,
    RunContentEvent,
    RunErrorEvent,
    RunEventBase,
)
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import Scope

log = logging.getLogger("agnolo")

REASON = "the process that carried this run ended before the run did; continue it to go on"
INDEX_GAP = 1000
"""Left free after a crash: events told but not journaled by then may have had these numbers."""


async def recover(store: Store, at: Runtime) -> int:
    """Close what dead processes left: tool calls without a result get one, cut-off text is kept as a message.

    The runs end as ERROR and can be continued. Returns how many there were.
    """
    left = [(scope, run_id) for scope, run_id in await at.wait(store.unfinished_runs()) if not cancel.is_live(run_id)]
    for scope, run_id in left:
        await _close(store, at, scope, run_id)
    if left:
        log.warning("%d interrupted run(s) closed; each can be continued", len(left))
    return len(left)


async def _close(store: Store, at: Runtime, scope: Scope, run_id: str) -> None:
    rows = await at.wait(store.read_frames(scope, run_id, -1))
    record = await at.wait(store.begin(scope, run_id))
    origin = Origin(id=record.run.component_id or "", run_id=run_id, session_id=record.run.session_id)
    index = (rows[-1].last + 1 if rows else 0) + INDEX_GAP
    told = RunErrorEvent(
        origin=origin, index=index, created_at=int(at.time()), content=REASON, error_type="interrupted_error"
    )
    await at.wait(
        store.finish(
            scope,
            Finish(
                run_id=run_id,
                attempt=record.run.attempt,
                status=RunStatus.error,
                run_data={**record.run.run_data, "content": REASON},
                steps=_missing(record, packing.unpack((row.payload for row in rows), origin), at),
                frames=[Frames(first=index, last=index, payload=packing.pack([told]))] if rows else (),
            ),
        )
    )


def _missing(record: RunRecord, events: Sequence[RunEventBase], at: Runtime) -> list[Step]:
    """Results for calls that have none, and the text that was told of an answer that never came to its end."""
    own = [step.message for step in record.steps if step.message is not None]
    answered = {m.tool_call_id for m in own if m.role == "tool"}
    turns = sum(s.message.role == "assistant" and s.key != THOUGHTS for s in record.steps if s.message is not None)
    made = [
        _message(at, role="tool", content=INTERRUPTED, tool_call_id=call.id, tool_name=call.function.name)
        for m in own
        for call in m.tool_calls or ()
        if call.id not in answered
    ]
    steps = [(f"turn:{turns - 1}/tool:{m.tool_call_id}", m) for m in made]
    if not made and (text := _cut_off(events)):
        steps.append((f"turn:{turns}/{PARTIAL}", _message(at, role="assistant", content=text)))
    seq = max((step.seq for step in record.steps), default=-1) + 1
    return [Step(seq=seq + i, key=key, message=message) for i, (key, message) in enumerate(steps)]


def _message(at: Runtime, **fields: object) -> Message:
    error = True if fields["role"] == "tool" else None
    return Message(id=at.new_id(), created_at=int(at.time()), tool_call_error=error, **fields)  # pyright: ignore[reportArgumentType] - the message's own fields


def _cut_off(events: Sequence[RunEventBase]) -> str:
    """Text told since the last request to the model."""
    text = ""
    for event in events:
        if isinstance(event, ModelRequestStartedEvent):
            text = ""
        elif isinstance(event, RunContentEvent) and isinstance(event.content, str):
            text += event.content
    return text
