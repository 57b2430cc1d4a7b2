"""Names of sessions: given, or made by the agent's model of what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agnolo.agent import compose, reading
from agnolo.engine.aside import Aside, asked, settle, told
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import ConfigurationError, SessionNotFoundError
from agnolo.vocabulary.sessions import AgentSession, Scope

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

WORDS = 5
ATTEMPTS = 4
UNTITLED = "New Session"

_PROMPT = f"Give the conversation a title of at most {WORDS} words. Answer with the title only."


async def name_session(
    agent: Agent, at: Runtime, session_id: str | None, user_id: str | None, name: str | None
) -> AgentSession:
    """Name the session; None: after what was said in it. Raises ConfigurationError for "", SessionNotFoundError."""
    if name == "":
        raise ConfigurationError("set_session_name needs session_name='...', or autogenerate=True to have one made")
    _, _, wanted = reading.place(agent, session_id, user_id)
    session = await reading.session(agent, at, session_id, user_id)
    if session is None:
        raise SessionNotFoundError(f"there is no session {wanted!r}")
    if name is None:
        name = await generated(agent, at, session)
    await reading.change(agent, at, session_id, user_id, {"session_name": name})
    session.session_data = {**(session.session_data or {}), "session_name": name}
    return session


async def generated(agent: Agent, at: Runtime, session: AgentSession) -> str:
    """A name of at most five words. A model that says more is asked again, and at last cut short.

    Raises LimitExceededError when the session or its user has nothing left.
    """
    said = "\n".join(f"{message.role}: {message.text()}" for message in session.get_messages())
    messages = told(_PROMPT, asked(f"{said}\n\nTitle:"))
    aside = Aside(role="session_name", model=agent.resolved_model(), messages=messages)
    payer = compose.payer_of(agent, Scope(user_id=session.user_id), session.session_id)
    words: list[str] = []
    for _ in range(ATTEMPTS):
        words = str((await settle(aside, at, payer)).content).replace('"', "").split()
        if 0 < len(words) <= WORDS:
            break
    return " ".join(words[:WORDS]) or UNTITLED
