"""The tool with which the model searches what a summary stands for in its conversation."""

from __future__ import annotations

from agnolo.engine import history, transcript
from agnolo.ports.function import Function
from agnolo.ports.store import Store
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import HISTORY_STATUSES, Scope, stored_fold

_PARAMETERS = {
    "type": "object",
    "properties": {
        "pattern": {
            "type": "string",
            "description": 'Words to look for in a line, in any case. "|" separates several, any of which will do.',
        },
        "context_lines": {"type": "integer", "description": "How many lines to show around each, at most 10."},
    },
    "required": ["pattern"],
}


class FoldedSearch:
    """The earlier part of one session. It waits for the store in the thread in which the tool is called."""

    def __init__(self, store: Store, scope: Scope, session_id: str) -> None:
        self._store = store
        self._scope = scope
        self._session_id = session_id

    def tool(self) -> Function:
        """What the model may call."""
        return Function.from_callable(self.search_compacted_history).having(parameters=_PARAMETERS)

    def search_compacted_history(self, pattern: str, context_lines: int = 2) -> str:
        """Search the earlier conversation that the summary stands for, for words, names and numbers it leaves out."""
        found = transcript.found(self._replaced(), pattern, context_lines)
        return found or f"Nothing in the earlier conversation matches {pattern[:200]!r}."

    def _replaced(self) -> list[Message]:
        row = self._store.get_session(self._scope, self._session_id).result()
        fold = None if row is None else stored_fold(row.session_data)
        if fold is None:
            return []
        records = self._store.get_runs(self._scope, self._session_id, statuses=sorted(HISTORY_STATUSES)).result()
        return history.before(records, fold)
