"""What type checkers make of an agent: `make types` reads this file with pyright and mypy. It is not run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Generator
from dataclasses import dataclass
from typing import Any, TypedDict, assert_type

from agnolo import Agent, RunContext, RunOutput, ScriptedModel
from agnolo.vocabulary.events import RunEventBase


@dataclass
class Weather:
    """A value that a model fills in."""

    city: str
    degrees: float


class Shop(TypedDict):
    """What tools depend on."""

    currency: str


MODEL = ScriptedModel(["Hello."])

typed = Agent(model=MODEL, output_schema=Weather)
assert_type(typed.run("Paris?").content, Weather)
assert_type(typed.run("Paris?"), RunOutput[Weather])
assert_type(typed.arun("Paris?"), Awaitable[RunOutput[Weather]])
assert_type(typed.run("Paris?", stream=True), Generator[RunEventBase | RunOutput[Weather], None, None])
assert_type(typed.arun("Paris?", stream=True), AsyncGenerator[RunEventBase | RunOutput[Weather], None])
assert_type(typed.continue_run("r").content, Weather)

listed = Agent(model=MODEL, output_schema=list[Weather])
assert_type(listed.run("All?").content, list[Weather])

plain = Agent(model=MODEL)
assert_type(plain.run("Hello").content, Any)

described = Agent(model=MODEL, output_schema={"type": "object", "properties": {}})
assert_type(described.run("Hello").content, Any)

said = Agent[Shop, Weather](model=MODEL, dependencies={"currency": "EUR"}, output_schema=Weather)
assert_type(said, Agent[Shop, Weather])
assert_type(said.run("Paris?").content.degrees, float)


def price(amount: float, run_context: RunContext[Shop]) -> str:
    """A tool that knows what it depends on."""
    assert run_context.dependencies is not None
    assert_type(run_context.dependencies, Shop)
    return f"{amount} {run_context.dependencies['currency']}"


def serves(agent: Agent) -> str | None:
    """A function that takes any agent."""
    return agent.name


serves(said)
serves(plain)
