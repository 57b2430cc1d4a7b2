"""The seam to approvals on record. A scope's user sees own ones; in the open mode all are seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from agnolo.ports.runtime import Pending
from agnolo.vocabulary.approvals import Approval
from agnolo.vocabulary.sessions import Scope


class ApprovalQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which approvals to list: newest first; `page` counts from 1."""

    status: str | None = None
    source_type: str | None = None
    approval_type: str | None = None
    pause_type: str | None = None
    agent_id: str | None = None
    team_id: str | None = None
    workflow_id: str | None = None
    schedule_id: str | None = None
    run_id: str | None = None
    limit: int = 100
    page: int = 1


class ApprovalPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page and the count of all matches."""

    rows: list[Approval]
    total: int


class Approvals(Protocol):
    """What a store keeps of approvals. Those of a run are added by the commit that ends its attempt."""

    def save_approval(self, scope: Scope, approval: Approval) -> Pending[Approval]:
        """Add one. Raises ConfigurationError for an id that is taken."""
        ...

    def find_approval(self, scope: Scope, approval_id: str) -> Pending[Approval | None]:
        """The approval, or None."""
        ...

    def find_approvals(self, scope: Scope, query: ApprovalQuery) -> Pending[ApprovalPage]:
        """One page. Raises ConfigurationError for one that does not exist."""
        ...

    def change_approval(
        self, scope: Scope, approval_id: str, changes: Mapping[str, Any], *, expected: str | None = None
    ) -> Pending[Approval | None]:
        """Change some of CHANGEABLE; None if there is none, or it has not the `expected` status.

        Raises ConfigurationError for other fields, and for a status that does not exist.
        """
        ...

    def remove_approval(self, scope: Scope, approval_id: str) -> Pending[bool]:
        """Delete one; False if there was none."""
        ...

    def mark_approvals(self, scope: Scope, run_id: str, run_status: str) -> Pending[int]:
        """Say where the run stands in all its approvals; how many there are."""
        ...
