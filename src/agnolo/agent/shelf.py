"""Finding saved agents in a store, whatever class they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from agnolo.agent.registry import Registry
from agnolo.ports.store import Store
from agnolo.vocabulary.sessions import Scope

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of a saved agent."""

    id: str
    label: str | None = None
    version: int | None = None
    published_only: bool = False


def load(
    kind: type[Agent], db: Store, wanted: Wanted, registry: Registry | None, scope: Scope, *, strict: bool
) -> Agent | None:
    """The saved agent as one of `kind`, or None. Raises ComponentRehydrationError."""
    component = db.get_component(scope, wanted.id).result()
    chosen = wanted.version is not None or wanted.label is not None
    if component is None or (wanted.published_only and not chosen and component.current_version is None):
        return None
    row = db.get_component_config(scope, wanted.id, version=wanted.version, label=wanted.label).result()
    if row is None:
        return None
    stored: dict[str, Any] = row.config.get("db") or {}
    # The store at hand is used for what was saved in it: a second one on the same file would be one too many.
    own = stored.get("id") in (None, db.id)
    config = {name: value for name, value in row.config.items() if name != "db"} if own else row.config
    agent = kind.from_dict(config, registry=registry, strict=strict)
    agent.id = wanted.id
    if agent.db is None:
        agent.db = db
    return agent
