"""SessionSummaryManager: sessions summed up outside a run. How a model does it is in `engine.summary`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agnolo.agent.models import resolve_model
from agnolo.engine import structured, summary
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime
from agnolo.ports.summaries import SummaryRules
from agnolo.runtime import bridge
from agnolo.runtime.inline import InlineRuntime
from agnolo.runtime.loop import LoopRuntime
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import AgentSession
from agnolo.vocabulary.summaries import SessionSummary


class SessionSummaryManager(SummaryRules):
    """Sums up sessions with a model: give it to an agent as `session_summary_manager`, or use it by itself.

    By itself its model is by default the first provider with a key. Options: see `agnolo.ports.summaries.SummaryRules`.
    Raises ValueError for a limit below 1.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.id = self.id or f"session_summary_manager_{new_id()[-8:]}"
        if isinstance(self.model, str):
            self.model = resolve_model(self.model)

    def create_session_summary(self, session: AgentSession) -> SessionSummary | None:
        """Sum up the session and set its `summary`, which is not stored by that; None when nothing was said in it.

        Raises what the model raises, and OutputSchemaError for an answer that is no summary.
        """
        return bridge.drive(_created(self, session, InlineRuntime()))

    async def acreate_session_summary(self, session: AgentSession) -> SessionSummary | None:
        """The same."""
        return await _created(self, session, LoopRuntime())

    def get_response_format(self, model: Model) -> dict[str, Any]:
        """The form of the answer as OpenAI's `response_format`. Each model is asked for it in its own way."""
        form = structured.output_format(summary.SessionSummaryResponse)
        assert form is not None
        schema = msgspec.structs.asdict(form)
        return {"type": "json_schema", "json_schema": {name: schema[name] for name in ("name", "schema", "strict")}}

    def get_system_message(
        self, conversation: Sequence[Message], response_format: Mapping[str, Any] | None = None
    ) -> Message:
        """What the model is told of this conversation."""
        return Message(role="system", content=summary.system_text(self, summary.lines(conversation)))


async def _created(manager: SessionSummaryManager, session: AgentSession, at: Runtime) -> SessionSummary | None:
    made = await summary.make(manager, session, resolve_model(manager.model), at)
    if made is None:
        return None
    session.summary = made.summary
    return made.summary
