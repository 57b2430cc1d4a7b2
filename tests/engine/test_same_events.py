"""One engine: every way to run tells the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agnolo import Agent, InMemoryDb, RunStatus, ScriptedModel
from agnolo.engine.cancel import cancel
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ModelOverloadedError
from agnolo.vocabulary.events import RunContentEvent
from agnolo.vocabulary.media import Audio, Image
from tests.engine import ways


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def broken(reason: str) -> str:
    """Always fails."""
    raise ValueError(reason)


SCENARIOS: dict[str, tuple[list[object], list[str]]] = {
    "plain": (
        ["Hello there friend"],
        [
            "RunStarted",
            "ModelRequestStarted",
            "RunContent",
            "ModelRequestCompleted",
            "RunContentCompleted",
            "RunCompleted",
        ],
    ),
    "one tool": (
        [Say(text="Adding. ", calls=[("add", {"a": 1, "b": 2})]), "It is 3."],
        [
            *["RunStarted", "ModelRequestStarted", "RunContent", "ModelRequestCompleted"],
            *["ToolCallStarted", "ToolCallCompleted"],
            *["ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
        ],
    ),
    "an async tool": (
        [Say(calls=[("multiply", {"a": 3, "b": 4})]), "It is 12."],
        [
            *["RunStarted", "ModelRequestStarted", "ModelRequestCompleted", "ToolCallStarted", "ToolCallCompleted"],
            *["ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
        ],
    ),
    "a failing tool": (
        [Say(calls=[("broken", {"reason": "no luck"})]), "Sorry."],
        [
            *["RunStarted", "ModelRequestStarted", "ModelRequestCompleted"],
            *["ToolCallStarted", "ToolCallCompleted", "ToolCallError"],
            *["ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
        ],
    ),
    "an unknown tool and broken arguments": (
        [Say(calls=[("nope", {}), ("add", '{"a": 1')]), "Sorry."],
        [
            *["RunStarted", "ModelRequestStarted", "ModelRequestCompleted"],
            *["ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
        ],
    ),
    "arguments that do not fit": (
        [Say(calls=[("add", {"a": "many", "b": 2})]), "Sorry."],
        [
            *["RunStarted", "ModelRequestStarted", "ModelRequestCompleted"],
            *["ToolCallStarted", "ToolCallCompleted", "ToolCallError"],
            *["ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
        ],
    ),
    "a model that fails": ([RuntimeError("wires cut")], ["RunStarted", "ModelRequestStarted", "RunError"]),
    "a model that fails while it speaks": (
        [Say(text="Half of", error=RuntimeError("wires cut"))],
        ["RunStarted", "ModelRequestStarted", "RunContent", "RunError"],
    ),
    "another model after a failure": (
        [ModelOverloadedError("busy")],
        [
            *["RunStarted", "ModelRequestStarted", "ModelRequestStarted", "RunContent", "ModelRequestCompleted"],
            *["RunContentCompleted", "RunCompleted"],
        ],
    ),
    "an answer that has to be given again": (
        ['{"town": "Oslo"}', '{"name": "Oslo"}'],
        [
            *["RunStarted", "ModelRequestStarted", "ModelRequestCompleted", "ModelRequestStarted"],
            *["RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"],
        ],
    ),
    "a picture and a spoken answer": (
        [Say(text="Look.", images=[Image(content=b"png", id="i")], audio=[Audio(content=b"wav", transcript="Look.")])],
        [
            *["RunStarted", "ModelRequestStarted", "RunContent", "RunContent", "RunContent", "ModelRequestCompleted"],
            *["RunContentCompleted", "RunCompleted"],
        ],
    ),
}


class Town(msgspec.Struct):
    name: str


def options(replies: list[object]) -> dict[str, Any]:
    """What the scenario of these replies needs besides."""
    if isinstance(replies[0], ModelOverloadedError):
        return {"fallback_models": [ScriptedModel(["From another model."], id="other")]}
    return {"output_schema": Town} if isinstance(replies[0], str) and replies[0].startswith("{") else {}


def make(replies: list[object]) -> Agent:
    model = ScriptedModel(replies)  # pyright: ignore[reportArgumentType] - a mixed script
    tools = [add, multiply, broken]
    return Agent(name="Same", model=model, tools=tools, db=InMemoryDb(), store_events=True, **options(replies))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_streamed_way_tells_the_same_events(scenario: str) -> None:
    replies, expected = SCENARIOS[scenario]
    results = {name: way(make(replies), "go") for name, way in ways.STREAMED.items()}
    first_events, first_output = results["run-stream"]
    assert ways.names(first_events) == expected
    for events, output in results.values():
        assert ways.told(events) == ways.told(first_events)
        assert [m.content for m in output.messages] == [m.content for m in first_output.messages]
        assert output.status == first_output.status


# A model that is not asked to stream says nothing before it fails.
@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if "while it speaks" not in s])
@pytest.mark.parametrize("way", ways.WHOLE)
def test_a_whole_run_is_the_streamed_one_consumed(scenario: str, way: str) -> None:
    replies, expected = SCENARIOS[scenario]
    streamed, streamed_output = ways.run_stream(make(replies), "go")
    events, output = ways.WHOLE[way](make(replies), "go")
    assert ways.names(events) == [name for name in expected if name != "RunContent"]
    assert ways.told(events) == [e for e in ways.told(streamed) if e["event"] != "RunContent"]
    assert output.content == streamed_output.content
    assert [(m.role, m.content) for m in output.messages] == [(m.role, m.content) for m in streamed_output.messages]


@pytest.mark.parametrize("way", ways.STREAMED)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_events_are_numbered_end_once_and_add_up_to_the_content(way: str, scenario: str) -> None:
    events, output = ways.STREAMED[way](make(SCENARIOS[scenario][0]), "go")
    assert [event.index for event in events] == list(range(len(events)))
    terminal = [e.event for e in events if e.event in ("RunCompleted", "RunError", "RunCancelled")]
    assert terminal == [events[-1].event]
    if output.status is RunStatus.completed and output.content_type == "str":
        assert "".join(e.content or "" for e in events if isinstance(e, RunContentEvent)) == output.content


def test_parallel_tools_start_together_when_async_and_one_by_one_when_sync() -> None:
    replies = [Say(calls=[("add", {"a": 1, "b": 2}), ("multiply", {"a": 3, "b": 4})]), "done"]
    sync, _ = ways.run_stream(make(replies), "go")
    concurrent, output = ways.arun_stream(make(replies), "go")
    started, completed = "ToolCallStarted", "ToolCallCompleted"
    assert [n for n in ways.names(sync) if "Tool" in n] == [started, completed, started, completed]
    assert [n for n in ways.names(concurrent) if "Tool" in n] == [started, started, completed, completed]
    results = [e.tool.result for e in concurrent if e.event == completed]  # pyright: ignore[reportAttributeAccessIssue] - by its name
    assert results == ["3", "12"]
    assert [m.content for m in output.messages if m.role == "tool"] == ["3", "12"]


def test_without_stream_events_only_content_and_bad_ends_are_told() -> None:
    assert {e.event for e in make(["Hello you"]).run("go", stream=True)} == {"RunContent"}  # pyright: ignore[reportAttributeAccessIssue] - events only
    assert [e.event for e in make([RuntimeError("cut")]).run("go", stream=True)] == ["RunError"]  # pyright: ignore[reportAttributeAccessIssue] - events only


def test_a_cancelled_run_ends_with_one_terminal_event_and_its_partial_text() -> None:
    for way in ways.STREAMED.values():
        agent = make([Say(text="Let me see. ", calls=[("stop", {})]), "never said"])

        def stop(run_context: object) -> str:
            """Cancel this run."""
            cancel(run_context.run_id, "enough")  # pyright: ignore[reportAttributeAccessIssue] - a RunContext
            return "asked"

        agent.tools = [stop]
        events, output = way(agent, "go")
        assert ways.names(events)[-1] == "RunCancelled"
        assert (output.status, output.content) == (RunStatus.cancelled, "Let me see. ")
