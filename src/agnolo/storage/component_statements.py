"""SQL of stored components, as functions that return statements, like `statements.py`, which would grow too long."""

from __future__ import annotations

from collections.abc import Collection

from agnolo.storage.executor import Statement
from agnolo.vocabulary.components import Component, ComponentConfig
from agnolo.vocabulary.sessions import Scope

TABLES = (
    "CREATE TABLE components (namespace TEXT NOT NULL, component_id TEXT NOT NULL, component_type TEXT NOT NULL,"
    " name TEXT, user_id TEXT, description TEXT, current_version INTEGER, metadata BLOB, created_at INTEGER NOT NULL,"
    " updated_at INTEGER, deleted_at INTEGER, PRIMARY KEY (namespace, component_id))",
    "CREATE TABLE component_configs (namespace TEXT NOT NULL, component_id TEXT NOT NULL, version INTEGER NOT NULL,"
    " label TEXT, stage TEXT NOT NULL, notes TEXT, created_at INTEGER NOT NULL, config BLOB NOT NULL,"
    " PRIMARY KEY (namespace, component_id, version))",
    "CREATE UNIQUE INDEX component_configs_by_label ON component_configs (namespace, component_id, label)",
)

_COMPONENT = (
    "component_id, component_type, name, user_id, description, current_version, metadata, created_at, updated_at,"
    " deleted_at"
)
_CONFIG = "component_id, version, label, stage, notes, created_at, config"


def _visible(scope: Scope) -> Statement:
    """The condition on a component that every reading query carries."""
    if scope.user_id is None:
        return Statement("namespace = ?", (scope.namespace,))
    return Statement(
        "namespace = ? AND (user_id = ? OR user_id IS NULL OR (current_version IS NOT NULL AND deleted_at IS NULL))",
        (scope.namespace, scope.user_id),
    )


def component(scope: Scope, component_id: str) -> Statement:
    """One component, archived or not."""
    seen = _visible(scope)
    return Statement(
        f"SELECT {_COMPONENT} FROM components WHERE {seen.sql} AND component_id = ?",  # noqa: S608 - constants
        (*seen.params, component_id),
    )


def owner(scope: Scope, component_id: str) -> Statement:
    """Whose and of what type the component is, and when it was archived, whoever asks."""
    return Statement(
        "SELECT user_id, component_type, deleted_at FROM components WHERE namespace = ? AND component_id = ?",
        (scope.namespace, component_id),
    )


def components(scope: Scope, component_type: str, without: Collection[str]) -> Statement:
    """Those that are not archived, newest first."""
    seen = _visible(scope)
    marks = ", ".join("?" * len(without))
    return Statement(
        f"SELECT {_COMPONENT} FROM components WHERE {seen.sql} AND component_type = ? AND deleted_at IS NULL"  # noqa: S608 - constants and marks
        f" AND component_id NOT IN ({marks}) ORDER BY created_at DESC, component_id",
        (*seen.params, component_type, *without),
    )


def insert(scope: Scope, new: Component, metadata: bytes | None, at: int) -> Statement:
    """A new component."""
    return Statement(
        "INSERT INTO components (namespace, component_id, component_type, name, user_id, description, metadata,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            scope.namespace,
            new.component_id,
            new.component_type,
            new.name or new.component_id,
            scope.user_id,
            new.description,
            metadata,
            at,
        ),
    )


def update(scope: Scope, new: Component, metadata: bytes | None, at: int) -> Statement:
    """What is said of the component now; what is not said stays."""
    return Statement(
        "UPDATE components SET name = coalesce(?, name), description = coalesce(?, description),"
        " metadata = coalesce(?, metadata), updated_at = ? WHERE namespace = ? AND component_id = ?",
        (new.name, new.description, metadata, at, scope.namespace, new.component_id),
    )


def publish(scope: Scope, component_id: str, version: int) -> Statement:
    """The version that is loaded from now on."""
    return Statement(
        "UPDATE components SET current_version = ? WHERE namespace = ? AND component_id = ?",
        (version, scope.namespace, component_id),
    )


def labelled(scope: Scope, component_id: str, label: str) -> Statement:
    """The version that has the label."""
    return Statement(
        "SELECT version FROM component_configs WHERE namespace = ? AND component_id = ? AND label = ?",
        (scope.namespace, component_id, label),
    )


def add_config(scope: Scope, new: ComponentConfig, config: bytes, at: int) -> Statement:
    """A version with the next number."""
    return Statement(
        "INSERT INTO component_configs (namespace, component_id, version, label, stage, notes, created_at, config)"
        " SELECT ?, ?, coalesce(max(version), 0) + 1, ?, ?, ?, ?, ? FROM component_configs"
        " WHERE namespace = ? AND component_id = ?",
        (
            scope.namespace,
            new.component_id,
            new.label,
            new.stage,
            new.notes,
            at,
            config,
            scope.namespace,
            new.component_id,
        ),
    )


def config(scope: Scope, component_id: str, version: int | None, label: str | None) -> Statement:
    """The version, else the one with the label, else the newest."""
    chosen = Statement("", ())
    if version is not None:
        chosen = Statement(" AND version = ?", (version,))
    elif label is not None:
        chosen = Statement(" AND label = ?", (label,))
    return Statement(
        f"SELECT {_CONFIG} FROM component_configs WHERE namespace = ? AND component_id = ?{chosen.sql}"  # noqa: S608 - constants
        " ORDER BY version DESC LIMIT 1",
        (scope.namespace, component_id, *chosen.params),
    )


def archive(scope: Scope, component_id: str, at: int) -> Statement:
    """Set a living component aside."""
    return Statement(
        "UPDATE components SET deleted_at = ?, updated_at = ? WHERE namespace = ? AND component_id = ?"
        " AND deleted_at IS NULL",
        (at, at, scope.namespace, component_id),
    )


def erase(scope: Scope, component_id: str) -> list[Statement]:
    """Delete the versions, then the component."""
    return [
        Statement(f"DELETE FROM {table} WHERE namespace = ? AND component_id = ?", (scope.namespace, component_id))  # noqa: S608 - constants
        for table in ("component_configs", "components")
    ]
