"""Toolkits with a connection: opened before the model is asked, closed when the run ends, shared by others."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, Limits, RunOutput, RunStatus, ScriptedModel, Toolkit
from agnolo.agent.compose import Call, new_run
from agnolo.engine import cancel, connections
from agnolo.ports.runtime import CancelToken
from agnolo.providers.scripted import Say
from agnolo.runtime.bridge import drive
from agnolo.runtime.clock import virtual_time
from agnolo.runtime.inline import InlineRuntime
from agnolo.vocabulary.errors import ModelOverloadedError
from tests.engine import ways

DIAL = Say(calls=[("dial", {"number": "117"})])
EVERY_WAY = [*ways.WHOLE.values(), *ways.STREAMED.values()]


class Line(Toolkit):
    _requires_connect = True

    def __init__(self, told: list[str], *, fault: Exception | None = None, **options: Any) -> None:
        super().__init__(name="line", tools=[self.dial], **options)
        self.told, self.fault = told, fault
        self.open = False

    def connect(self) -> None:
        self.told.append("connect")
        if self.fault is not None:
            raise self.fault
        self.open = True

    def close(self) -> None:
        self.told.append("close")
        self.open = False

    def dial(self, number: str) -> str:
        """Dial a number."""
        self.told.append("dial")
        assert self.open
        return f"dialled {number}"


@pytest.mark.parametrize("way", EVERY_WAY)
def test_a_toolkit_is_connected_before_the_model_is_asked_and_closed_after(way: ways.Way) -> None:
    told: list[str] = []

    def asked(_: object) -> Say:
        told.append("model")
        return DIAL

    _, output = way(Agent(model=ScriptedModel([asked, "Done."]), tools=[Line(told), Line([])]), "Dial 117")
    assert (output.status, told) == (RunStatus.completed, ["connect", "model", "dial", "close"])


def test_a_toolkit_that_requires_nothing_is_left_alone() -> None:
    line = Line([])
    line._requires_connect = False
    assert Agent(model=ScriptedModel(["Done."]), tools=[line, Toolkit()]).run("Wait").status is RunStatus.completed
    assert (line.requires_connect, line.told) == (False, [])
    assert Toolkit().connect() is None
    assert Toolkit().close() is None


def test_toolkits_that_a_function_gives_are_connected_too() -> None:
    told: list[str] = []
    line = Line(told)
    Agent(model=ScriptedModel([DIAL, "Done."]), tools=lambda: [line, line]).run("Dial 117")
    assert told == ["connect", "dial", "close"]


def ended_early(line: Line) -> None:
    stream = Agent(model=ScriptedModel(["A long answer"]), tools=[line]).run("Wait", stream=True)
    next(stream)
    stream.close()


def ended_early_on_a_loop(line: Line) -> None:
    async def whole() -> None:
        stream = Agent(model=ScriptedModel(["A long answer"]), tools=[line]).arun("Wait", stream=True)
        await anext(stream)
        await stream.aclose()

    asyncio.run(whole())


def failed(line: Line) -> None:
    output = Agent(model=ScriptedModel([ModelOverloadedError("busy")]), tools=[line]).run("Wait")
    assert output.status is RunStatus.error


def cancelled_by_id(line: Line) -> None:
    def asked(_: object) -> str:
        Agent.cancel_run("r-line")
        return "Never said"

    output = Agent(model=ScriptedModel([asked]), tools=[line]).run("Wait", run_id="r-line")
    assert output.status is RunStatus.cancelled


def cancelled_from_outside(line: Line) -> None:
    async def whole() -> None:
        waiting = asyncio.Event()

        async def wait() -> str:
            """Wait."""
            waiting.set()
            await asyncio.Event().wait()
            return ""

        agent = Agent(model=ScriptedModel([Say(calls=[("wait", {})])]), tools=[line, wait])
        task = asyncio.ensure_future(agent.arun("Wait"))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(whole())


def out_of_time(line: Line) -> None:
    with virtual_time() as clock:

        def slow(_: object) -> Say:
            clock.advance(20)
            return DIAL

        output = Agent(model=ScriptedModel([slow]), tools=[line], limits=Limits(max_seconds=10)).run("Wait")
    assert output.status is not RunStatus.completed


@pytest.mark.parametrize(
    "end", [failed, cancelled_by_id, cancelled_from_outside, ended_early, ended_early_on_a_loop, out_of_time]
)
def test_a_toolkit_is_closed_however_the_run_ends(end: Any) -> None:
    line = Line([])
    end(line)
    assert line.told == ["connect", "close"]


@pytest.mark.parametrize("way", ways.WHOLE.values())
def test_a_toolkit_is_closed_while_the_run_waits_and_connected_when_it_goes_on(way: ways.Way) -> None:
    told: list[str] = []
    line = Line(told, requires_confirmation_tools=["dial"])
    agent = Agent(model=ScriptedModel([DIAL, "Done."]), tools=[line], db=InMemoryDb(), session_id="s")
    _, paused = way(agent, "Dial 117")
    assert (paused.status, told) == (RunStatus.paused, ["connect", "close"])
    paused.active_requirements[0].confirm()
    assert agent.continue_run(paused).status is RunStatus.completed
    assert told == ["connect", "close", "connect", "dial", "close"]


@pytest.mark.parametrize("way", ways.WHOLE.values())
def test_a_toolkit_that_cannot_connect_ends_the_run_before_the_model_is_asked(way: ways.Way) -> None:
    model, first, last = ScriptedModel(["Never said"]), Line([]), Line([], fault=OSError("no line"))
    last.functions = {}
    agent = Agent(model=model, tools=[first, last], store_events=True)
    _, output = way(agent, "Dial 117")
    assert (output.status, output.content) == (
        RunStatus.error,
        "toolkit 'line' could not connect: OSError: no line",
    )
    assert output.events is not None and output.events[-1].to_dict()["error_type"] == "toolkit_connection_error"
    assert (model.requests, first.told, last.told) == ([], ["connect", "close"], ["connect"])


def test_a_typed_failure_to_connect_stays_what_it_is() -> None:
    line = Line([], fault=ModelOverloadedError("busy"))
    assert Agent(model=ScriptedModel(["Never said"]), tools=[line]).run("Wait").content == "busy"


def test_an_async_connect_is_refused_with_what_to_do() -> None:
    class Late(Line):
        async def close(self) -> None:  # type: ignore[override]  # the mistake that is refused
            """Too late."""

    output = Agent(model=ScriptedModel(["Never said"]), tools=[Late([])]).run("Wait")
    assert output.content == "close of toolkit 'line' is async, and sync runs call it too: make it plain"


def test_a_toolkit_that_cannot_be_closed_is_logged_and_costs_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Stuck(Line):
        def close(self) -> None:
            raise OSError("still busy")

    with caplog.at_level(logging.WARNING, "agnolo"):
        output = Agent(model=ScriptedModel(["Done."]), tools=[Stuck([])]).run("Wait")
    assert (output.status, caplog.messages) == (
        RunStatus.completed,
        ["toolkit 'line' could not be closed: OSError: still busy"],
    )


def test_runs_that_overlap_share_a_connection() -> None:
    told: list[str] = []
    line = Line(told)

    async def whole() -> list[RunOutput]:
        met = asyncio.Barrier(3)

        async def meet() -> str:
            """Wait for the others."""
            await met.wait()
            return "met"

        def agent() -> Agent:
            replies = [Say(calls=[("meet", {})]), DIAL, "Done."]
            return Agent(model=ScriptedModel(replies), tools=[line, meet])

        return await asyncio.gather(*(agent().arun("Meet") for _ in range(3)))

    outputs = asyncio.run(whole())
    assert [output.status for output in outputs] == [RunStatus.completed] * 3
    assert (told.count("connect"), told.count("close"), told[-1]) == (1, 1, "close")


def test_a_run_begun_inside_another_shares_its_connection() -> None:
    told: list[str] = []
    line = Line(told)
    inner = Agent(model=ScriptedModel([DIAL, "Done."]), tools=[line])

    def ask() -> str:
        """Ask the other agent."""
        return str(inner.run("Dial 117").content)

    outer = Agent(model=ScriptedModel([Say(calls=[("ask", {})]), DIAL, "Done."]), tools=[line, ask])
    assert outer.run("Ask").status is RunStatus.completed
    assert told == ["connect", "dial", "dial", "close"]


def test_a_run_cancelled_while_it_connects_leaves_nothing_open() -> None:
    connecting, go = threading.Event(), threading.Event()

    class Slow(Line):
        def connect(self) -> None:
            connecting.set()
            assert go.wait(10)
            super().connect()

    line = Slow([])

    async def whole() -> RunOutput:
        agent = Agent(model=ScriptedModel(["Never"]), tools=[line])
        task = asyncio.ensure_future(agent.arun("Wait", run_id="r-slow"))
        await asyncio.to_thread(connecting.wait, 10)
        Agent.cancel_run("r-slow")
        go.set()
        return await task

    output = asyncio.run(whole())
    assert (output.status, line.told) == (RunStatus.cancelled, ["connect", "close"])


def test_a_run_given_up_before_its_turn_connects_nothing() -> None:
    line = Line([])
    run = new_run(Agent(model=ScriptedModel([]), tools=[line]), Call(input="Wait"), InlineRuntime())

    class GivenUp(InlineRuntime):
        async def call(self, token: CancelToken, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
            await connections.close(run, InlineRuntime())
            return await super().call(token, fn, *args, **options)

    drive(connections.connect(run, GivenUp()))
    cancel.release(run.token)
    assert (line.told, run.connected) == ([], [])
