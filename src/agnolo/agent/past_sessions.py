"""Tools with which the model reads earlier sessions of its user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agnolo.agent.records import messages
from agnolo.ports.function import Function
from agnolo.ports.journal import RunRecord
from agnolo.ports.store import SessionQuery, Store
from agnolo.vocabulary import codec
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import Scope, SessionRow

SESSIONS = 20
RUNS = 3
PREVIEW_CHARACTERS = 200
_SPEAKERS = {"user": "User", "assistant": "Assistant"}

_READING = {
    "type": "object",
    "properties": {
        "session_id": {"type": "string", "description": "The id of the session, as the list of sessions shows it."},
        "num_runs": {"type": "integer", "description": "How many exchanges, from the first; all of them if left out."},
    },
    "required": ["session_id"],
}


class PastSessions:
    """The sessions of one user but the current one; of nobody's, only those of nobody.

    The tools are plain functions: they wait for the store in the thread they are called in.
    """

    def __init__(self, store: Store, scope: Scope, current: str, *, sessions: int | None, runs: int | None) -> None:
        self._store = store
        self._scope = scope
        self._current = current
        self._sessions = SESSIONS if sessions is None else sessions
        self._runs = RUNS if runs is None else runs

    def tools(self) -> list[Function]:
        """What the model may call."""
        reading = Function.from_callable(self.read_past_session).having(parameters=_READING)
        return [Function.from_callable(self.search_past_sessions), reading]

    def search_past_sessions(self) -> str:
        """List earlier conversations with this user and how they began. Read one with read_past_session."""
        query = SessionQuery(session_type="agent", limit=self._sessions)
        rows = self._store.list_sessions(self._scope, query).result().rows if self._sessions else []
        told = [(row, self._told(row)) for row in rows if self._is_past(row)]
        return codec.dumps([_preview(row, runs[: self._runs]) for row, runs in told if runs]).decode()

    def read_past_session(self, session_id: str, num_runs: int | None = None) -> str:
        """Read an earlier conversation with this user. Find it with search_past_sessions first."""
        row = self._store.get_session(self._scope, session_id).result()
        runs = self._told(row) if row is not None and row.user_id == self._scope.user_id else []
        if row is None or not runs:
            return "Session not found."
        lines = [f"Session: {row.session_id}", f"Created: {row.created_at}", ""]
        for run in runs[:num_runs]:
            lines += [line for m in run if m.text() for line in (f"{_SPEAKERS[m.role]}: {m.text()}", "")]
        return "\n".join(lines)

    def _is_past(self, row: SessionRow) -> bool:
        return row.session_id != self._current and row.user_id == self._scope.user_id

    def _told(self, row: SessionRow) -> list[list[Message]]:
        records: Sequence[RunRecord] = self._store.get_runs(self._scope, row.session_id).result()
        own = [record for record in records if record.run.parent_run_id is None]
        return [[m for m in messages(record) if m.role in _SPEAKERS] for record in own]


def _preview(row: SessionRow, runs: Sequence[Sequence[Message]]) -> dict[str, Any]:
    shown = [{speaker: _first(run, speaker) for speaker in _SPEAKERS} for run in runs]
    began = [preview for preview in shown if any(preview.values())]
    return {"session_id": row.session_id, "created_at": str(row.created_at), "runs": began}


def _first(run: Sequence[Message], role: str) -> str:
    """The beginning of the first thing this one said; "" for nothing."""
    text = next((m.text() for m in run if m.role == role and m.text()), "")
    return text if len(text) <= PREVIEW_CHARACTERS else text[:PREVIEW_CHARACTERS] + "..."
