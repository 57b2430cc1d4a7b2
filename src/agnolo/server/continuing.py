"""What a client asks for with the form that continues a run: decisions, more input, a place, a run of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from agnolo.agent import records
from agnolo.agent.arguments import ContinueOptions
from agnolo.agent.continuation import Continuation
from agnolo.ports.journal import RunRecord
from agnolo.server.asking import Ask
from agnolo.server.forms import Form
from agnolo.server.problems import Problem
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.runs import RunOutput

NO_SESSION = "session_id is required for this action"
BAD_PLACE = "Invalid continue_from. Use 'end', 'last_user', or a numeric message index."


class Decisions(NamedTuple):
    """What a client has decided: requirements, or tool calls that carry the decision."""

    requirements: list[RunRequirement] | None
    executions: list[ToolExecution]


class Wish(NamedTuple):
    """A form that continues a run, before the run was looked at."""

    ask: Ask
    decided: Decisions
    options: ContinueOptions


def read_wish(form: Form, run_id: str, user_id: str | None) -> Wish:
    """The form's wish. Raises 400 and 422 for what is missing, unreadable or contradicts itself."""
    session_id = form.text("session_id")
    if session_id is None:
        raise Problem(400, NO_SESSION)
    ask = Ask(
        run_id=run_id,
        session_id=session_id,
        user_id=user_id,
        stream=form.flag("stream", default=True),
        background=form.flag("background", default=False),
        plain=not form.flag("stream_events", default=True),
    )
    options: ContinueOptions = {
        "session_id": session_id,
        "user_id": user_id,
        "only_on_record": True,
        "stream_events": ask.told,
        "input": form.text("input"),
        "fork": form.flag("fork", default=False),
        "regenerate": form.flag("regenerate", default=False),
        "replace_original": form.choice("replace_original"),
        "additional_instructions": form.text("additional_instructions"),
    }
    decided = _decisions(form)
    options["continue_from"] = _place(form.text("continue_from") or "end")
    _call(run_id, options)
    return Wish(ask, decided, options)


def on(wish: Wish, record: RunRecord) -> Wish:
    """The wish for a run that was found: its decisions by requirement, and the id of the run that goes on.

    Raises 409 for a decision on a call that does not wait, and 400 when there is nothing to go on from.
    """
    output = records.run_output(record)
    options: ContinueOptions = {**wish.options, "requirements": _decided(wish.decided, output)}
    try:
        forks = _call(wish.ask.run_id, options).place(record.run.status, output.messages).forks
    except ConfigurationError as error:
        raise Problem(400, error.message) from error
    if not forks:
        return wish._replace(options=options)
    fork = new_id()
    options["forked_run_id"] = fork
    return wish._replace(ask=msgspec.structs.replace(wish.ask, run_id=fork), options=options)


def _call(run_id: str, options: ContinueOptions) -> Continuation:
    whole: ContinueOptions = {**options, "run_id": run_id}
    try:
        return Continuation(**whole)
    except ConfigurationError as error:
        raise Problem(400, error.message) from error


def _place(told: str) -> int | Literal["end", "last_user"]:
    told = told.strip()
    if told == "end" or told == "last_user":
        return told
    try:
        return int(told)
    except ValueError as error:
        raise Problem(400, BAD_PLACE) from error


def _decisions(form: Form) -> Decisions:
    try:
        given, tools = form.json_list("requirements"), form.json_list("tools")
        told = None if given is None else msgspec.convert(given, list[RunRequirement])
        return Decisions(told, msgspec.convert(tools or [], list[ToolExecution]))
    except (Problem, msgspec.ValidationError) as error:
        raise Problem(400, "Invalid JSON in tools field") from error


def _decided(given: Decisions, output: RunOutput) -> Sequence[RunRequirement] | None:
    """The run's requirements with the decisions. Raises 409 for a call that does not wait for one."""
    told, executions = given
    if not executions:
        return told
    asked = {one.tool_execution.tool_call_id: one for one in output.active_requirements}
    unknown = [execution.tool_name for execution in executions if execution.tool_call_id not in asked]
    if unknown:
        raise Problem(409, f"No call of {', '.join(map(str, unknown))} waits for a decision: leave it out of 'tools'")
    return [RunRequirement(execution, id=asked[execution.tool_call_id].id) for execution in executions]
