"""Approvals on record: made when a run waits for one, and when a decision is only put on record.

They are committed with the end of the attempt: no run waits without its approval, and none is kept of what did not end.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from agnolo.engine import pause
from agnolo.engine.state import Run
from agnolo.ports.approval import ApprovalType
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.approvals import Approval, ApprovalStatus
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.runs import RunStatus


def request(run: Run, at: Runtime) -> None:
    """One approval for all calls of this pause that need one and have none. They are marked with its id."""
    waiting = [one for one in run.requirements if _wants_approval(one.tool_execution)]
    if not waiting or run.plan.store is None:
        return
    approval = _drafted(run, at, waiting[0].tool_execution, ApprovalType.required, "pending")
    beside = [one for one in run.requirements if one.tool_execution.approval_type is None and not one.is_resolved()]
    approval.requirements = [one.to_dict() for one in run.requirements if one in waiting or one in beside]
    approval.context = _context(run, [one.tool_execution for one in waiting])
    approval.bound = [_bound(run, one.tool_execution) for one in waiting]
    approval.id, approval.run_status = at.new_id(), RunStatus.paused.value
    run.approvals.append(approval)
    asked = {one.tool_execution.tool_call_id for one in waiting}
    for execution in (*run.executions, *(one.tool_execution for one in waiting)):
        if execution.tool_call_id in asked and _wants_approval(execution):
            execution.approval_id = approval.id


def of_attempt(run: Run, at: Runtime, status: RunStatus) -> Sequence[Approval] | None:
    """What the end of this attempt puts on record; None if nothing of the run needs approval."""
    if not any(execution.approval_type for execution in run.executions):
        return None
    return [*(run.approvals if status is RunStatus.paused else ()), *_audits(run, at)]


def awaited(run: Run) -> list[RunRequirement]:
    """Those of the run that wait for an approval and are not decided in its journal."""
    return [
        one
        for one in run.requirements
        if one.tool_execution.is_paused
        and one.tool_execution.approval_type == ApprovalType.required
        and one.tool_execution.tool_call_id not in run.decisions
    ]


def holds_for(approval: Approval, run: Run, requirement: RunRequirement) -> bool:
    """Whether the approval was asked for this call of this run with these arguments."""
    return _bound(run, requirement.tool_execution) in approval.bound


def _wants_approval(execution: ToolExecution) -> bool:
    required = execution.approval_type == ApprovalType.required
    return required and execution.is_paused and execution.approval_id is None


def _audits(run: Run, at: Runtime) -> list[Approval]:
    """The decisions that are put on record. Made again by a later attempt, they have the same ids."""
    made: list[Approval] = []
    for execution in run.executions:
        if execution.approval_type != ApprovalType.audit or execution.is_paused:
            continue
        status: ApprovalStatus = "rejected" if execution.confirmed is False else "approved"
        audit = _drafted(run, at, execution, ApprovalType.audit, status)
        audit.context = _context(run, [execution])
        audit.bound = [_bound(run, execution)]
        audit.id = str(UUID(hex=pause.digest(audit.bound[0], str(len(made)), None, None)[:32]))
        audit.resolved_at = audit.created_at
        made.append(audit)
    return made


def _drafted(run: Run, at: Runtime, execution: ToolExecution, kind: str, status: ApprovalStatus) -> Approval:
    origin = run.plan.origin
    return Approval(
        id="",
        run_id=origin.run_id,
        session_id=origin.session_id,
        status=status,
        source_type=origin.kind,
        approval_type=str(kind),
        pause_type=_pause_type(execution),
        tool_name=execution.tool_name,
        tool_args=execution.tool_args,
        agent_id=origin.id,
        user_id=run.plan.scope.user_id,
        source_name=origin.name,
        created_at=int(at.time()),
    )


def _pause_type(execution: ToolExecution) -> str:
    if execution.requires_user_input is not None:
        return "user_input"
    return "confirmation" if execution.external_execution_required is None else "external_execution"


def _context(run: Run, executions: Sequence[ToolExecution]) -> dict[str, object]:
    """What a page of approvals shows of it."""
    name = run.plan.origin.name
    named = {} if name is None else {"source_name": name}
    return {"tool_names": [execution.tool_name for execution in executions], **named}


def _bound(run: Run, execution: ToolExecution) -> str:
    return pause.digest(run.plan.origin.run_id, execution.tool_call_id, execution.tool_name, execution.tool_args)
