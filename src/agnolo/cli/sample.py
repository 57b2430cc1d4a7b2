"""From a configuration to agents: names of models and tools become objects."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from agnolo.agent.agent import Agent
from agnolo.cli.agent_config import AgentConfig
from agnolo.cli.config import Config, hint
from agnolo.ports.store import Store
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import ConfigurationError

TOOLS: dict[str, Callable[[], Any]] = {
    "current_time": lambda: import_module("agnolo.tools.clock").get_current_time,
    "calculator": lambda: import_module("agnolo.tools.calculator").CalculatorTools(),
}
"""Tools that a configuration can name."""


def open_store(config: Config) -> Store:
    """The configured store; no file is touched yet."""
    return SqliteDb(config.database.path)


def assemble(config: Config) -> list[Agent]:
    """All configured agents over one store. Raises ConfigurationError for an unknown model or tool."""
    store = open_store(config)
    return [_agent(agent, store) for agent in config.agents]


def _agent(wanted: AgentConfig, store: Store) -> Agent:
    tools = [_tool(name, wanted.id) for name in wanted.tools]
    return Agent(id=wanted.id, tools=tools, db=store, **wanted.chosen())


def _tool(name: str, agent_id: str) -> Any:  # noqa: ANN401 - a toolkit or a function
    if name not in TOOLS:
        raise ConfigurationError(f"agent {agent_id!r} names the unknown tool {name!r}: {hint(name, list(TOOLS))}")
    return TOOLS[name]()
