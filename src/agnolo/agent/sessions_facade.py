"""More of what an agent reads of its sessions: their metrics, and the awaited forms. No bodies, as in `facade`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from agnolo.agent import compacting, reading, session_forks, session_names
from agnolo.runtime import bridge
from agnolo.runtime.inline import InlineRuntime
from agnolo.runtime.loop import LoopRuntime
from agnolo.vocabulary.compactions import CompactionResult
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import SessionMetrics
from agnolo.vocabulary.runs import RunOutput
from agnolo.vocabulary.sessions import AgentSession
from agnolo.vocabulary.summaries import SessionSummary

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent


class SessionsFacade:
    """Mixed into Agent. Sessions default to the agent's own, users to its `user_id`."""

    def compact(self, session_id: str | None = None, user_id: str | None = None) -> CompactionResult:
        """Replace the session's old history by a summary now: all but what `compaction` keeps, whatever its threshold.

        The result tells what speaks against it, if anything does. The session itself stays whole.
        """
        return bridge.drive(compacting.compact(self._reader, InlineRuntime(), session_id, user_id))

    async def acompact(self, session_id: str | None = None, user_id: str | None = None) -> CompactionResult:
        """The same."""
        return await compacting.compact(self._reader, LoopRuntime(), session_id, user_id)

    def fork_session(self, source_session_id: str | None = None, *, user_id: str | None = None) -> str:
        """Copy a session's runs into a new session, which goes on apart from it; its id. Raises ConfigurationError."""
        return bridge.drive(session_forks.fork(self._reader, InlineRuntime(), source_session_id, user_id))

    async def afork_session(self, source_session_id: str | None = None, *, user_id: str | None = None) -> str:
        """The same."""
        return await session_forks.fork(self._reader, LoopRuntime(), source_session_id, user_id)

    @property
    def _reader(self) -> Agent:
        return cast("Agent", self)

    def get_session_metrics(self, session_id: str | None = None, user_id: str | None = None) -> SessionMetrics | None:
        """The tokens of all runs of the session, or None when there is no such session."""
        return bridge.drive(reading.metrics(self._reader, InlineRuntime(), session_id, user_id))

    async def aget_session_metrics(
        self, session_id: str | None = None, user_id: str | None = None
    ) -> SessionMetrics | None:
        """The same."""
        return await reading.metrics(self._reader, LoopRuntime(), session_id, user_id)

    def get_session_summary(self, session_id: str | None = None, user_id: str | None = None) -> SessionSummary | None:
        """What the session was about, if it was summed up. Raises SessionNotFoundError."""
        return bridge.drive(reading.summary(self._reader, InlineRuntime(), session_id, user_id))

    async def aget_session_summary(
        self, session_id: str | None = None, user_id: str | None = None
    ) -> SessionSummary | None:
        """The same."""
        return await reading.summary(self._reader, LoopRuntime(), session_id, user_id)

    async def aget_session_messages(
        self, session_id: str | None = None, user_id: str | None = None, *, last_n_runs: int | None = None
    ) -> list[Message]:
        """Messages of completed runs, oldest first, tool calls included."""
        session = await reading.session(self._reader, LoopRuntime(), session_id, user_id)
        return session.get_messages(last_n_runs) if session else []

    async def aget_chat_history(
        self, session_id: str | None = None, user_id: str | None = None, *, last_n_runs: int | None = None
    ) -> list[Message]:
        """Only what user and assistant said."""
        session = await reading.session(self._reader, LoopRuntime(), session_id, user_id)
        return session.get_chat_history(last_n_runs) if session else []

    async def aget_last_run_output(self, session_id: str | None = None, user_id: str | None = None) -> RunOutput | None:
        """The session's newest run, or None."""
        return await reading.last_run(self._reader, LoopRuntime(), session_id, user_id)

    async def aget_session_name(self, session_id: str | None = None, user_id: str | None = None) -> str | None:
        """The name given to the session, or None."""
        return (await reading.data(self._reader, LoopRuntime(), session_id, user_id)).get("session_name")

    async def aset_session_name(
        self,
        session_id: str | None = None,
        autogenerate: bool = False,  # noqa: FBT001, FBT002 - the place it has in Agno
        session_name: str | None = None,
        *,
        user_id: str | None = None,
    ) -> AgentSession:
        """Name the session; with `autogenerate` the model makes a name. Raises SessionNotFoundError."""
        return await session_names.name_session(
            self._reader, LoopRuntime(), session_id, user_id, None if autogenerate else session_name or ""
        )

    def generate_session_name(self, session: AgentSession) -> str:
        """A name of at most five words for what was said in the session, made by the model; stores nothing."""
        return bridge.drive(session_names.generated(self._reader, InlineRuntime(), session))

    async def aupdate_session_state(
        self, session_state_updates: dict[str, Any], session_id: str | None = None, user_id: str | None = None
    ) -> dict[str, Any]:
        """Lay these keys over the stored state and return it. Raises SessionNotFoundError."""
        stored = await reading.data(self._reader, LoopRuntime(), session_id, user_id)
        state: dict[str, Any] = stored.get("session_state") or {}
        change: dict[str, Any] = {"session_state": state | session_state_updates}
        row = await reading.change(self._reader, LoopRuntime(), session_id, user_id, change)
        return row.session_data["session_state"]
