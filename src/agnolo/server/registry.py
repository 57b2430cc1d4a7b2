"""Which agents are served, and the stores they keep their sessions in."""

from __future__ import annotations

from collections.abc import Sequence

from agnolo.agent.agent import Agent
from agnolo.ports.store import Store
from agnolo.server.problems import Problem
from agnolo.vocabulary.errors import ConfigurationError


class Registry:
    """Agents by id, stores by id. Fixed once made."""

    def __init__(self, agents: Sequence[Agent], db: Store | None = None) -> None:
        self.agents: dict[str, Agent] = {}
        self.stores: dict[str, Store] = {} if db is None else {db.id: db}
        for agent in agents:
            if db is not None and agent.db is None:
                agent.db = db
            if agent.agent_id in self.agents:
                raise ConfigurationError(f"two agents have the id {agent.agent_id!r}: give one another id or name")
            self.agents[agent.agent_id] = agent
            if agent.db is not None and self.stores.setdefault(agent.db.id, agent.db) is not agent.db:
                raise ConfigurationError(
                    f"two databases have the id {agent.db.id!r}: share one, or give one another id"
                )

    def agent(self, agent_id: str) -> Agent:
        """The agent. Raises 404."""
        agent = self.agents.get(agent_id)
        if agent is None:
            raise Problem(404, "Agent not found")
        return agent

    def store(self, db_id: str | None, component_id: str | None = None) -> Store:
        """The store with this id, else the component's, else the first. Raises 404."""
        if db_id is not None:
            if db_id not in self.stores:
                raise Problem(404, f"No database found with id '{db_id}'")
            return self.stores[db_id]
        agent = self.agents.get(component_id or "")
        if agent is not None and agent.db is not None:
            return agent.db
        for store in self.stores.values():
            return store
        raise Problem(404, "No database found: give an agent db=SqliteDb(...)")
