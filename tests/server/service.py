"""A served agent for the tests of the server, and a model that speaks when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from agnolo.agent.agent import Agent
from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, OutputStrategy, TextDelta
from agnolo.ports.store import Store
from agnolo.providers.scripted import Answer, Say, ScriptedModel
from agnolo.server.app import AgentOS
from agnolo.server.settings import Settings

RUNS = "/agents/main-agent/runs"
HELLO = "Hello from the fake model."


class Cued:
    """Says the words a test puts in, one piece each, until `end`; an exception put in is raised."""

    id = "cued"
    name = "Cued"
    provider = "Test"
    loop_bound = True

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        return "native"

    def __init__(self) -> None:
        self._cues: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        self.asked = asyncio.Event()

    def say(self, *pieces: str | Exception) -> None:
        for piece in pieces:
            self._cues.put_nowait(piece)

    def end(self) -> None:
        self._cues.put_nowait(None)

    async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        self.asked.set()
        said: list[str] = []
        while (piece := await self._cues.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            said.append(piece)
            if request.stream:
                yield TextDelta(piece)
        yield ModelReply(content="".join(said))


def get_weather(city: str) -> str:
    """Get weather"""
    return f"Sunny in {city}"


def scripted(*replies: Answer) -> ScriptedModel:
    return ScriptedModel(list(replies) or [HELLO], loop=True)


WEATHER: Sequence[Answer] = (Say(calls=[("get_weather", {"city": "Paris"})]), "Tool said: Sunny in Paris")


def agent(model: Any = None, *, db: Store | None = None, **options: Any) -> Agent:
    options = {"description": "Main test agent", "instructions": "Be brief.", "add_history_to_context": True} | options
    return Agent(id="main-agent", name="Main Agent", model=model or scripted(), db=db, tools=[get_weather], **options)


def service(model: Any = None, *, db: Store | None = None, options: Any = None, **settings: Any) -> Any:
    """The ASGI application of one agent."""
    return system(agent(model, db=db, **(options or {})), **settings).get_app()


def system(*agents: Agent, **settings: Any) -> AgentOS:
    return AgentOS(
        agents=agents or [agent()], name="Test OS", description="desc", version="0.1", settings=Settings(**settings)
    )
