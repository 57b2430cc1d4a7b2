"""What stands on record about the calls that a paused run waits with: it decides on them, whatever else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from agnolo.engine import approvals
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.approvals import Approval, ApprovalPendingError
from agnolo.vocabulary.errors import ApprovalMismatchError
from agnolo.vocabulary.requirements import RunRequirement

if TYPE_CHECKING:
    from agnolo.agent.continuation import Continuation


async def decisions(run: Run, call: Continuation, at: Runtime) -> list[RunRequirement]:
    """All decisions: those of the call, and over them those on record.

    A rejection on record holds against what the call says. Raises ApprovalPendingError for an approval that nobody has
    decided, if the call decides nothing or may not decide; ApprovalMismatchError for one of another call.
    """
    given = {one.id: one for one in call.decisions(run.requirements)}
    pending: list[str] = []
    for requirement in approvals.awaited(run) if run.plan.store is not None else ():
        approval = await _found(run, requirement, at)
        told = given.get(requirement.id)
        if approval is None or approval.status not in ("approved", "rejected"):
            pending.append(_wait(requirement, approval))
            if call.only_on_record:
                given.pop(requirement.id, None)
        elif approval.status == "rejected" or told is None or call.only_on_record or not told.is_resolved():
            given[requirement.id] = _applied(requirement if told is None else told, approval)
            _show(run, approval)
    if pending and (call.only_on_record or not any(one.is_resolved() for one in given.values())):
        raise ApprovalPendingError(f"run {run.plan.origin.run_id!r} waits for {'; '.join(pending)}")
    return list(given.values())


async def _found(run: Run, requirement: RunRequirement, at: Runtime) -> Approval | None:
    approval_id = requirement.tool_execution.approval_id
    if approval_id is None or run.plan.store is None:
        return None
    approval = await at.wait(run.plan.store.find_approval(run.plan.scope, approval_id))
    if approval is not None and not approvals.holds_for(approval, run, requirement):
        execution = requirement.tool_execution
        raise ApprovalMismatchError(
            f"approval {approval_id!r} was not asked for {execution.tool_name}({execution.tool_args}) of run "
            f"{run.plan.origin.run_id!r}: it holds for the call and the arguments that were shown"
        )
    return approval


def _wait(requirement: RunRequirement, approval: Approval | None) -> str:
    execution = requirement.tool_execution
    what = f"an approval of {execution.tool_name}({execution.tool_args})"
    if approval is None:
        return f"{what}, and there is none on record"
    return f"{what}: approval {approval.id!r} is {approval.status}, resolve it first"


def _applied(requirement: RunRequirement, approval: Approval) -> RunRequirement:
    """The requirement as it is decided on record."""
    execution, more = requirement.tool_execution, approval.resolution_data or {}
    if approval.status == "rejected":
        refused = replace(execution, confirmed=False, confirmation_note=more.get("note") or execution.confirmation_note)
        return replace(requirement, tool_execution=refused, confirmation=False)
    values = more.get("values", more)
    fields = [replace(field, value=values.get(field.name, field.value)) for field in execution.user_input_schema or ()]
    decided: dict[str, Any] = {"user_input_schema": fields} if fields else {}
    if fields and all(field.value is not None for field in fields):
        decided["answered"] = True
    if execution.requires_confirmation:
        decided["confirmed"] = True
    if execution.external_execution_required and "result" in more:
        decided["result"] = more["result"]
    return replace(
        requirement,
        tool_execution=replace(execution, **decided),
        confirmation=decided.get("confirmed"),
        user_input_schema=None,
        external_execution_result=decided.get("result", requirement.external_execution_result),
    )


def _show(run: Run, approval: Approval) -> None:
    """Let hooks and the output see the record, as metadata["approval"]; of several the first."""
    known = run.plan.metadata or {}
    run.plan = replace(run.plan, metadata={"approval": approval.to_dict(), **known})
