"""Calls that wait for a person: which do, what is asked, and what a decision lets happen.

The effect boundary asks `withheld` before it begins a tool: nothing else stands between a call and its approval. A
decision is journaled before the call is made, and holds for one call with the arguments it was asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from agnolo.engine.state import Run
from agnolo.ports.arguments import parse
from agnolo.ports.function import Function
from agnolo.ports.journal import Step
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ApprovalMismatchError, UnresolvedRequirementsError
from agnolo.vocabulary.executions import ToolExecution, UserFeedbackQuestion, UserInputField
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.requirements import RunRequirement

REJECTED = "The user rejected this call: it was not made."
DECISION = "decision"
"""In the key of a step that holds what a person decided on a call."""

ASK_FIELDS, ASK_USER = "get_user_input", "ask_user"
"""Reserved names of tools: the model asks a person, and the answer is the result."""


def withheld(function: Function, decision: ToolExecution | None) -> bool:
    """Whether a call must not be made: it waits for a person who has not said yes."""
    if decision is None:
        return function.waits
    if function.requires_confirmation and not decision.confirmed:
        return True
    return bool(function.external_execution) or bool(function.requires_user_input and not decision.answered)


def asked(function: Function, call: ToolCall, arguments: dict[str, Any], now: int) -> ToolExecution | None:
    """What a person is asked about a call; None when it waits for nobody."""
    waiting = ToolExecution(
        tool_call_id=call.id,
        tool_name=function.name,
        tool_args=arguments,
        created_at=now,
        approval_type=function.approval_type,
    )
    if function.name == ASK_FIELDS and (fields := _asked_fields(arguments)):
        return replace(waiting, requires_user_input=True, user_input_schema=fields)
    if function.name == ASK_USER and (questions := _questions(arguments)):
        return replace(waiting, requires_user_input=True, user_feedback_schema=questions)
    if function.requires_confirmation:
        return replace(
            waiting, requires_confirmation=True, external_execution_silent=function.external_execution_silent
        )
    if function.requires_user_input:
        fields = [
            replace(field, value=arguments.get(field.name, field.value)) for field in function.user_input_schema or ()
        ]
        silent = function.external_execution_silent
        return replace(waiting, requires_user_input=True, user_input_schema=fields, external_execution_silent=silent)
    if function.external_execution:
        silent = function.external_execution_silent
        return replace(waiting, external_execution_required=True, external_execution_silent=silent)
    return None


def _asked_fields(arguments: dict[str, Any]) -> list[UserInputField]:
    fields = [field for field in arguments.get("user_input_fields") or () if is_object(field)]
    return [
        UserInputField(
            str(field.get("field_name")), str(field.get("field_type", "str")), field.get("field_description")
        )
        for field in fields
    ]


def _questions(arguments: dict[str, Any]) -> list[UserFeedbackQuestion]:
    questions = [question for question in arguments.get("questions") or () if is_object(question)]
    return msgspec.convert(questions, list[UserFeedbackQuestion])


# ---- decisions


def digest(run_id: str, call_id: str | None, name: str | None, arguments: dict[str, Any] | None) -> str:
    """What a decision is bound to: the run, the call and its arguments."""
    return sha256(codec.canonical([run_id, call_id, name, arguments or {}])).hexdigest()


def decide(run: Run, given: Sequence[RunRequirement]) -> None:
    """Take what a person decided into the run, to be journaled before any of the calls is made.

    Raises ApprovalMismatchError for a decision on another call, another run or other arguments;
    UnresolvedRequirementsError when the run waits and none of its calls is decided.
    """
    known = {requirement.id: place for place, requirement in enumerate(run.requirements)}
    waiting = {call.id: call for call in run.pending}
    for requirement in given:
        place, execution = known.get(requirement.id), requirement.tool_execution
        if place is None or run.requirements[place].tool_execution.tool_call_id != execution.tool_call_id:
            raise ApprovalMismatchError(
                f"requirement {requirement.id!r} is none of run {run.plan.origin.run_id!r}: a decision holds for the "
                "call it was asked for; take the requirements from this run's output"
            )
        call = waiting.get(execution.tool_call_id or "")
        if call is None or not run.requirements[place].tool_execution.is_paused:
            continue  # It was decided and carried out in an earlier attempt.
        _check(run, call, execution)
        merged = run.requirements[place] = _answered(run.requirements[place], requirement, call)
        if merged.is_resolved() or merged.tool_execution.confirmed is False:
            run.decisions[call.id] = merged.tool_execution
            run.unsaved.append(
                Step(seq=run.take_seq(), key=_key(run, call.id), result=_record(run, call, merged.tool_execution))
            )
    _expect_progress(run)


def _check(run: Run, call: ToolCall, execution: ToolExecution) -> None:
    shown = parse(call.function.name, call.function.arguments)
    run_id = run.plan.origin.run_id
    if digest(run_id, call.id, call.function.name, shown) != digest(
        run_id, execution.tool_call_id, execution.tool_name, execution.tool_args
    ):
        raise ApprovalMismatchError(
            f"the decision is about {execution.tool_name}({execution.tool_args}), and the run waits with "
            f"{call.function.name}({shown}): decide on the requirement as it was given; user input goes into its fields"
        )


def _answered(stored: RunRequirement, given: RunRequirement, call: ToolCall) -> RunRequirement:
    """What is asked as the run knows it, what is answered as the person gave it."""
    theirs, ours = given.tool_execution, stored.tool_execution
    fields = _filled(ours.user_input_schema, theirs.user_input_schema)
    questions = _chosen(ours.user_feedback_schema, theirs.user_feedback_schema)
    answered = theirs.answered or (_is_answered(fields, call) if fields else None)
    execution = replace(
        ours,
        confirmed=theirs.confirmed,
        confirmation_note=theirs.confirmation_note,
        answered=answered,
        result=theirs.result if ours.external_execution_required else None,
        user_input_schema=fields,
        user_feedback_schema=questions,
    )
    return replace(
        stored,
        tool_execution=execution,
        confirmation=given.confirmation if ours.requires_confirmation else None,
        confirmation_note=given.confirmation_note if ours.requires_confirmation else None,
        external_execution_result=execution.result,
    )


def _filled(ours: list[UserInputField] | None, theirs: list[UserInputField] | None) -> list[UserInputField] | None:
    values = {field.name: field.value for field in theirs or ()}
    return None if ours is None else [replace(field, value=values.get(field.name, field.value)) for field in ours]


def _chosen(
    ours: list[UserFeedbackQuestion] | None, theirs: list[UserFeedbackQuestion] | None
) -> list[UserFeedbackQuestion] | None:
    if ours is None:
        return None
    chosen = {question.question: question.selected_options for question in theirs or ()}
    made = [replace(question, options=[replace(o) for o in question.options or ()] or None) for question in ours]
    for question in made:
        if (labels := chosen.get(question.question)) is not None:
            question.select(labels)
    return made


def _is_answered(fields: Sequence[UserInputField], call: ToolCall) -> bool | None:
    """Whether a person has given values that the model had not: fields may be filled in one by one, without a word."""
    own = parse(call.function.name, call.function.arguments)
    told = all(field.value is not None for field in fields)
    return True if told and any(own.get(field.name) != field.value for field in fields) else None


def _key(run: Run, call_id: str) -> str:
    return f"turn:{run.turn - 1}/{DECISION}:{call_id}"


def _record(run: Run, call: ToolCall, execution: ToolExecution) -> dict[str, Any]:
    shown = parse(call.function.name, call.function.arguments)
    bound = digest(run.plan.origin.run_id, call.id, call.function.name, shown)
    return {"digest": bound, "execution": execution.to_dict()}


def recollect(run: Run, steps: Sequence[Step]) -> None:
    """Read from the journal what was decided on calls that have no result yet."""
    # A provider may use the id of a call again in a later turn: the key says which turn was decided on.
    waiting = {_key(run, call.id): call for call in run.pending}
    for step in steps:
        call = waiting.get(step.key)
        if call is None:
            if f"/{DECISION}:" in step.key:
                _recall(run, ToolExecution.from_dict(step.result["execution"]))
            continue
        decided = ToolExecution.from_dict(step.result["execution"])
        if step.result["digest"] == _record(run, call, decided)["digest"]:
            run.decisions[call.id] = decided


def _recall(run: Run, decided: ToolExecution) -> None:
    """Let the execution of a call that has its result say what was decided on it."""
    for place, execution in enumerate(run.executions):
        undecided = execution.confirmed is None and execution.requires_confirmation is False
        if undecided and execution.tool_call_id == decided.tool_call_id:
            told = {"confirmed": decided.confirmed, "confirmation_note": decided.confirmation_note}
            run.executions[place] = replace(execution, **told)
            return


def _expect_progress(run: Run) -> None:
    asked_for = {r.tool_execution.tool_call_id for r in run.requirements if r.tool_execution.is_paused}
    waiting = [call for call in run.pending if call.id in asked_for]
    if not waiting or any(call.id in run.decisions for call in waiting):
        return
    names = ", ".join(f"{call.function.name}({call.function.arguments})" for call in waiting)
    raise UnresolvedRequirementsError(
        f"run {run.plan.origin.run_id!r} waits for a decision on {names}: resolve its requirements, and give them as "
        "continue_run(run_id=..., requirements=...)"
    )


# ---- what a decision lets happen


def rejection(decision: ToolExecution) -> str | None:
    """What the model reads instead of a result, when a person has refused the call."""
    if decision.confirmed or (decision.confirmed is None and not decision.requires_confirmation):
        return None
    return decision.confirmation_note or REJECTED


def answer(decision: ToolExecution) -> str | None:
    """The result that a person has brought, or the answer to what the model has asked; None when the call is made."""
    if decision.external_execution_required:
        return decision.result
    if decision.user_feedback_schema is None and is_asked(decision):
        values = [{"name": field.name, "value": field.value} for field in decision.user_input_schema or ()]
        return f"The user has given: {codec.dumps(values).decode()}"
    if decision.user_feedback_schema is not None:
        chosen = [{"question": q.question, "selected": q.selected_options or []} for q in decision.user_feedback_schema]
        return f"The user has answered: {codec.dumps(chosen).decode()}"
    return None


def is_asked(execution: ToolExecution) -> bool:
    """Whether the call is the model's question to a person: the answer is in its schema, and in the conversation."""
    return execution.user_feedback_schema is not None or (
        execution.tool_name == ASK_FIELDS and execution.user_input_schema is not None
    )


def completed(arguments: dict[str, Any], decision: ToolExecution | None) -> dict[str, Any]:
    """The arguments with those that a person gave."""
    if decision is None or not decision.requires_user_input or is_asked(decision):
        return arguments
    return arguments | {field.name: field.value for field in decision.user_input_schema or ()}


def settled(execution: ToolExecution) -> ToolExecution:
    """The execution as one that waits no more."""
    return replace(
        execution,
        requires_confirmation=None if execution.requires_confirmation is None else False,
        requires_user_input=None if execution.requires_user_input is None else False,
        external_execution_required=None if execution.external_execution_required is None else False,
    )


def record(run: Run, execution: ToolExecution) -> None:
    """Add an execution to the run's, in the place where it has waited if it has; its requirement shows it too."""
    for requirement in run.requirements:
        waits = requirement.tool_execution
        if waits.tool_call_id == execution.tool_call_id and waits.is_paused:
            requirement.tool_execution = execution
    for place, known in enumerate(run.executions):
        if known.tool_call_id == execution.tool_call_id and known.is_paused:
            run.executions[place] = execution
            return
    run.executions.append(execution)


def hold(run: Run, waiting: Sequence[ToolExecution], order: Sequence[str]) -> None:
    """The run waits for these calls: told among the calls of their answer in the model's order."""
    open_ones = {
        r.tool_execution.tool_call_id: r.tool_execution.approval_id
        for r in run.requirements
        if r.tool_execution.is_paused
    }
    for execution in waiting:
        execution.approval_id = open_ones.get(execution.tool_call_id)
        record(run, execution)
    run.requirements += [RunRequirement(e) for e in waiting if e.tool_call_id not in open_ones]
    tail: dict[str, ToolExecution] = {}
    while run.executions and (last := run.executions[-1].tool_call_id or "") in order and last not in tail:
        tail[last] = run.executions.pop()
    run.executions += [tail[call_id] for call_id in order if call_id in tail]


def sentence(run: Run) -> str:
    """What a paused run says that has said nothing itself; nothing of calls that are to be waited for in silence."""
    wanted = {
        "confirmation": any(e.requires_confirmation and not e.external_execution_silent for e in run.executions),
        "user input": any(e.requires_user_input and not e.external_execution_silent for e in run.executions),
        "execution elsewhere": any(
            e.external_execution_required and not e.external_execution_silent for e in run.executions
        ),
    }
    names = [name for name, is_wanted in wanted.items() if is_wanted]
    return f"Tool calls wait for {' and '.join(names)}." if names else ""
