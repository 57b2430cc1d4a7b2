"""Approvals over an Executor: for runs by the port, and for programs by plain methods under the reference's names."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, TypedDict, Unpack

from agnolo.ports.approvals import ApprovalPage, ApprovalQuery
from agnolo.storage import approving
from agnolo.storage.executor import Executor
from agnolo.vocabulary.approvals import Approval
from agnolo.vocabulary.codec import builtins, dumps
from agnolo.vocabulary.sessions import Scope


class ApprovalFilter(TypedDict, total=False):
    """Which approvals get_approvals lists."""

    status: str | None
    source_type: str | None
    approval_type: str | None
    pause_type: str | None
    agent_id: str | None
    team_id: str | None
    workflow_id: str | None
    schedule_id: str | None
    run_id: str | None
    limit: int
    page: int


class SqlApprovals:
    """See `agnolo.ports.approvals.Approvals` for what methods of the port promise. Plain ones wait for the store."""

    _executor: Executor

    # ---- the port

    def save_approval(self, scope: Scope, approval: Approval) -> Future[Approval]:
        """Add one."""
        payload = dumps(approval)
        return self._executor.write(lambda tx: approving.save(tx, scope, approval, payload))

    def find_approval(self, scope: Scope, approval_id: str) -> Future[Approval | None]:
        """The approval, or None."""
        return self._executor.read(lambda tx: approving.find(tx, scope, approval_id))

    def find_approvals(self, scope: Scope, query: ApprovalQuery) -> Future[ApprovalPage]:
        """One page."""
        approving.check_query(query)
        return self._executor.read(lambda tx: approving.listed(tx, scope, query))

    def change_approval(
        self, scope: Scope, approval_id: str, changes: Mapping[str, Any], *, expected: str | None = None
    ) -> Future[Approval | None]:
        """Change some of it."""
        approving.check_changes(changes)
        told = builtins(dict(changes))
        return self._executor.write(lambda tx: approving.change(tx, scope, approval_id, told, expected))

    def remove_approval(self, scope: Scope, approval_id: str) -> Future[bool]:
        """Delete one."""
        return self._executor.write(lambda tx: approving.remove(tx, scope, approval_id))

    def mark_approvals(self, scope: Scope, run_id: str, run_status: str) -> Future[int]:
        """Say where the run stands."""
        return self._executor.write(lambda tx: approving.mark(tx, scope, run_id, run_status))

    # ---- for programs

    def create_approval(self, approval_data: Mapping[str, Any]) -> dict[str, Any]:
        """Add an approval, given by its fields, and return it."""
        approval = Approval.from_dict(approval_data)
        return self.save_approval(Scope(user_id=approval.user_id), approval).result().to_dict()

    def get_approval(self, approval_id: str) -> dict[str, Any] | None:
        """The approval, or None."""
        return _shown(self.find_approval(Scope(), approval_id).result())

    def get_approvals(
        self, *, user_id: str | None = None, **wanted: Unpack[ApprovalFilter]
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of approvals, newest first, and how many there are on all pages."""
        page = self.find_approvals(Scope(user_id=user_id), ApprovalQuery(**wanted)).result()
        return [approval.to_dict() for approval in page.rows], page.total

    def update_approval(
        self, approval_id: str, expected_status: str | None = None, **changes: Any
    ) -> dict[str, Any] | None:
        """Change an approval, most of all its status; None if there is none, or it has not the expected status.

        Raises ConfigurationError for what it is about, which stays, and for a status that does not exist.
        """
        return _shown(self.change_approval(Scope(), approval_id, changes, expected=expected_status).result())

    def delete_approval(self, approval_id: str) -> bool:
        """Delete an approval; False if there was none."""
        return self.remove_approval(Scope(), approval_id).result()

    def get_pending_approval_count(self, user_id: str | None = None) -> int:
        """How many wait for a decision."""
        return self.find_approvals(Scope(user_id=user_id), ApprovalQuery(status="pending", limit=1)).result().total

    def update_approval_run_status(self, run_id: str, run_status: str) -> int:
        """Say where a run stands in all its approvals; how many there are."""
        return self.mark_approvals(Scope(), run_id, run_status).result()


def _shown(approval: Approval | None) -> dict[str, Any] | None:
    return None if approval is None else approval.to_dict()
