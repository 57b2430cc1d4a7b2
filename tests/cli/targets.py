"""Agents for the command line's tests to find."""

import os
import signal
from typing import Any

from agnolo.agent.agent import Agent
from agnolo.providers.scripted import Say, ScriptedModel
from agnolo.server.app import AgentOS
from agnolo.storage.memory import InMemoryDb
from agnolo.vocabulary.errors import ModelAuthenticationError


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def interrupt() -> str:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)
    return "pressed"


def fall() -> str:
    """Fail."""
    raise LookupError("nothing there")


clerk = Agent(name="Clerk", model=ScriptedModel(["Hello from\nthe clerk."], loop=True))
adder = Agent(
    name="Adder",
    model=ScriptedModel([Say(text="Let me see.", calls=[("add", {"a": 2, "b": 3})]), "It is 5."], loop=True),
    tools=[add],
)
stumbler = Agent(name="Stumbler", model=ScriptedModel([Say(calls=[("fall", {})]), "Sorry."], loop=True), tools=[fall])
locked = Agent(name="Locked", model=ScriptedModel([ModelAuthenticationError("no key: set OPENAI_API_KEY")], loop=True))
interrupted = Agent(
    name="Interrupted",
    model=ScriptedModel([Say(text="One moment.", calls=[("interrupt", {})]), "Never said."], loop=True),
    tools=[interrupt],
)
thinker = Agent(name="Thinker", model=ScriptedModel([Say(text="42", reasoning="Six times seven.")], loop=True))
traveller = Agent(name="Traveller", model=ScriptedModel(["Bom dia ☀"], loop=True))
typed = Agent(
    name="Typed",
    model=ScriptedModel(['{"sum": 5}'], loop=True),
    output_schema={"title": "Sum", "type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]},
)
remembering = Agent(
    name="Remembering",
    model=ScriptedModel([lambda request: f"I see {len(request.messages)} messages."], loop=True),
    db=InMemoryDb(),
    add_history_to_context=True,
)
several = [clerk, adder]
number = 3


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A bare ASGI application."""
    if scope["type"] == "lifespan":
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"bare"})


operating_system = AgentOS(agents=[clerk])
