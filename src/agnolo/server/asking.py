"""What a client asks for with the form of a new run."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.agent.agent import Agent
from agnolo.agent.arguments import CallOptions
from agnolo.server.forms import Form
from agnolo.server.problems import Problem
from agnolo.server.uploads import media_of
from agnolo.vocabulary.ids import new_id


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Which run, and how to answer. A run's id is the server's; one sent by a client is not looked at."""

    run_id: str
    session_id: str
    user_id: str | None
    stream: bool
    background: bool
    plain: bool

    @property
    def told(self) -> bool:
        """Whether the run's events are told: a background run can be taken up by a stream later."""
        return self.stream or self.background


def new_ask(form: Form, agent: Agent) -> Ask:
    """A new run. Raises 422 naming the field at fault. There is one version of each agent: any may be asked for."""
    form.integer("version")
    return Ask(
        run_id=new_id(),
        session_id=form.text("session_id") or agent.session_id or new_id(),
        user_id=form.text("user_id") or agent.user_id,
        stream=form.flag("stream", default=True),
        background=form.flag("background", default=False),
        plain=not form.flag("stream_events", default=True),
    )


async def call_options(form: Form, ask: Ask) -> CallOptions:
    """What the form says beyond the message. Raises 422 and 400 naming the field at fault."""
    options = await media_of(form)
    options["session_state"] = form.json_object("session_state")
    options["dependencies"] = form.json_object("dependencies")
    options["metadata"] = _metadata(form)
    options["output_schema"] = form.json_object("output_schema")
    options["add_history_to_context"] = form.choice("add_history_to_context")
    options["add_dependencies_to_context"] = form.choice("add_dependencies_to_context")
    options["add_session_state_to_context"] = form.choice("add_session_state_to_context")
    options["run_id"] = ask.run_id
    options["session_id"] = ask.session_id
    options["user_id"] = ask.user_id
    options["stream_events"] = ask.told
    return options


def _metadata(form: Form) -> dict[str, Any] | None:
    try:
        return form.json_object("metadata")
    except Problem as error:
        raise Problem(400, "Invalid metadata parameter: expected a JSON object") from error
