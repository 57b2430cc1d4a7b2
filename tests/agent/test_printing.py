"""pprint_run_response shows what run() returned; debug_mode tells what a run does."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec
import pytest

from agnolo import Agent, Message, ScriptedModel
from agnolo.agent.console import apprint_run_response, pprint_run_response
from agnolo.providers.scripted import Say


class Topic(msgspec.Struct):
    """What is talked about."""

    name: str


def words(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [word for word in capsys.readouterr().out.split() if word.strip("│╭╰╮╯─")]


def test_an_output_and_a_stream_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    agent = Agent(model=ScriptedModel(["One", "Two", "Three"]))
    pprint_run_response(agent.run("a"))
    assert words(capsys) == ["One"]
    pprint_run_response(agent.run("b", stream=True, yield_run_output=True), markdown=True, show_time=True)
    printed = capsys.readouterr().out
    assert re.search(r"Response.*\(\d+\.\ds\)", printed, re.DOTALL)
    assert "Two" in printed
    pprint_run_response(agent.run("c"), show_time=True)
    assert words(capsys) == ["Three"]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"topic": "tea"}, ["{", '"topic":', '"tea"', "}"]),
        ({"role": "user", "content": "fields"}, ["fields"]),
        ([Message(role="user", content="one"), Message(role="assistant", content="no"), "two"], ["one", "two"]),
        (Topic(name="tea"), ["{", '"name":', '"tea"', "}"]),
    ],
)
def test_inputs_and_answers_that_are_no_text_are_printed_as_messages_or_json(
    asked: Any, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    agent = Agent(model=ScriptedModel(['{"name": "oolong"}']), output_schema=Topic)
    agent.print_response(asked)
    printed = words(capsys)
    assert printed[1 : 1 + len(shown)] == shown
    assert printed[-4:] == ["{", '"name":', '"oolong"', "}"]


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
