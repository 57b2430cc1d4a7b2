"""Interrupted, cancelled and failed runs: read, closed after a crash, and continued from their journal."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agnolo import Agent, InMemoryDb, Message, RunOutput, RunStatus, ScriptedModel, SqliteDb, tool
from agnolo.agent.recovery import REASON, recover
from agnolo.engine.tool_calls import INTERRUPTED
from agnolo.ports.journal import Acceptance, Frames, RunRow, Step
from agnolo.ports.store import Store
from agnolo.providers.scripted import Say
from agnolo.runtime.bridge import drive
from agnolo.runtime.inline import InlineRuntime
from agnolo.vocabulary import frames
from agnolo.vocabulary.errors import (
    ConfigurationError,
    RunNotContinuableError,
    RunNotFoundError,
    StaleAttemptError,
)
from agnolo.vocabulary.events import ModelRequestStartedEvent, RunContentEvent
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.sessions import Scope, SessionRow
from tests.engine import ways
from tests.engine.validity import assert_valid_history

CALLS = [ToolCall.of("c1", "note", '{"text": "one"}'), ToolCall.of("c2", "note", '{"text": "two"}')]
ASSISTANT = Message(role="assistant", content="Noting. ", tool_calls=CALLS)
NOTED = Message(role="tool", content="noted one", tool_call_id="c1", tool_name="note", tool_args={"text": "one"})
USER = Message(role="user", content="note both")


def crashed(*messages: Message, told: str = "") -> SqliteDb:
    """A store as a killed process leaves it: an accepted run, some journaled steps and events."""
    path = Path(tempfile.mkdtemp()) / "crashed.db"
    db, scope = SqliteDb(path), Scope()
    row = RunRow(run_id="r", session_id="s", component_id="a", run_data={"input": {"input_content": "note both"}})
    session = SessionRow(session_id="s", component_id="a", session_data={"session_state": {"n": 1}})
    accepted = db.accept(scope, Acceptance(run=row, session=session)).result()
    steps = [Step(seq=i, key=f"step:{i}", message=m) for i, m in enumerate(messages)]
    if steps:
        db.put("r", accepted.attempt, steps).result()
    if told:
        origin = Origin(id="a", run_id="r", session_id="s")
        events = [
            ModelRequestStartedEvent(origin=origin, index=0, model="m", model_provider="p"),
            RunContentEvent(origin=origin, index=1, content=told),
        ]
        db.emit("r", accepted.attempt, [Frames(first=0, last=1, payload=frames.pack(events))]).result()
    db.close()
    return SqliteDb(path)


def agent_on(db: Store, replies: list[Any], noted: list[str]) -> Agent:
    def note(text: str) -> str:
        """Write a note."""
        noted.append(text)
        return f"noted {text}"

    return Agent(id="a", model=ScriptedModel(replies), tools=[note], db=db)


def requests(agent: Agent) -> list[list[tuple[str, Any]]]:
    return [[(m.role, m.content) for m in r.messages] for r in agent.model.requests]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


def test_a_run_killed_before_its_first_step_starts_over() -> None:
    noted: list[str] = []
    agent = agent_on(crashed(), ["Hello."], noted)
    output = agent.continue_run("r")
    assert (output.status, output.content, output.run_id) == (RunStatus.completed, "Hello.", "r")
    assert requests(agent) == [[("user", "note both")]]


def test_a_run_killed_between_tools_runs_only_the_missing_one() -> None:
    noted: list[str] = []
    agent = agent_on(crashed(USER, ASSISTANT, NOTED), ["Both noted."], noted)
    output = agent.continue_run("r", session_id="s")
    assert noted == ["two"]
    assert requests(agent) == [
        [("user", "note both"), ("assistant", "Noting. "), ("tool", "noted one"), ("tool", "noted two")]
    ]
    assert output.content == "Noting. Both noted."
    assert [t.result for t in output.tools or ()] == ["noted one", "noted two"]
    assert_valid_history(output.messages)
    stored = agent.get_run_output("r")
    assert stored is not None
    assert (stored.status, stored.content) == (RunStatus.completed, "Noting. Both noted.")
    assert [m.content for m in stored.messages] == [m.content for m in output.messages]


def test_a_run_killed_after_a_tool_that_ends_it_does_not_ask_the_model_again() -> None:
    @tool(stop_after_tool_call=True)
    def note(text: str) -> str:
        """Write a note."""
        raise AssertionError(f"{text} was written twice")

    asked = Message(role="assistant", content="Noting. ", tool_calls=CALLS[:1])
    ended = msgspec.structs.replace(NOTED, stop_after_tool_call=True)
    agent = Agent(id="a", model=ScriptedModel([]), tools=[note], db=crashed(USER, asked, ended))
    output = agent.continue_run("r", session_id="s")
    assert (output.status, output.content) == (RunStatus.completed, "Noting. noted one")
    assert [(t.result, t.stop_after_tool_call) for t in output.tools or ()] == [("noted one", True)]


def test_recovery_closes_what_a_dead_process_left() -> None:
    noted: list[str] = []
    db = crashed(USER, ASSISTANT, NOTED)
    assert drive(recover(db, InlineRuntime())) == 1
    assert drive(recover(db, InlineRuntime())) == 0
    agent = agent_on(db, ["Only one noted."], noted)
    closed = agent.get_run_output("r")
    assert closed is not None
    assert (closed.status, closed.content) == (RunStatus.error, REASON)
    assert [m.content for m in closed.messages] == ["note both", "Noting. ", "noted one", INTERRUPTED]
    assert_valid_history(closed.messages)
    output = agent.continue_run("r")
    assert noted == []
    assert output.content == "Noting. Only one noted."


def test_text_cut_off_by_a_crash_is_kept_but_never_sent_again() -> None:
    db = crashed(USER, told="I was about to")
    drive(recover(db, InlineRuntime()))
    agent = agent_on(db, ["say hello."], [])
    closed = agent.get_run_output("r")
    assert closed is not None
    assert [m.content for m in closed.messages] == ["note both", "I was about to"]
    output = agent.continue_run("r")
    assert requests(agent) == [[("user", "note both")]]
    assert output.content == "say hello."


def test_a_continued_run_numbers_its_events_beyond_those_told_before() -> None:
    agent = agent_on(crashed(USER, ASSISTANT, NOTED, told="Noting. "), ["Done."], [])
    events = list(agent.continue_run("r", stream=True, stream_events=True))
    assert ways.names(events)[0] == "RunContinued"  # pyright: ignore[reportArgumentType] - events only
    assert events[0].content == "Noting. "  # pyright: ignore[reportAttributeAccessIssue] - by name
    indexes = [e.index for e in events]  # pyright: ignore[reportAttributeAccessIssue] - events only
    assert indexes[0] > 1
    assert indexes == list(range(indexes[0], indexes[0] + len(events)))


def test_a_cancelled_run_goes_on_from_where_it_stopped() -> None:
    noted: list[str] = []
    db = InMemoryDb()
    agent = agent_on(db, [Say(text="Noting. ", calls=[("note", {"text": "one"})]), "All noted."], noted)
    stream = agent.run("go", run_id="c", session_id="s", stream=True, stream_events=True)
    for event in stream:
        if event.event == "ToolCallCompleted":  # pyright: ignore[reportAttributeAccessIssue] - events only
            stream.close()
    cancelled = agent.get_run_output("c")
    assert cancelled is not None
    assert cancelled.status is RunStatus.cancelled
    output = agent.continue_run("c")
    assert noted == ["one"]
    assert (output.status, output.content) == (RunStatus.completed, "Noting. All noted.")


def test_a_failed_run_goes_on_and_keeps_counting() -> None:
    agent = agent_on(InMemoryDb(), [Say(calls=[("note", {"text": "x"})]), RuntimeError("cut"), "Done."], [])
    failed = agent.run("go", run_id="f")
    assert failed.status is RunStatus.error
    output = agent.continue_run("f")
    assert output.status is RunStatus.completed
    assert output.metrics is not None
    assert output.metrics.output_tokens == 1


def test_history_and_examples_are_put_back_in_their_places() -> None:
    db = InMemoryDb()
    agent = agent_on(db, ["first", RuntimeError("cut"), "second"], [])
    agent.description, agent.add_history_to_context = "Be terse.", True
    agent.additional_input = ["example"]
    agent.run("one", session_id="s")
    agent.run("two", session_id="s", run_id="f")
    agent.continue_run("f")
    before, after = requests(agent)[1:]
    assert (
        after
        == before
        == [
            ("system", "Be terse."),
            ("user", "example"),
            ("user", "one"),
            ("assistant", "first"),
            ("user", "two"),
        ]
    )


def test_what_can_not_be_continued_says_why() -> None:
    agent = agent_on(InMemoryDb(), ["a"], [])
    done = agent.run("go", session_id="s")
    with pytest.raises(RunNotFoundError, match="No runs found for run ID nope"):
        agent.continue_run("nope")
    with pytest.raises(RunNotFoundError, match="in session 'other'"):
        agent.continue_run(done.run_id, session_id="other")
    with pytest.raises(ConfigurationError, match="needs an agent with db"):
        Agent(model=ScriptedModel(["a"])).continue_run("x")


def test_another_users_run_does_not_exist() -> None:
    agent = agent_on(InMemoryDb(), [RuntimeError("cut")], [])
    agent.run("go", user_id="alice", session_id="s", run_id="r")
    with pytest.raises(RunNotFoundError):
        agent.continue_run("r", user_id="bob")


def test_a_live_run_can_not_be_continued_beside_itself() -> None:
    agent = agent_on(InMemoryDb(), ["a b"], [])
    stream = agent.run("go", run_id="live", stream=True, stream_events=True)
    next(stream)
    with pytest.raises(RunNotContinuableError, match="still running"):
        agent.continue_run("live")
    with pytest.raises(ConfigurationError, match="already running"):
        agent.run("go", run_id="live")
    stream.close()


def test_an_attempt_that_was_superseded_can_not_write() -> None:
    db = InMemoryDb()
    agent = agent_on(db, ["one two", "taken over"], [])
    zombie = agent.run("go", run_id="z", session_id="s", stream=True, stream_events=True)
    next(zombie)
    db.begin(Scope(), "z").result()
    *_, last = zombie
    assert (last.event, last.error_type) == ("RunError", StaleAttemptError.error_type)  # pyright: ignore[reportAttributeAccessIssue] - by name


@pytest.mark.anyio
async def test_continuing_is_the_same_when_async() -> None:
    noted: list[str] = []
    agent = agent_on(crashed(USER, ASSISTANT, NOTED), ["Both noted."], noted)
    output: RunOutput = await agent.acontinue_run("r")
    assert (noted, output.content) == (["two"], "Noting. Both noted.")
    again = agent_on(crashed(USER, ASSISTANT, NOTED), ["Both noted."], [])
    told = [e async for e in again.acontinue_run("r", stream=True)]
    assert [e.content for e in told] == ["Both ", "noted."]  # pyright: ignore[reportAttributeAccessIssue] - content only
