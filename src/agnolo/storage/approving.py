"""Units of work on approvals. Each runs inside one transaction, so that of two who decide at once one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agnolo.ports.approvals import ApprovalPage, ApprovalQuery
from agnolo.storage import approval_statements as statements
from agnolo.storage.executor import Row, Transaction
from agnolo.vocabulary.approvals import CHANGEABLE, STATUSES, Approval
from agnolo.vocabulary.codec import decode, dumps
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.sessions import Scope


def check_query(query: ApprovalQuery) -> None:
    """Raise ConfigurationError for a page that does not exist."""
    if query.page < 1 or query.limit < 1:
        raise ConfigurationError(f"page {query.page!r} of {query.limit!r} approvals does not exist: both count from 1")


def check_changes(changes: Mapping[str, Any]) -> None:
    """Raise ConfigurationError for what can't be changed, and for a status that does not exist."""
    if wrong := sorted(changes.keys() - CHANGEABLE):
        raise ConfigurationError(
            f"{', '.join(wrong)} of an approval can't be changed: it holds for what was asked; "
            f"these can: {', '.join(sorted(CHANGEABLE))}"
        )
    try:
        Approval.from_dict({"id": "", "run_id": "", "session_id": "", **changes})
    except msgspec.ValidationError as error:
        hint = f"use one of {', '.join(STATUSES)}" if "status" in str(error) else "times are Unix seconds"
        raise ConfigurationError(f"{dict(changes)!r} does not fit an approval: {error}; {hint}") from error


def save(tx: Transaction, scope: Scope, approval: Approval, payload: bytes) -> Approval:
    """Add one."""
    if not tx.run(statements.insert(scope, approval, payload)):
        raise ConfigurationError(f"there is an approval {approval.id!r} already: give another id")
    return approval


def settle(tx: Transaction, scope: Scope, run_id: str, made: Sequence[Approval], run_status: str) -> None:
    """Add what an attempt at a run asks for or puts on record, unless it is there, and say where the run stands."""
    for approval in made:
        tx.run(statements.insert(scope, approval, dumps(approval)))
    mark(tx, scope, run_id, run_status)


def find(tx: Transaction, scope: Scope, approval_id: str) -> Approval | None:
    """The approval, or None."""
    row = tx.one(statements.approval(scope, approval_id))
    return None if row is None else _read(row)


def listed(tx: Transaction, scope: Scope, query: ApprovalQuery) -> ApprovalPage:
    """One page and the count of all."""
    counted = tx.one(statements.count(scope, query))
    rows = [_read(row) for row in tx.all(statements.approvals(scope, query))]
    return ApprovalPage(rows=rows, total=counted[0] if counted else 0)


def change(
    tx: Transaction, scope: Scope, approval_id: str, changes: Mapping[str, Any], expected: str | None
) -> Approval | None:
    """The approval with the changes; None if there is none, or it has not the expected status."""
    known = find(tx, scope, approval_id)
    if known is None or expected not in (None, known.status):
        return None
    return _put(tx, scope, msgspec.structs.replace(known, **changes, updated_at=now()))


def mark(tx: Transaction, scope: Scope, run_id: str, run_status: str) -> int:
    """Say where the run stands in all its approvals."""
    known = [_read(row) for row in tx.all(statements.of_run(scope, run_id))]
    for approval in known:
        _put(tx, scope, msgspec.structs.replace(approval, run_status=run_status, updated_at=now()))
    return len(known)


def remove(tx: Transaction, scope: Scope, approval_id: str) -> bool:
    """Delete one."""
    return tx.run(statements.delete(scope, approval_id)) > 0


def _put(tx: Transaction, scope: Scope, approval: Approval) -> Approval:
    tx.run(statements.update(scope, approval, dumps(approval)))
    return approval


def _read(row: Row) -> Approval:
    return decode(row[0], Approval)
