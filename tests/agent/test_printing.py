"""pprint_run_response shows what run() returned; debug_mode tells what a run does."""

from __future__ import annotations

import asyncio

import pytest

from agnolo import Agent, ScriptedModel
from agnolo.agent.console import apprint_run_response, pprint_run_response
from agnolo.providers.scripted import Say


def words(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [word for word in capsys.readouterr().out.split() if word.strip("│╭╰╮╯─")]


def test_an_output_and_a_stream_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    agent = Agent(model=ScriptedModel(["One", "Two", "Three"]))
    pprint_run_response(agent.run("a"))
    assert words(capsys) == ["One"]
    pprint_run_response(agent.run("b", stream=True, yield_run_output=True), markdown=True, show_time=True)
    printed = capsys.readouterr().out
    for part in ("Response", "(0.0s)", "Two"):
        assert part in printed
    pprint_run_response(agent.run("c", stream=True), show_time=True)
    assert words(capsys) == ["Three"]


def test_awaited_outputs_and_streams_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    agent = Agent(model=ScriptedModel(["One", "Two"]))

    async def show() -> None:
        await apprint_run_response(await agent.arun("a"))
        await apprint_run_response(agent.arun("b", stream=True))

    asyncio.run(show())
    assert words(capsys) == ["One", "Two"]


@pytest.mark.usefixtures("own_log")
def test_debug_mode_tells_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    def fail() -> str:
        """Fail."""
        raise ValueError("no")

    told = Agent(
        model=ScriptedModel([Say(calls=[("add", {"a": 1, "b": 2}), ("fail", {})]), "Three"]),
        tools=[add, fail],
        debug_mode=True,
    )
    told.run("1 + 2?", run_id="r")
    lines = [line.removeprefix("DEBUG").strip() for line in capsys.readouterr().out.splitlines()]
    for line in ("1 + 2?", "ToolCallStarted: add({'a': 1, 'b': 2})", "ToolCallCompleted: 3", "Run r has ended"):
        assert line in lines
    assert not [line for line in lines if line.startswith("RunContent:")]


@pytest.mark.usefixtures("own_log")
def test_debug_mode_of_one_call_wins(capsys: pytest.CaptureFixture[str]) -> None:
    Agent(model=ScriptedModel(["One"]), debug_mode=True).run("a", debug_mode=False)
    assert capsys.readouterr().out == ""
    Agent(model=ScriptedModel(["One"]), debug_level=2).run("x" * 3000, stream=False, debug_mode=True)
    told = capsys.readouterr().out
    assert ("x" * 3000 in told, "RunContent" in told) == (True, True)
