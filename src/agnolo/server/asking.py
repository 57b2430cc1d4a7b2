"""What a client asks for with a form: a new run, or the continuation of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from agnolo.agent.agent import Agent
from agnolo.agent.arguments import CallOptions, ContinueOptions
from agnolo.server.forms import Form
from agnolo.server.problems import Problem
from agnolo.server.uploads import media_of
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.runs import RunOutput

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
    options["run_id"] = ask.run_id
    options["session_id"] = ask.session_id
    options["user_id"] = ask.user_id
    options["stream_events"] = ask.told
    return options


def continue_options(ask: Ask, decided: Sequence[RunRequirement] | None) -> ContinueOptions:
    """The arguments of a continuation."""
    return {
        "session_id": ask.session_id,
        "user_id": ask.user_id,
        "stream_events": ask.told,
        "requirements": decided,
    }


class Decisions(NamedTuple):
    """What a client has decided: requirements, or tool calls that carry the decision."""

    requirements: list[RunRequirement] | None
    executions: list[ToolExecution]


def decisions(form: Form) -> Decisions:
    """`requirements` and `tools` of the form. Raises 400 for what is neither."""
    try:
        given, tools = form.json_list("requirements"), form.json_list("tools")
        told = None if given is None else msgspec.convert(given, list[RunRequirement])
        return Decisions(told, msgspec.convert(tools or [], list[ToolExecution]))
    except (Problem, msgspec.ValidationError) as error:
        raise Problem(400, "Invalid JSON in tools field") from error


def decided_requirements(given: Decisions, output: RunOutput | None) -> list[RunRequirement] | None:
    """The run's requirements with the decisions. Raises 409 for a call that does not wait for one."""
    told, executions = given
    if not executions:
        return told
    asked = {one.tool_execution.tool_call_id: one for one in (output.active_requirements if output else ())}
    unknown = [execution.tool_name for execution in executions if execution.tool_call_id not in asked]
    if output is not None and unknown:
        raise Problem(409, f"No call of {', '.join(map(str, unknown))} waits for a decision: leave it out of 'tools'")
    return [RunRequirement(execution, id=asked[execution.tool_call_id].id) for execution in executions if asked]


def continued_ask(form: Form, run_id: str, user_id: str | None) -> Ask:
    """The continuation of a run. Raises 400 for what is missing or not on offer."""
    session_id = form.text("session_id")
    if session_id is None:
        raise Problem(400, "session_id is required for this action")
    for name in NOT_CONTINUED:
        if (form.text(name) or "false").lower() not in ("false", "0"):
            raise Problem(
                400,
                f"{name!r} is not on offer: runs go on as they are",
            )
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
