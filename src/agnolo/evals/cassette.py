"""A stored run with all it was told by the world, as a file that a test can play again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from agnolo.ports.journal import RunRecord, Step
from agnolo.ports.store import Store
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import AgnoloError, ConfigurationError, RunNotFoundError
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.runs import RunStatus
from agnolo.vocabulary.sessions import Scope, SessionRow, UserMemory

FORM = 1
"""Version of the file's form."""
EARLIER = 50
"""Runs of the session before this one that are kept with it: what history may show."""


class ReplayError(AgnoloError):
    """The run can't be played again as it is, or asked for more than was recorded."""

    error_type = "replay_error"
    status_code = 422


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What playing the run must give: requests as asked, names of events, messages, the end."""

    requests: list[dict[str, Any]]
    events: list[str]
    messages: list[dict[str, Any]]
    status: str
    content: Any = None


class Cassette(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it was stored, and what was there before it.

    `target` and `agent_id` say whose run it is; `session_state` is the state before it; `earlier` are the session's
    runs before it, `memories` what was known of the user then. `expected` is None until it was played once.
    """

    target: str
    agent_id: str
    record: RunRecord
    session: SessionRow
    form: int = FORM
    session_state: dict[str, Any] = {}
    earlier: list[RunRecord] = []
    memories: list[UserMemory] = []
    expected: Expected | None = None

    @property
    def given(self) -> RunInput:
        """The input of the run."""
        return msgspec.convert(self.record.run.run_data["input"], RunInput)

    @property
    def began(self) -> int:
        """When the prompt was made, in Unix seconds: it may tell the time."""
        first = next((step.message for step in self.steps if step.message is not None), None)
        return first.created_at if first is not None else self.record.run.created_at

    @property
    def steps(self) -> list[Step]:
        """What the run did, in order."""
        return sorted(self.record.steps, key=lambda step: step.seq)


def take(store: Store, run_id: str, target: str, user_id: str | None) -> Cassette:
    """The run as it is in the store. Raises RunNotFoundError, and ReplayError for one that is not over."""
    scope = Scope(user_id=user_id)
    record = store.get_run(scope, run_id).result()
    if record is None:
        raise RunNotFoundError(f"run {run_id!r} not found here")
    if record.run.status not in (RunStatus.completed, RunStatus.error):
        raise ReplayError(
            f"run {run_id!r} is {record.run.status.value}: only runs that completed or failed can be played again"
        )
    session = store.get_session(scope, record.run.session_id).result()
    if session is None:
        raise RunNotFoundError(f"run {run_id!r} has no session here")
    runs = store.get_runs(scope, record.run.session_id).result()
    earlier = [one for one in runs if one.run.run_index < record.run.run_index][-EARLIER:]
    known = store.get_memories(Scope(user_id=record.run.user_id)).result()
    return Cassette(
        target=target,
        agent_id=record.run.component_id or "",
        record=record,
        session=session,
        session_state=dict(earlier[-1].run.run_data.get("session_state") or {}) if earlier else {},
        earlier=earlier,
        memories=[memory for memory in known if (memory.created_at or 0) < record.run.created_at],
    )


def read(path: Path) -> Cassette:
    """The cassette of a file. Raises ConfigurationError for one that is not there or none of ours."""
    try:
        return codec.decode(path.read_bytes(), Cassette)
    except OSError as error:
        raise ConfigurationError(f"no kept run in {str(path)!r}: {error.strerror}") from error
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{str(path)!r} is no kept run: {error}") from error


def write(path: Path, cassette: Cassette) -> None:
    """Write the file, set out so that changes can be read."""
    path.write_bytes(msgspec.json.format(codec.dumps(cassette), indent=1) + b"\n")


def results_of(steps: Sequence[Step]) -> dict[str, Step]:
    """Results of tool calls by the ids of the calls."""
    return {
        step.message.tool_call_id: step
        for step in steps
        if step.message is not None and step.message.role == "tool" and step.message.tool_call_id
    }
