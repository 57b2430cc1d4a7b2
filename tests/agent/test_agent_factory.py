"""Agents that a function makes for each request."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from agnolo.agent.agent import Agent
from agnolo.agent.factory import (
    AgentFactory,
    FactoryContextRequired,
    FactoryError,
    FactoryPermissionError,
    FactoryValidationError,
    QueuedRequest,
    RequestContext,
    TrustedContext,
)
from agnolo.storage.memory import InMemoryDb
from agnolo.vocabulary.errors import ConfigurationError


class Wish(BaseModel):
    tone: str


class Packed(msgspec.Struct):
    tone: str


def made(ctx: RequestContext) -> Agent:
    return Agent(name=ctx.user_id, instructions=f"Be {ctx.input.tone}")


def test_agent_gets_the_id_and_the_store_of_its_factory() -> None:
    db = InMemoryDb()
    factory = AgentFactory(id="maker", db=db, factory=made, input_schema=Wish)
    agent = factory.resolve(RequestContext(user_id="ada", input={"tone": "kind"}))
    assert (agent.id, agent.name, agent.instructions, agent.db, agent.store_events) == (
        "maker",
        "ada",
        "Be kind",
        db,
        True,
    )


def test_agent_keeps_a_store_of_its_own() -> None:
    own = InMemoryDb()
    factory = AgentFactory(id="maker", db=InMemoryDb(), factory=lambda _: Agent(db=own))
    assert factory.resolve(RequestContext(), Agent).db is own


@pytest.mark.anyio
async def test_async_factory_is_awaited() -> None:
    async def later(ctx: RequestContext) -> Agent:
        return made(ctx)

    factory = AgentFactory(id="maker", db=InMemoryDb(), factory=later, input_schema=Packed)
    context = RequestContext(input='{"tone": "dry"}')
    assert factory.is_async()
    assert (await factory.resolve_async(context)).instructions == "Be dry"
    with pytest.raises(FactoryError, match=r"await invoke_async\(\)"):
        factory.resolve(context)
    plain = AgentFactory(id="maker", db=InMemoryDb(), factory=made, input_schema=Wish)
    assert (await plain.resolve_async(context)).instructions == "Be dry"


@pytest.mark.parametrize("schema", [Wish, Packed])
@pytest.mark.parametrize("given", [None, {}, "[1]", "{", 3, {"tone": 4}])
def test_input_that_does_not_fit_is_refused(schema: Any, given: Any) -> None:
    factory = AgentFactory(id="maker", db=InMemoryDb(), factory=made, input_schema=schema)
    with pytest.raises(FactoryValidationError) as failure:
        factory.validate_input(given)
    assert failure.value.status_code == 400


def test_input_without_a_schema_is_taken_as_it_is() -> None:
    given = object()
    assert AgentFactory(id="maker", db=InMemoryDb(), factory=made).validate_input(given) is given


def test_factory_that_gives_no_agent_is_named() -> None:
    broken: Any = AgentFactory(id="maker", db=InMemoryDb(), factory=lambda _: "no agent")  # type: ignore[arg-type, return-value]
    with pytest.raises(FactoryError, match="'maker' returned str: it must return Agent"):
        broken.resolve(RequestContext())


def test_factory_may_refuse_the_caller() -> None:
    def guarded(ctx: RequestContext) -> Agent:
        if "write" not in ctx.trusted.scopes:
            raise FactoryPermissionError("writers only")
        return Agent()

    factory = AgentFactory(id="maker", db=InMemoryDb(), factory=guarded)
    with pytest.raises(FactoryPermissionError) as failure:
        factory.resolve(RequestContext())
    assert failure.value.status_code == 403
    trusted = TrustedContext(claims={"sub": "ada"}, scopes=frozenset({"write"}))
    assert factory.resolve(RequestContext(trusted=trusted)).id == "maker"


@pytest.mark.parametrize(("id", "db"), [("", InMemoryDb()), ("maker", None)])
def test_factory_needs_an_id_and_a_store(id: str, db: Any) -> None:
    with pytest.raises(ConfigurationError):
        AgentFactory(id=id, db=db, factory=made)


def test_request_that_is_gone_says_so() -> None:
    gone = QueuedRequest()
    assert not gone
    assert not copy.copy(gone)
    with pytest.raises(FactoryContextRequired, match=r"ctx\.request\.headers"):
        _ = gone.headers
