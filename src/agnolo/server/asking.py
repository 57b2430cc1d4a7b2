"""What a client asks for with a form: a new run, or the continuation of one."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.agent.agent import Agent
from agnolo.agent.arguments import CallOptions, ContinueOptions
from agnolo.server.forms import Form
from agnolo.server.problems import Problem
from agnolo.server.uploads import media_of
from agnolo.vocabulary.ids import new_id

NOT_CONTINUED = ("input", "continue_from", "fork", "regenerate", "replace_original", "additional_instructions")


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
    """A new run. Raises 422 naming the field at fault."""
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
    options["run_id"] = ask.run_id
    options["session_id"] = ask.session_id
    options["user_id"] = ask.user_id
    options["stream_events"] = ask.told
    return options


def continue_options(ask: Ask) -> ContinueOptions:
    """The arguments of a continuation."""
    return {"session_id": ask.session_id, "user_id": ask.user_id, "stream_events": ask.told}


def continued_ask(form: Form, run_id: str, user_id: str | None) -> Ask:
    """The continuation of a run. Raises 400 for what is missing or not on offer."""
    _check_tools(form)
    session_id = form.text("session_id")
    if session_id is None:
        raise Problem(400, "session_id is required for this action")
    for name in NOT_CONTINUED:
        if (form.text(name) or "false").lower() not in ("false", "0"):
            raise Problem(400, f"{name!r} is not on offer: runs that were interrupted, cancelled or failed go on as is")
    return Ask(
        run_id=run_id,
        session_id=session_id,
        user_id=user_id,
        stream=form.flag("stream", default=True),
        background=form.flag("background", default=False),
        plain=not form.flag("stream_events", default=True),
    )


def _metadata(form: Form) -> dict[str, Any] | None:
    try:
        return form.json_object("metadata")
    except Problem as error:
        raise Problem(400, "Invalid metadata parameter: expected a JSON object") from error


def _check_tools(form: Form) -> None:
    """Decisions on tool calls belong to paused runs, of which there are none; text that is no JSON is told first."""
    try:
        tools = form.json_list("tools")
    except Problem as error:
        raise Problem(400, "Invalid JSON in tools field") from error
    if tools:
        raise Problem(409, "No tool call of this run waits for a decision: continue it without 'tools'")
