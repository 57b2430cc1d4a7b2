"""Saved agents of a store by id, and all of them."""

from __future__ import annotations

import logging
from collections.abc import Collection

from agnolo.agent.agent import Agent
from agnolo.agent.registry import Registry
from agnolo.agent.shelf import Wanted, load
from agnolo.ports.store import Store
from agnolo.vocabulary.components import ComponentRehydrationError
from agnolo.vocabulary.sessions import Scope

log = logging.getLogger("agnolo")


def get_agent_by_id(
    db: Store,
    id: str,
    version: int | None = None,
    label: str | None = None,
    registry: Registry | None = None,
    user_id: str | None = None,
    strict: bool = False,  # noqa: FBT001, FBT002 - the reference's signature
    published_only: bool = True,  # noqa: FBT001, FBT002 - the reference's signature
) -> Agent | None:
    """The saved agent, or None; `user_id` sees own agents, those of nobody, and published ones. Raises as load()."""
    wanted = Wanted(id=id, label=label, version=version, published_only=published_only)
    return load(Agent, db, wanted, registry, Scope(user_id=user_id), strict=strict)


def get_agents(
    db: Store,
    registry: Registry | None = None,
    exclude_component_ids: Collection[str] | None = None,
    user_id: str | None = None,
) -> list[Agent]:
    """All saved agents, newest first, those with missing tools too. One whose model can't be made is left out, with
    its name in the log.
    """
    scope = Scope(user_id=user_id)
    agents: list[Agent] = []
    for component in db.list_components(scope, "agent", without=exclude_component_ids or ()).result():
        try:
            found = load(Agent, db, Wanted(id=component.component_id), registry, scope, strict=False)
        except ComponentRehydrationError as error:
            log.error("the saved agent %r is left out: %s", component.component_id, error)
            continue
        agents += [found] if found is not None else []
    return agents
