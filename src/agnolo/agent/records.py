"""Stored runs and sessions as what callers get."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from agnolo.engine import thoughts
from agnolo.ports.journal import RunRecord, RunRow, Step
from agnolo.vocabulary.events import RunEventBase
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunOutput
from agnolo.vocabulary.sessions import UNTOLD_DATA, AgentSession, SessionRow, stored_summary

_OUTPUT_FIELDS = frozenset(RunOutput.__struct_fields__)


def messages(record: RunRecord) -> list[Message]:
    """The run's messages in order."""
    return [step.message for step in sorted(record.steps, key=lambda s: s.seq) if step.message is not None]


def run_output(record: RunRecord) -> RunOutput:
    """A stored run as its output, with the events that its agent was told to keep."""
    row = record.run
    data: dict[str, Any] = {k: v for k, v in row.run_data.items() if k in _OUTPUT_FIELDS and k != "events"}
    columns: dict[str, Any] = {
        "run_id": row.run_id,
        "session_id": row.session_id,
        "user_id": row.user_id,
        "parent_run_id": row.parent_run_id,
        "status": row.status,
        "created_at": row.created_at,
    }
    output = msgspec.convert(data | columns, RunOutput)
    output.messages = messages(record)
    output.events = [RunEventBase.from_dict(event) for event in row.run_data.get("events") or ()]
    return output


def record_of(output: RunOutput) -> RunRecord:
    """An output as the record of its run: what there is of a run that no store has kept."""
    turn, steps = 0, list[Step]()
    thinking = {message.id for message in output.reasoning_messages or ()}
    for message in (m for m in output.messages if not m.from_history):
        key = message.role if message.role != "user" else "input"
        if message.id in thinking:
            key = thoughts.KEY
        elif message.role == "assistant":
            key, turn = f"turn:{turn}/model", turn + 1
        elif turn:
            key = f"turn:{turn - 1}/{message.role}:{message.tool_call_id or len(steps)}"
        steps.append(Step(seq=len(steps), key=key, message=message))
    row = RunRow(
        run_id=output.run_id,
        session_id=output.session_id,
        component_id=output.agent_id,
        user_id=output.user_id,
        status=output.status,
        run_data=output.to_dict(without=("messages", "events")),
        created_at=output.created_at,
    )
    return RunRecord(run=row, steps=steps)


def agent_session(row: SessionRow, records: Sequence[RunRecord]) -> AgentSession:
    """A stored session with its runs. How it began is for lists of sessions only, its summary is a field of its own."""
    return AgentSession(
        session_id=row.session_id,
        agent_id=row.component_id,
        user_id=row.user_id,
        session_data={name: value for name, value in row.session_data.items() if name not in UNTOLD_DATA},
        agent_data=row.agent_data,
        metadata=row.metadata,
        runs=[run_output(record) for record in records],
        summary=stored_summary(row.session_data),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
