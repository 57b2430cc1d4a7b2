"""Stored components over an Executor."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future

from agnolo.storage import shelving
from agnolo.storage.executor import Executor
from agnolo.vocabulary.codec import dumps
from agnolo.vocabulary.components import Component, ComponentConfig, ComponentType
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.sessions import Scope


class SqlComponents:
    """See `agnolo.ports.components.Components` for what each method promises."""

    _executor: Executor

    def save_component(self, scope: Scope, component: Component, config: ComponentConfig) -> Future[ComponentConfig]:
        """Add a version."""
        payload, at = dumps(config.config), now()
        return self._executor.write(lambda tx: shelving.save(tx, scope, component, config, payload, at))

    def get_component(self, scope: Scope, component_id: str) -> Future[Component | None]:
        """The component, or None."""
        return self._executor.read(lambda tx: shelving.get(tx, scope, component_id))

    def list_components(
        self, scope: Scope, component_type: ComponentType, *, without: Collection[str] = ()
    ) -> Future[list[Component]]:
        """All that are not archived, newest first."""
        left_out = sorted(without)
        return self._executor.read(lambda tx: shelving.listed(tx, scope, component_type, left_out))

    def get_component_config(
        self, scope: Scope, component_id: str, *, version: int | None = None, label: str | None = None
    ) -> Future[ComponentConfig | None]:
        """One version, or None."""
        return self._executor.read(
            lambda tx: shelving.get_config(tx, scope, component_id, version=version, label=label)
        )

    def delete_component(self, scope: Scope, component_id: str, *, hard: bool = False) -> Future[bool]:
        """Archive it, or delete it for good."""
        at = now()
        return self._executor.write(lambda tx: shelving.delete(tx, scope, component_id, at, hard=hard))
