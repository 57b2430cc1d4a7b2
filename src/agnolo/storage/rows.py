"""Rows to values and back: the columns of statements.py as the structs of the ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from agnolo.ports.journal import Acceptance, Finish, RunRecord, RunRow, SessionChange, Step
from agnolo.storage.executor import Row
from agnolo.storage.statements import STEP_SPAN
from agnolo.vocabulary.codec import decode, dumps, loads
from agnolo.vocabulary.errors import StorageError
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import SessionRow, UserMemory, shown_name


def session(row: Row) -> SessionRow:
    """A session from its columns, the first of which is its number."""
    _, session_id, session_type, component_id, user_id, data, agent_data, metadata, created_at, updated_at = row
    return SessionRow(
        session_id=session_id,
        session_type=session_type,
        component_id=component_id,
        user_id=user_id,
        session_data=loads(data),
        agent_data=None if agent_data is None else loads(agent_data),
        metadata=None if metadata is None else loads(metadata),
        created_at=created_at,
        updated_at=updated_at,
    )


def session_blobs(row: SessionRow) -> tuple[bytes, bytes | None, bytes | None]:
    """session_data, agent_data and metadata as stored."""
    return dumps(row.session_data), optional(row.agent_data), optional(row.metadata)


def optional(value: dict[str, Any] | None) -> bytes | None:
    """JSON, or None for None."""
    return None if value is None else dumps(value)


class NewSession(NamedTuple):
    """A session to store if there is none: as given, and its columns session_data, agent_data and metadata."""

    row: SessionRow
    blobs: tuple[bytes, bytes | None, bytes | None]


class NewRun(NamedTuple):
    """An acceptance, encoded when it was handed in: what the caller changes later is not stored."""

    run: RunRow
    run_data: bytes
    session: NewSession
    steps: list[tuple[int, bytes]]


class EndedRun(NamedTuple):
    """A finish, encoded when it was handed in."""

    finish: Finish
    run_data: bytes
    steps: list[tuple[int, bytes]]
    change: SessionChange | None


def new_session(row: SessionRow) -> NewSession:
    """The session as it is now."""
    return NewSession(row, session_blobs(row))


def new_run(acceptance: Acceptance) -> NewRun:
    """The acceptance as it is now. Raises StorageError for a step out of range."""
    run = acceptance.run
    return NewRun(run, dumps(run.run_data), new_session(acceptance.session), steps(acceptance.steps))


def ended_run(finish: Finish) -> EndedRun:
    """The finish as it is now. Raises StorageError for a step out of range."""
    change = finish.session
    copied = None if change == SessionChange() else decode(dumps(change), SessionChange)
    return EndedRun(finish, dumps(finish.run_data), steps(finish.steps), copied)


def session_name(session_data: dict[str, Any]) -> str | None:
    """The name to search by."""
    return shown_name(session_data) or None


def record(row: Row) -> RunRecord:
    """A run with its steps from its columns."""
    run = RunRow(
        run_id=row[0],
        session_id=row[1],
        run_type=row[2],
        component_id=row[3],
        user_id=row[4],
        parent_run_id=row[5],
        status=RunStatus(row[6]),
        run_index=row[7],
        attempt=row[8],
        run_data=loads(row[9]),
        created_at=row[10],
        updated_at=row[11],
    )
    return RunRecord(run=run, steps=_steps(row[12]))


def _steps(joined: bytes | None) -> list[Step]:
    """Steps from their payloads joined by commas. The database does not promise their order, so they are sorted."""
    if joined is None:
        return []
    found = sorted(decode(b"[%b]" % joined, list[Step]), key=lambda step: step.seq)
    texts = {name: text for step in found if step.compressed for name, text in step.compressed.items()}
    return [_amended(step, texts) for step in found] if texts else found


def _amended(step: Step, texts: Mapping[str, str]) -> Step:
    message = step.message
    if message is None or message.id not in texts:
        return step
    return replace(step, message=replace(message, compressed_content=texts[message.id]))


def steps(values: Sequence[Step]) -> list[tuple[int, bytes]]:
    """Each step's place and payload. Raises StorageError when a place is out of range."""
    return [_step(value) for value in values]


def _step(value: Step) -> tuple[int, bytes]:
    if not 0 <= value.seq < STEP_SPAN:
        raise StorageError(f"step {value.key!r} has seq {value.seq}: a run holds steps 0 to {STEP_SPAN - 1}")
    shown: dict[str, Any] = {"seq": value.seq, "key": value.key}
    if value.message is not None:
        shown["message"] = value.message
    if value.result is not None:
        shown["result"] = value.result
    if value.compressed is not None:
        shown["compressed"] = value.compressed
    return value.seq, dumps(shown)


def batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """The items in slices of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def memory(payload: bytes) -> UserMemory:
    """A memory as stored."""
    return decode(payload, UserMemory)
