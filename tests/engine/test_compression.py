"""Tool results made shorter before they are sent again."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, Message, ScriptedModel, SqliteDb
from agnolo.agent.compression import CompressionManager
from agnolo.ports.options import Limits
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ModelConnectionError
from tests.engine import ways

LOOK = Say(calls=[("look", {"at": "sea"})])


def look(at: str) -> str:
    """Look somewhere."""
    return f"a long story of the {at}"


def agent_with(replies: list[Any], short: list[Any], *, limit: int = 1, **options: Any) -> Agent:
    manager = CompressionManager(model=ScriptedModel(short, id="short"), compress_tool_results_limit=limit)
    return Agent(**{"model": ScriptedModel(replies), "tools": [look], "compression_manager": manager, **options})


def sent(agent: Agent) -> list[list[str]]:
    """The tool results of each request."""
    model: Any = agent.model
    return [[m.text() for m in request.messages if m.role == "tool"] for request in model.requests]


def asked(agent: Agent) -> list[str]:
    manager: Any = agent.compression_manager
    return [request.messages[-1].text() for request in manager.model.requests]


def kept(messages: list[Message]) -> list[tuple[Any, str | None]]:
    return [(m.content, m.compressed_content) for m in messages if m.role == "tool"]


@pytest.mark.parametrize("way", ways.STREAMED.values(), ids=ways.STREAMED.keys())
def test_each_round_tells_what_it_shortened_and_the_manager_has_the_totals(way: ways.Way) -> None:
    agent = agent_with([LOOK, LOOK, "water"], ["blue", "still blue"])
    events, output = way(agent, "what is there?")
    told: list[Any] = [e for e in events if e.event.startswith("Compression")]
    assert [e.event for e in told] == ["CompressionStarted", "CompressionCompleted"] * 2
    size = len("a long story of the sea")
    assert told[1].own_fields() == {"tool_results_compressed": 1, "original_size": size, "compressed_size": 4}
    assert told[3].own_fields() == {"tool_results_compressed": 1, "original_size": size, "compressed_size": 10}
    names = ways.names(events)
    assert names[names.index("CompressionStarted") - 1 : names.index("CompressionStarted") + 3] == [
        "ToolCallCompleted", "CompressionStarted", "CompressionCompleted", "ModelRequestStarted",
    ]  # fmt: skip
    assert sent(agent) == [[], ["blue"], ["blue", "still blue"]]
    assert kept(output.messages) == [("a long story of the sea", "blue"), ("a long story of the sea", "still blue")]
    metrics: Any = output.metrics
    assert sorted(metrics.details) == ["compression_model", "model"]
    manager: Any = agent.compression_manager
    assert manager.stats == {"tool_results_compressed": 2, "original_size": 2 * size, "compressed_size": 14}


def test_the_tool_call_itself_tells_the_whole_result() -> None:
    output = agent_with([LOOK, "water"], ["blue"]).run("what is there?")
    assert [tool.result for tool in output.tools or ()] == ["a long story of the sea"]


def test_results_wait_until_there_are_enough_and_then_all_are_shortened() -> None:
    both = Say(calls=[("look", {"at": "sea"}), ("look", {"at": "sky"})])
    for way in (ways.run, ways.arun):
        agent = agent_with([both, LOOK, "all of it"], ["1", "2", "3"], limit=3)
        way(agent, "what is there?")
        first, second, third = sent(agent)
        assert first == []
        assert second == ["a long story of the sea", "a long story of the sky"]
        assert sorted(third) == ["1", "2", "3"]
        assert sorted(asked(agent))[0] == "What the tool look returned:\na long story of the sea"


def test_the_flag_alone_uses_the_agents_model_from_three_results_on() -> None:
    three = Say(calls=[("look", {"at": at}) for at in ("sea", "sky", "land")])
    agent = Agent(model=ScriptedModel([three, "1", "2", "3", "done"]), tools=[look], compress_tool_results=True)
    assert agent.run("what is there?").content == "done"
    assert sent(agent)[-1] == ["1", "2", "3"]


def test_a_manager_that_is_off_shortens_nothing() -> None:
    manager = CompressionManager(compress_tool_results=False)
    agent = agent_with([LOOK, "water"], [], compression_manager=manager, compress_tool_results=True)
    agent.run("what is there?")
    messages = [Message(role="tool", content="long")]
    manager.compress(messages)
    assert (sent(agent)[-1], kept(messages)) == (["a long story of the sea"], [("long", None)])
    assert not manager.should_compress(messages * 9)


@pytest.mark.parametrize(("limit", "expected"), [(20, ["blue"]), (10_000, ["a long story of the sea"])])
def test_tokens_may_be_the_limit(limit: int, expected: list[str]) -> None:
    manager = CompressionManager(model=ScriptedModel(["blue"]), compress_token_limit=limit)
    agent = agent_with([LOOK, "water"], [], compression_manager=manager)
    agent.run("what is there?")
    assert sent(agent)[-1] == expected


def test_beyond_the_limit_of_tokens_nothing_is_told_when_there_is_no_result_to_shorten() -> None:
    manager = CompressionManager(model=ScriptedModel([]), compress_token_limit=1)
    events, _ = ways.run_stream(agent_with(["hi"], [], compression_manager=manager), "hello")
    assert not [e for e in events if e.event.startswith("Compression")]


def test_a_result_that_cannot_be_shortened_is_sent_whole_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    agent = agent_with([LOOK, LOOK, "water"], [ModelConnectionError("no model"), "", "blue"])
    with caplog.at_level(logging.WARNING, "agnolo"):
        events, output = ways.run_stream(agent, "what is there?")
    whole = "a long story of the sea"
    assert sent(agent) == [[], [whole], [whole, "blue"]]
    assert kept(output.messages) == [(whole, None), (whole, "blue")]
    first: Any = next(e for e in events if e.event == "CompressionCompleted")
    assert (first.tool_results_compressed, first.original_size) == (0, 0)
    assert [r.getMessage() for r in caplog.records] == ["the result of look could not be shortened: no model"]


def test_a_run_cancelled_while_results_are_shortened_is_stored_valid(tmp_path: Path) -> None:
    def cancel(_: object) -> str:
        Agent.cancel_run("r")
        return "blue"

    agent = agent_with([LOOK, "water"], [cancel, "blue"], db=SqliteDb(tmp_path / "a.db"), session_id="s")
    assert agent.run("what is there?", run_id="r").status == "CANCELLED"
    output = agent.continue_run("r", session_id="s")
    assert (output.status, output.content) == ("COMPLETED", "water")


def test_the_limits_of_the_run_bind_what_is_shortened_too() -> None:
    both = Say(calls=[("look", {"at": "sea"}), ("look", {"at": "sky"})])
    agent = agent_with([both, "never"], ["1", "never"], limits=Limits(max_model_requests=2))
    output = asyncio.run(_awaited(agent))
    assert output.status == "ERROR"
    assert "max_model_requests=2" in output.content
    assert asked(agent) == ["What the tool look returned:\na long story of the sea"]
    within = agent_with([LOOK, "water"], ["blue"], limits=Limits(max_model_requests=3))
    assert within.run("what is there?").content == "water"


async def _awaited(agent: Agent) -> Any:
    return await agent.arun("what is there?")


def test_what_was_shortened_is_stored_and_sent_as_history(tmp_path: Path) -> None:
    options: dict[str, Any] = {"session_id": "s", "add_history_to_context": True}
    first = agent_with([LOOK, "water"], ["blue"], db=SqliteDb(tmp_path / "a.db"), **options)
    first.run("what is there?")
    again = agent_with(["as I said"], [], db=SqliteDb(tmp_path / "a.db"), **options)
    again.run("say it again")
    assert sent(again) == [["blue"]]
    assert kept(again.get_session_messages("s")) == [("a long story of the sea", "blue")]
    plain = Agent(model=ScriptedModel(["in full"]), db=SqliteDb(tmp_path / "a.db"), **options)
    plain.run("say it in full")
    assert sent(plain) == [["a long story of the sea"]]


def test_results_of_earlier_runs_are_shortened_once() -> None:
    options: dict[str, Any] = {"session_id": "s", "add_history_to_context": True, "db": InMemoryDb()}
    Agent(model=ScriptedModel([LOOK, "water"]), tools=[look], **options).run("what is there?")
    agent = agent_with(["as I said", "once more"], ["blue"], **options)
    agent.run("say it again")
    agent.run("and again")
    assert sent(agent) == [["blue"], ["blue"]]
    assert kept(agent.get_session_messages("s")) == [("a long story of the sea", None)]


def test_a_run_that_goes_on_sends_what_was_shortened_before(tmp_path: Path) -> None:
    agent = agent_with([LOOK, LOOK, RuntimeError("cut"), "water"], ["blue", "grey"], db=SqliteDb(tmp_path / "a.db"))
    broken = agent.run("what is there?", session_id="s")
    assert agent.continue_run(broken.run_id, session_id="s").content == "water"
    assert sent(agent)[-1] == ["blue", "grey"]
    assert len(asked(agent)) == 2
