"""Units of work on stored components. Each runs inside one transaction, so that no two savings get one number."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from agnolo.storage import component_statements as statements
from agnolo.storage.executor import Row, Transaction
from agnolo.vocabulary.codec import dumps, loads
from agnolo.vocabulary.components import Component, ComponentArchivedError, ComponentConfig
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import Scope


def save(
    tx: Transaction, scope: Scope, component: Component, config: ComponentConfig, payload: bytes, at: int
) -> ComponentConfig:
    """Add a version to a component, which is made if there is none."""
    name = component.component_id
    metadata = None if component.metadata is None else dumps(component.metadata)
    if _is_new(tx, scope, component):
        tx.run(statements.insert(scope, component, metadata, at))
    else:
        tx.run(statements.update(scope, component, metadata, at))
    if config.label is not None and (taken := tx.one(statements.labelled(scope, name, config.label))):
        raise ConfigurationError(f"label {config.label!r} is version {taken[0]} of {name!r}: give another label")
    tx.run(statements.add_config(scope, config, payload, at))
    saved = get_config(tx, scope, name, newest=True)
    assert saved is not None
    if saved.stage == "published":
        tx.run(statements.publish(scope, name, saved.version))
    return saved


def _is_new(tx: Transaction, scope: Scope, component: Component) -> bool:
    """Whether there is none yet. Raises for one that can't be added to."""
    found = tx.one(statements.owner(scope, component.component_id))
    if found is None:
        return True
    user_id, kind, deleted_at = found
    if scope.user_id is not None and user_id != scope.user_id:
        raise ConfigurationError(f"there is no component {component.component_id!r} of this user to add a version to")
    if deleted_at is not None:
        raise ComponentArchivedError(
            f"component {component.component_id!r} was deleted: save under another id, or delete it with"
            " hard_delete=True first"
        )
    if kind != component.component_type:
        raise ConfigurationError(
            f"component {component.component_id!r} is of type {kind!r}: save under another id than that"
        )
    return False


def get(tx: Transaction, scope: Scope, component_id: str) -> Component | None:
    """The component, unless it is archived."""
    found = tx.one(statements.component(scope, component_id))
    read = None if found is None else _component(found)
    return None if read is None or read.deleted_at is not None else read


def listed(tx: Transaction, scope: Scope, component_type: str, without: Collection[str]) -> list[Component]:
    """All that are not archived."""
    return [_component(row) for row in tx.all(statements.components(scope, component_type, without))]


def get_config(
    tx: Transaction,
    scope: Scope,
    component_id: str,
    *,
    version: int | None = None,
    label: str | None = None,
    newest: bool = False,
) -> ComponentConfig | None:
    """A version of a component that is not archived; without a number or a label the current one, else the newest."""
    component = get(tx, scope, component_id)
    if component is None:
        return None
    if version is None and label is None and not newest:
        version = component.current_version
    row = tx.one(statements.config(scope, component_id, version, label))
    return None if row is None else _config(row)


def delete(tx: Transaction, scope: Scope, component_id: str, at: int, *, hard: bool) -> bool:
    """Archive or erase; only the owner's, if the scope has a user."""
    found = tx.one(statements.owner(scope, component_id))
    if found is None or (scope.user_id is not None and found[0] != scope.user_id):
        return False
    if not hard:
        return tx.run(statements.archive(scope, component_id, at)) > 0
    for statement in statements.erase(scope, component_id):
        tx.run(statement)
    return True


def _component(row: Row) -> Component:
    fields = dict[str, Any](zip(Component.__struct_fields__, row, strict=True))
    if fields["metadata"] is not None:
        fields["metadata"] = loads(fields["metadata"])
    return Component(**fields)


def _config(row: Row) -> ComponentConfig:
    component_id, version, label, stage, notes, created_at, config = row
    return ComponentConfig(
        component_id=component_id,
        version=version,
        label=label,
        stage=stage,
        notes=notes,
        created_at=created_at,
        config=loads(config),
    )
