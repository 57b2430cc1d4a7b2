"""Components as stored, agents, teams and workflows in their versions, and what goes wrong with them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from agnolo.vocabulary.errors import AgnoloError, ConfigurationError

ComponentType = Literal["agent", "team", "workflow"]
Stage = Literal["draft", "published"]


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored under one id. `current_version` is the published version that is loaded; None: only drafts.

    Times are Unix seconds. One that has `deleted_at` is archived: its id stays taken, and nothing is added to it.
    """

    component_id: str
    component_type: ComponentType
    name: str | None = None
    user_id: str | None = None
    description: str | None = None
    current_version: int | None = None
    metadata: dict[str, Any] | None = None
    created_at: int = 0
    updated_at: int | None = None
    deleted_at: int | None = None


class ComponentConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a component. Versions count from 1 and are never used twice; a label names one of them."""

    component_id: str
    version: int
    config: dict[str, Any]
    stage: Stage = "draft"
    label: str | None = None
    notes: str | None = None
    created_at: int = 0


class ComponentRehydrationError(AgnoloError):
    """A stored component refers to something that is not at hand: a tool, a schema, a model, a database."""

    error_type = "component_rehydration_error"
    status_code = 422


class ComponentArchivedError(ConfigurationError):
    """The component was deleted; its id stays taken until it is deleted for good."""

    error_type = "component_archived_error"
    status_code = 409
