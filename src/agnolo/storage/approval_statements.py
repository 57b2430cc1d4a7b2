"""The SQL of approvals, apart from `statements.py`, which would grow too long."""

from __future__ import annotations

from agnolo.ports.approvals import ApprovalQuery
from agnolo.storage.executor import Statement
from agnolo.storage.statements import within
from agnolo.vocabulary.approvals import Approval
from agnolo.vocabulary.sessions import Scope

FILTERS = (
    "status", "source_type", "approval_type", "pause_type", "agent_id", "team_id", "workflow_id", "schedule_id",
    "run_id",
)  # fmt: skip
"""Columns to search by; they stand in the payload too."""

TABLES = (
    "CREATE TABLE approvals (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, approval_id TEXT NOT NULL, user_id TEXT,"
    " status TEXT NOT NULL, source_type TEXT NOT NULL, approval_type TEXT, pause_type TEXT NOT NULL, agent_id TEXT,"
    " team_id TEXT, workflow_id TEXT, schedule_id TEXT, run_id TEXT NOT NULL, created_at INTEGER NOT NULL,"
    " payload BLOB NOT NULL)",
    "CREATE UNIQUE INDEX approvals_by_id ON approvals (namespace, approval_id)",
    "CREATE INDEX approvals_by_run ON approvals (namespace, run_id)",
    "CREATE INDEX approvals_by_status ON approvals (namespace, status, created_at)",
)


def insert(scope: Scope, new: Approval, payload: bytes) -> Statement:
    """A new approval. Changes no row when the id is taken."""
    columns = ", ".join(FILTERS)
    marks = ", ".join("?" * len(FILTERS))
    return Statement(
        f"INSERT INTO approvals (namespace, approval_id, user_id, created_at, payload, {columns})"  # noqa: S608 - constants
        f" VALUES (?, ?, ?, ?, ?, {marks}) ON CONFLICT DO NOTHING",
        (
            scope.namespace,
            new.id,
            new.user_id,
            new.created_at,
            payload,
            *(getattr(new, name) for name in FILTERS),
        ),
    )


def approval(scope: Scope, approval_id: str) -> Statement:
    """One approval."""
    mine = within(scope, "approvals.")
    return Statement(
        f"SELECT payload FROM approvals WHERE {mine.sql} AND approval_id = ?",  # noqa: S608 - constants
        (*mine.params, approval_id),
    )


def of_run(scope: Scope, run_id: str) -> Statement:
    """All approvals of a run."""
    mine = within(scope, "approvals.")
    return Statement(
        f"SELECT payload FROM approvals WHERE {mine.sql} AND run_id = ?",  # noqa: S608 - constants
        (*mine.params, run_id),
    )


def _matching(scope: Scope, query: ApprovalQuery) -> Statement:
    mine = within(scope, "approvals.")
    wanted = [(name, value) for name in FILTERS if (value := getattr(query, name)) is not None]
    conditions = [mine.sql, *(f"{name} = ?" for name, _ in wanted)]
    return Statement(" AND ".join(conditions), (*mine.params, *(value for _, value in wanted)))


def approvals(scope: Scope, query: ApprovalQuery) -> Statement:
    """One page, newest first."""
    found = _matching(scope, query)
    return Statement(
        f"SELECT payload FROM approvals WHERE {found.sql} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",  # noqa: S608 - constants
        (*found.params, query.limit, query.limit * (query.page - 1)),
    )


def count(scope: Scope, query: ApprovalQuery) -> Statement:
    """How many match on all pages."""
    found = _matching(scope, query)
    return Statement(f"SELECT count(*) FROM approvals WHERE {found.sql}", found.params)  # noqa: S608 - constants


def update(scope: Scope, changed: Approval, payload: bytes) -> Statement:
    """New status and payload."""
    return Statement(
        "UPDATE approvals SET status = ?, payload = ? WHERE namespace = ? AND approval_id = ?",
        (changed.status, payload, scope.namespace, changed.id),
    )


def delete(scope: Scope, approval_id: str) -> Statement:
    """One approval less, if it is there."""
    mine = within(scope, "approvals.")
    return Statement(
        f"DELETE FROM approvals WHERE {mine.sql} AND approval_id = ?",  # noqa: S608 - constants
        (*mine.params, approval_id),
    )
