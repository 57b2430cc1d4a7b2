"""Reading and changing what is stored for an agent: sessions, runs, memories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from agnolo.agent import background, records
from agnolo.agent.execution import memory_key, session_key
from agnolo.engine import memory
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.vocabulary.errors import ConfigurationError, SessionNotFoundError
from agnolo.vocabulary.metrics import SessionMetrics
from agnolo.vocabulary.runs import RunOutput
from agnolo.vocabulary.sessions import AgentSession, Scope, SessionRow, UserMemory, stored_summary
from agnolo.vocabulary.summaries import SessionSummary

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent


def place(agent: Agent, session_id: str | None, user_id: str | None) -> tuple[Store, Scope, str]:
    """Where a session is: the store, whose rows, and its id. Raises ConfigurationError without a store."""
    user = user_id if user_id is not None else agent.user_id
    return _store(agent), Scope(user_id=user), session_id or agent.default_session(user)


def _store(agent: Agent) -> Store:
    if agent.db is None:
        raise ConfigurationError(f"{agent!r} keeps nothing: give it db=SqliteDb(...) or db=InMemoryDb()")
    return agent.db


async def session(agent: Agent, at: Runtime, session_id: str | None, user_id: str | None) -> AgentSession | None:
    """The session with its runs, or None."""
    store, scope, wanted = place(agent, session_id, user_id)
    await background.join(session_key(store, wanted), at)
    row = await at.wait(store.get_session(scope, wanted))
    if row is None:
        return None
    return records.agent_session(row, await at.wait(store.get_runs(scope, wanted)))


async def current(agent: Agent, session_id: str, user_id: str | None, at: Runtime) -> AgentSession:
    """The session as a run finds it: without a store, one that is new."""
    found = await session(agent, at, session_id, user_id) if agent.db is not None else None
    return found or AgentSession(session_id=session_id, agent_id=agent.agent_id, user_id=user_id, session_data={})


async def delete(agent: Agent, at: Runtime, session_id: str, user_id: str | None) -> bool:
    """Delete the session and all that belongs to it; False if there was none."""
    store, scope, wanted = place(agent, session_id, user_id)
    return await at.wait(store.delete_session(scope, wanted))


async def change(
    agent: Agent, at: Runtime, session_id: str | None, user_id: str | None, changes: dict[str, Any]
) -> SessionRow:
    """Set parts of session_data. Raises SessionNotFoundError."""
    store, scope, wanted = place(agent, session_id, user_id)
    row = await at.wait(store.get_session(scope, wanted))
    if row is None:
        raise SessionNotFoundError(f"there is no session {wanted!r}")
    return await at.wait(
        store.save_session(scope, msgspec.structs.replace(row, session_data={**row.session_data, **changes}))
    )


async def data(agent: Agent, at: Runtime, session_id: str | None, user_id: str | None) -> dict[str, Any]:
    """The session's data (state, name, metrics); {} when there is no such session."""
    store, scope, wanted = place(agent, session_id, user_id)
    await background.join(session_key(store, wanted), at)
    row = await at.wait(store.get_session(scope, wanted))
    return row.session_data if row else {}


async def metrics(agent: Agent, at: Runtime, session_id: str | None, user_id: str | None) -> SessionMetrics | None:
    """The session's token counts; None when there is no such session."""
    store, scope, wanted = place(agent, session_id, user_id)
    await background.join(session_key(store, wanted), at)
    row = await at.wait(store.get_session(scope, wanted))
    return None if row is None else msgspec.convert(row.session_data.get("session_metrics") or {}, SessionMetrics)


async def summary(agent: Agent, at: Runtime, session_id: str | None, user_id: str | None) -> SessionSummary | None:
    """What the session was about, if it was summed up. Raises SessionNotFoundError."""
    store, scope, wanted = place(agent, session_id, user_id)
    await background.join(session_key(store, wanted), at)
    row = await at.wait(store.get_session(scope, wanted))
    if row is None:
        raise SessionNotFoundError(f"Session {wanted} not found")
    return stored_summary(row.session_data)


async def run_output(
    agent: Agent, at: Runtime, run_id: str, session_id: str | None, user_id: str | None
) -> RunOutput | None:
    """A stored run, or None; of this session only, if one is named."""
    store, scope, _ = place(agent, None, user_id)
    record = await at.wait(store.get_run(scope, run_id))
    if record is None or session_id not in (None, record.run.session_id):
        return None
    return records.run_output(record)


async def last_run(agent: Agent, at: Runtime, session_id: str | None, user_id: str | None) -> RunOutput | None:
    """The newest run of a session, or None."""
    store, scope, wanted = place(agent, session_id, user_id)
    found = await at.wait(store.get_runs(scope, wanted, last=1))
    return records.run_output(found[0]) if found else None


async def memories(agent: Agent, at: Runtime, user_id: str | None) -> list[UserMemory]:
    """What is remembered of the user, after work under way has ended."""
    scope = Scope(user_id=user_id if user_id is not None else agent.user_id)
    store = memory.store_of(agent, None) or _store(agent)
    await background.join(memory_key(store, scope.user_id), at)
    return await at.wait(store.get_memories(scope))
