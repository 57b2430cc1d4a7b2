"""Agent: its options and its identity. What it can do is in `facade`, how it prints in `console`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agnolo.agent.copies import Copies
from agnolo.agent.facade import Facade
from agnolo.agent.saving import Saving
from agnolo.agent.sessions_facade import SessionsFacade
from agnolo.ports.options import (
    Asked,
    Compacting,
    Compression,
    Diagnostics,
    History,
    Hooks,
    Identity,
    Memory,
    Models,
    Output,
    PastSessions,
    Prompt,
    Reasoning,
    Reliability,
    State,
    Storage,
    Streaming,
    Summaries,
)
from agnolo.vocabulary.generics import Deps, Out
from agnolo.vocabulary.ids import new_id

if TYPE_CHECKING:
    from agnolo.ports.function import Function
    from agnolo.ports.model import Model


class Agent(
    Identity,
    Models,
    Prompt,
    Asked,
    State[Deps],
    History,
    PastSessions,
    Memory,
    Summaries,
    Compacting,
    Compression,
    Copies,
    Hooks,
    Reasoning,
    Output[Out],
    Storage,
    Streaming,
    Reliability,
    Diagnostics,
    Facade[Deps, Out],
    Saving,
    SessionsFacade,
):
    """A model with instructions, tools and a memory. Creating one does nothing but keep the options.

    An agent is not written to by its runs, but for a `model` that was left out or named in text: the object that it
    meant stays there. It may serve many users and threads at once. Unknown options raise
    TypeError naming the nearest. Options are listed, by theme, in `agnolo.ports.options`.
    """

    @property
    def agent_id(self) -> str:
        """`id` if given, else a slug of the name, else made once for this object."""
        if self.id is None:
            self.id = _slug(self.name) if self.name else f"agent-{new_id()[-12:]}"
        return self.id

    def default_session(self, user_id: str | None) -> str:
        """The session of calls that name none: the agent's own, else one kept for each user of this object."""
        if self.session_id is not None:
            return self.session_id
        sessions: dict[str | None, str] = self.__dict__.setdefault("_sessions", {})
        known = sessions.get(user_id)
        return sessions.setdefault(user_id, new_id()) if known is None else known

    def resolved_model(self) -> Model:
        """The model object behind `model`. Raises ConfigurationError for text that names none."""
        from agnolo.agent.models import resolve_model

        found = resolve_model(self.model)
        if found is not self.model:
            self.model = found
        return found

    def get_tools(self) -> list[Function]:
        """The functions that the model may call. Those that a factory gives are known only in a run."""
        from agnolo.ports.toolkit import collect, listed

        return list(collect(listed(self.tools)).functions.values())

    def __repr__(self) -> str:
        return f"Agent(name={self.name!r})" if self.name else f"Agent(id={self.id!r})"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "agent"
