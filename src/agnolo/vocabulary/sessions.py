"""Sessions and memories as stored and as handed to callers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import dropwhile
from typing import Any, Self

import msgspec

from agnolo.vocabulary.compactions import Fold
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.summaries import SessionSummary

HISTORY_STATUSES = frozenset({RunStatus.completed})
"""Only these runs are shown to a model as history; the others may hold half-told turns."""
UNTOLD_STATUSES = frozenset({RunStatus.paused, RunStatus.cancelled, RunStatus.error})
"""Runs whose messages are read from a session only when asked for."""


_INSTRUCTING = ("system", "developer")

PREVIEW = "preview"
"""The key of `session_data` that holds how the session began."""

SUMMARY = "summary"
"""The key of `session_data` that holds what the session was about."""

COMPACTION = "compaction"
"""The key of `session_data` that holds what stands for the session's old history in what is sent."""

UNTOLD_DATA = frozenset({PREVIEW, SUMMARY, COMPACTION})
"""Keys of `session_data` that are not shown as part of it."""

UNNAMED = "default"
"""Whose memories those are that were kept without a user."""


class Scope(msgspec.Struct, frozen=True):
    """Whose rows a store method may touch. With a user, only that user's sessions, runs and memories exist.

    `user_id=None` is the open mode, where nobody is told apart: it reaches the sessions and runs of every user, so that
    isolation means always giving one. Memories it has of its own: those of the user called "default".
    """

    user_id: str | None = None
    namespace: str = "default"


class SessionType(StrEnum):
    """Whose conversation a session is."""

    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session without its runs.

    `session_data` holds `session_state`, `session_metrics`, `session_name` if one was given, `preview`, the beginning
    of what the user first asked, `summary`, and `compaction`.
    """

    session_id: str
    session_type: str = "agent"
    component_id: str | None = None
    user_id: str | None = None
    session_data: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    agent_data: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    created_at: int = 0
    updated_at: int = 0


def stored_fold(session_data: Mapping[str, Any]) -> Fold | None:
    """What stands for the session's old history in what is sent."""
    found = session_data.get(COMPACTION)
    return None if found is None else msgspec.convert(found, Fold)


def stored_summary(session_data: Mapping[str, Any]) -> SessionSummary | None:
    """What the session was about, if it was summed up."""
    found = session_data.get(SUMMARY)
    return None if found is None else SessionSummary.from_dict(found)


def shown_name(session_data: Mapping[str, Any]) -> str:
    """What to call a session: its name, else how it began; "" when nothing was said yet."""
    name = session_data.get("session_name") or session_data.get(PREVIEW)
    return name if isinstance(name, str) else ""


class AgentSession(msgspec.Struct, kw_only=True):
    """A session with its runs, oldest first."""

    session_id: str
    agent_id: str | None = None
    user_id: str | None = None
    session_data: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    agent_data: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    runs: list[RunOutput] = msgspec.field(default_factory=list[RunOutput])
    summary: SessionSummary | None = None
    created_at: int = 0
    updated_at: int = 0

    def get_session_summary(self) -> SessionSummary | None:
        """What the session was about, if it was summed up."""
        return self.summary

    def get_messages(
        self,
        last_n_runs: int | None = None,
        *,
        limit: int | None = None,
        skip_roles: Collection[str] | None = None,
        skip_statuses: Collection[RunStatus] | None = None,
        skip_history_messages: bool = True,
    ) -> list[Message]:
        """Messages of the runs, oldest first, after the first of the system: of all but those that failed or wait.

        `last_n_runs` counts runs that are not skipped; `limit` counts messages, the system's among them, and leaves no
        tool's answer without its call at the beginning.
        """
        skipped = UNTOLD_STATUSES if skip_statuses is None else skip_statuses
        told = [run for run in self.runs if run.status not in skipped and run.parent_run_id is None]
        window = told if last_n_runs is None else told[-last_n_runs:] if last_n_runs else []
        messages = [m for run in window for m in run.messages if not (skip_history_messages and m.from_history)]
        system = [m for m in messages if m.role in _INSTRUCTING and m.role not in (skip_roles or ())][:1]
        said = [m for m in messages if m.role not in {*_INSTRUCTING, *(skip_roles or ())}]
        return system + (said if limit is None else _last(said, limit - len(system)))

    def get_chat_history(self, last_n_runs: int | None = None) -> list[Message]:
        """Only what user and assistant said, in runs of every end."""
        return self.get_messages(last_n_runs, skip_roles=(*_INSTRUCTING, "tool"), skip_statuses=())


def _last(messages: list[Message], count: int) -> list[Message]:
    window = messages[-count:] if count > 0 else []
    return list(dropwhile(lambda message: message.role == "tool", window))


class UserMemory(msgspec.Struct, omit_defaults=True):
    """One remembered fact about a user. Times are Unix seconds; a store gives an id and a time where there is none."""

    memory: str
    memory_id: str | None = None
    topics: list[str] | None = None
    user_id: str | None = None
    input: str | None = None
    created_at: int | None = None
    updated_at: int | None = None
    feedback: str | None = None
    agent_id: str | None = None
    team_id: str | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The memory that `to_dict` gave; times may also be Unix seconds. Raises msgspec.ValidationError."""
        times = {k: _seconds(data[k]) for k in ("created_at", "updated_at") if k in data}
        return msgspec.convert({**data, **times}, cls)

    def to_dict(self) -> dict[str, Any]:
        """What is known, with times as ISO texts of the local time zone, as Agno writes them."""
        born, changed = self.created_at, self.updated_at if self.updated_at is not None else self.created_at
        shown = msgspec.structs.asdict(self) | {"created_at": _moment(born), "updated_at": _moment(changed)}
        return {k: v for k, v in shown.items() if v is not None}


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds).isoformat()  # noqa: DTZ006 - as Agno writes it


def _seconds(moment: object) -> object:
    return int(datetime.fromisoformat(moment).timestamp()) if isinstance(moment, str) else moment
