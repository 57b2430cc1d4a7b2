"""Tools that a function gives for each run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agnolo.agent.agent import Agent
from agnolo.engine import factories
from agnolo.ports.toolkit import Toolkit
from agnolo.providers.scripted import Say, ScriptedModel
from agnolo.storage.memory import InMemoryDb
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.runs import RunContext, RunStatus


def near() -> str:
    """Look near."""
    return "near"


def far() -> str:
    """Look far."""
    return "far"


class Closing(Toolkit):
    """Counts how often it is closed."""

    def __init__(self) -> None:
        self.closed = 0
        super().__init__("closing", [near])

    def close(self) -> None:
        self.closed += 1


class AsyncClosing(Closing):
    """Is closed by the async way if it can be."""

    async def aclose(self) -> None:
        self.closed += 10


def agent_of(tools: Callable[..., Any], **options: Any) -> Agent:
    return Agent(model=ScriptedModel(["Seen"] * 9), tools=tools, **options)


def test_factory_gets_what_it_names_and_its_tools_are_called() -> None:
    def given(agent: Agent, session_state: dict[str, Any]) -> list[Any]:
        return [near] if (agent.name, session_state["role"]) == ("Scout", "scout") else [far]

    model = ScriptedModel([Say(calls=[("near", {})]), "Seen"])
    agent = Agent(name="Scout", model=model, tools=given)
    told = agent.run("Look", session_state={"role": "scout"})
    assert [(one.tool_name, one.result) for one in told.tools or ()] == [("near", "near")]
    assert agent.get_tools() == []


@pytest.mark.anyio
async def test_factory_may_be_async() -> None:
    async def given() -> tuple[Any, ...]:
        return (far,)

    agent = Agent(model=ScriptedModel([Say(calls=[("far", {})]), "Seen"] * 2), tools=given)
    told = await agent.arun("Look", user_id="ada")
    assert [one.result for one in told.tools or ()] == ["far"]


def test_tools_are_kept_for_a_user_and_else_for_a_session() -> None:
    asked: list[str | None] = []

    def given(run_context: RunContext) -> list[Any]:
        asked.append(run_context.user_id or run_context.session_id)
        return [near]

    agent = agent_of(given)
    for user, session in (("ada", "s-1"), ("ada", "s-2"), (None, "s-3"), (None, "s-3"), ("bob", "s-1")):
        agent.run("Go", user_id=user, session_id=session)
    assert asked == ["ada", "s-3", "bob"]


def test_key_of_the_user_decides_and_none_keeps_nothing() -> None:
    asked: list[str] = []

    def given() -> list[Any]:
        asked.append("again")
        return [near]

    async def key(session_state: dict[str, Any]) -> str | None:
        return session_state.get("tenant")

    agent = agent_of(given, callable_tools_cache_key=key)
    for state in ({"tenant": "north"}, {"tenant": "north"}, {}, {}):
        agent.run("Go", session_state=state)
    assert len(asked) == 3
    agent = agent_of(given, cache_callables=False)
    agent.run("Go", session_id="s")
    agent.run("Go", session_id="s")
    assert len(asked) == 5


def test_no_more_than_a_bound_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factories, "KEPT", 2)
    agent = agent_of(lambda: [near])
    for user in ("ada", "bob", "eve"):
        agent.run("Go", user_id=user)
    assert list(factories.kept(agent)) == ["bob", "eve"]


def test_factory_may_give_nothing_but_not_something_else() -> None:
    assert agent_of(lambda: None).run("Go").content == "Seen"
    told = agent_of(lambda: "near").run("Go")
    assert told.status is RunStatus.error
    assert told.content == "a factory of tools must return a list or tuple, not str"


def test_failing_factory_ends_the_run_with_its_error() -> None:
    def given() -> list[Any]:
        raise LookupError("no such tenant")

    told = agent_of(given).run("Go")
    assert (told.status, told.content) == (RunStatus.error, "no such tenant")


def test_run_that_goes_on_asks_the_factory_again() -> None:
    def broken() -> list[Any]:
        raise LookupError("not yet")

    db, model = InMemoryDb(), ScriptedModel([Say(calls=[("near", {})]), "Seen"])
    agent = Agent(model=model, tools=broken, db=db, cache_callables=False)
    failed = agent.run("Go", session_id="s")
    agent.set_tools(lambda: [near])
    told = agent.continue_run(str(failed.run_id), session_id="s")
    assert (told.status, told.content) == (RunStatus.completed, "Seen")


def test_tools_of_a_factory_are_not_added_to() -> None:
    agent = agent_of(lambda: [near])
    with pytest.raises(ConfigurationError, match=r"use set_tools\(\)"):
        agent.add_tool(far)
    agent.set_tools([far])
    assert [tool.name for tool in agent.get_tools()] == ["far"]


@pytest.mark.parametrize("tools", [Toolkit, Closing()])
def test_one_tool_in_place_of_a_list_is_refused(tools: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"is no list: write tools=\[...\]"):
        Agent(tools=tools).get_tools()


@pytest.mark.anyio
async def test_what_factories_gave_is_forgotten_and_closed_once() -> None:
    plain, mixed = Closing(), AsyncClosing()

    def given() -> list[Any]:
        return [plain, mixed, near]

    async def asked(agent: Agent) -> None:
        for user in ("ada", "bob"):
            await agent.arun("Go", user_id=user)

    agent = agent_of(given)
    await asked(agent)
    agent.clear_callable_cache("knowledge", close=True)
    assert (len(factories.kept(agent)), plain.closed) == (2, 0)
    await agent.aclear_callable_cache(close=True)
    assert (len(factories.kept(agent)), plain.closed, mixed.closed) == (0, 1, 10)
    await asked(agent)
    agent.clear_callable_cache("tools", close=True)
    assert (plain.closed, mixed.closed) == (2, 11)
    await asked(agent)
    agent.clear_callable_cache()
    assert (len(factories.kept(agent)), plain.closed) == (0, 2)
    kind: Any = "members"
    with pytest.raises(ConfigurationError, match="kind='members'"):
        agent.clear_callable_cache(kind)
