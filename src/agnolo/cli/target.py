"""What a command works on: `module:object`, `file.py:object`, a configuration file, or nothing for the sample."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from agnolo.agent import background
from agnolo.agent.agent import Agent
from agnolo.cli.config import ServerConfig, hint, read
from agnolo.cli.dotenv import load_dotenv
from agnolo.cli.sample import assemble
from agnolo.vocabulary.errors import ConfigurationError

FORMS = "module:object, file.py:object or a .yaml file"


class Target(NamedTuple):
    """What was found. `served` is the user's own AgentOS or ASGI app, which has its own agents."""

    label: str
    agents: list[Agent]
    settings: ServerConfig
    served: Any = None


def load(text: str | None) -> Target:
    """Find and import the target, after reading `.env`. Raises ConfigurationError naming what is wrong and the fix.

    An exception of the user's own module is let through as it is.
    """
    load_dotenv(Path(".env"), os.environ)
    if text is None or text.endswith((".yaml", ".yml")):
        sourced = read(Path(text) if text else None, os.environ)
        return Target(str(sourced.file), assemble(sourced.config), sourced.config.server)
    return _object_target(text, read(None, os.environ).config.server)


def agent_of(target: Target, agent_id: str | None) -> Agent:
    """The agent with this id, or the only one. Raises ConfigurationError naming the ids there are."""
    if not target.agents:
        raise ConfigurationError(f"{target.label!r} has no agents to talk to: name an Agent, not an application")
    if agent_id is None:
        return target.agents[0]
    for agent in target.agents:
        if agent.agent_id == agent_id:
            return agent
    raise ConfigurationError(f"no agent {agent_id!r} in {target.label!r}: {hint(agent_id, _ids(target.agents))}")


@contextmanager
def finished(agents: Sequence[Agent]) -> Generator[None]:
    """On leaving, wait for what goes on after the replies (memory), then close the stores."""
    try:
        yield
    finally:
        background.join_all()
        for store in {id(agent.db): agent.db for agent in agents}.values():
            if store is not None:
                store.close()


def _object_target(text: str, settings: ServerConfig) -> Target:
    where, _, name = text.rpartition(":")
    if not where or not name:
        where, name = text.removesuffix(":"), ""
    module = _import_file(Path(where)) if where.endswith(".py") else _import_module(where, text)
    if not name:
        raise ConfigurationError(f"{text!r} names no object: {_offers(where, module)}")
    if not hasattr(module, name):
        raise ConfigurationError(f"{where!r} has no object {name!r}: {_offers(where, module)}")
    return _target(text, getattr(module, name), settings)


def _target(text: str, found: Any, settings: ServerConfig) -> Target:  # noqa: ANN401 - an object of the user's module
    items: list[Any] = [*found] if type(found) in (list, tuple) else [found]
    if items and all(isinstance(item, Agent) for item in items):
        return Target(text, items, settings)
    if _is_agent_os(found):
        return Target(text, list(found.agents), settings, found)
    if callable(found) and not isinstance(found, type):
        return Target(text, [], settings, found)
    raise ConfigurationError(
        f"{text!r} is of type {type(found).__name__!r}: name an Agent, a list of Agents, an AgentOS or an ASGI app"
    )


def _is_agent_os(found: object) -> bool:
    """Whether it is an AgentOS; if it is, its module is loaded, and else it need not be."""
    home = sys.modules.get("agnolo.server.app")
    return home is not None and isinstance(found, home.AgentOS)


def _import_module(name: str, text: str) -> ModuleType:
    _search(Path.cwd())
    if not all(part.isidentifier() for part in name.split(".")):
        raise ConfigurationError(f"{text!r} is no target: give {FORMS}")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        raise ConfigurationError(f"no module {name!r} in {os.getcwd()!r} or on the path: give {FORMS}") from error


def _import_file(file: Path) -> ModuleType:
    name = f"agnolo_target_{file.stem}"
    spec = util.spec_from_file_location(name, file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise ConfigurationError(f"no file {str(file)!r}: check the path, or give {FORMS}")
    _search(file.resolve().parent)
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise ConfigurationError(f"{error.filename}:{error.lineno} is not valid Python: {error.msg}") from error
    return module


def _search(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _offers(where: str, module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if isinstance(value, Agent) or _is_agent_os(value)]
    return f"try {' or '.join(f'{where}:{name}' for name in names)}" if names else "it defines no Agent and no AgentOS"


def _ids(agents: Sequence[Agent]) -> list[str]:
    return [agent.agent_id for agent in agents]
