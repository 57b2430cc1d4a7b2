"""The two frameworks under one set of names: where each keeps its four classes, and the bench agent made of them.

Read by both interpreters, so it imports the standard library only, and little of it. Adjust Agnolo's paths here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal, NamedTuple

Name = Literal["reference", "agnolo"]

PACKAGE: dict[Name, str] = {"reference": "agno", "agnolo": "agnolo"}
PLACES: dict[Name, dict[str, str]] = {
    "reference": {
        "Agent": "agno.agent",
        "OpenAIChat": "agno.models.openai",
        "SqliteDb": "agno.db.sqlite",
        "AgentOS": "agno.os",
    },
    "agnolo": dict.fromkeys(("Agent", "OpenAIChat", "SqliteDb", "AgentOS"), "agnolo"),
}
_SERVER_OPTIONS: dict[Name, dict[str, Any]] = {"reference": {"id": "bench-os", "telemetry": False}, "agnolo": {}}


class Kit(NamedTuple):
    """A framework's four classes."""

    Agent: Any
    OpenAIChat: Any
    SqliteDb: Any
    AgentOS: Any
    server_options: dict[str, Any]


def load(name: Name) -> Kit:
    """Imports the classes; raises ImportError or AttributeError when the framework lacks one."""
    os.environ["AGNO_TELEMETRY"] = "false"
    classes = {wanted: getattr(import_module(place), wanted) for wanted, place in PLACES[name].items()}
    return Kit(**classes, server_options=_SERVER_OPTIONS[name])


def bench_agent(
    kit: Kit,
    base_url: str,
    *,
    model: str = "mock",
    db_file: str | None = None,
    tools: list[Callable[..., str]] | None = None,
) -> Any:
    """The agent every scenario uses; with a database file it keeps sessions and sends their history."""
    return kit.Agent(
        id="bench",
        name="bench",
        model=kit.OpenAIChat(id=model, base_url=base_url, api_key="x"),
        db=kit.SqliteDb(db_file=db_file) if db_file else None,
        tools=tools,
        instructions="You are a helpful assistant.",
        add_history_to_context=db_file is not None,
        telemetry=False,
    )


def bench_app(kit: Kit, base_url: str, db_file: str) -> Any:
    """The ASGI application with the one agent "bench"."""
    agent = bench_agent(kit, base_url, db_file=db_file)
    return kit.AgentOS(agents=[agent], **kit.server_options).get_app()
