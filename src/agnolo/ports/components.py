"""The seam to stored components: agents and the like under their ids, in numbered versions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from agnolo.ports.runtime import Pending
from agnolo.vocabulary.components import Component, ComponentConfig, ComponentType
from agnolo.vocabulary.sessions import Scope


class Components(Protocol):
    """What a store keeps of components. A scope's user sees own ones, those of nobody, and what is published."""

    def to_dict(self) -> dict[str, Any]:
        """How to find this store again: id, type and place. No passwords."""
        ...

    def save_component(self, scope: Scope, component: Component, config: ComponentConfig) -> Pending[ComponentConfig]:
        """Add a version, whose number and time the store gives; a published one becomes the current one.

        Raises ComponentArchivedError, and ConfigurationError for a label that another version has, for a component of
        another type, and for another user's.
        """
        ...

    def get_component(self, scope: Scope, component_id: str) -> Pending[Component | None]:
        """The component, or None if there is none or it is archived."""
        ...

    def list_components(
        self, scope: Scope, component_type: ComponentType, *, without: Collection[str] = ()
    ) -> Pending[list[Component]]:
        """All that are not archived, newest first."""
        ...

    def get_component_config(
        self, scope: Scope, component_id: str, *, version: int | None = None, label: str | None = None
    ) -> Pending[ComponentConfig | None]:
        """This version, else the one with this label, else the current one, else the newest; None if there is none."""
        ...

    def delete_component(self, scope: Scope, component_id: str, *, hard: bool = False) -> Pending[bool]:
        """Archive it, or with `hard` delete it with all versions; False if there was nothing to delete."""
        ...
