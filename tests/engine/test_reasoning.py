"""Thinking before the answer: models, agents and tools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunStatus, ScriptedModel, SqliteDb, tool
from agnolo.agent.recovery import recover
from agnolo.ports.journal import Acceptance, RunRow, Step
from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, ReasoningDelta, TextDelta
from agnolo.providers.scripted import Say
from agnolo.runtime.bridge import drive
from agnolo.runtime.inline import InlineRuntime
from agnolo.tools.reasoning import ReasoningTools
from agnolo.vocabulary import codec, frames
from agnolo.vocabulary.errors import ModelOverloadedError
from agnolo.vocabulary.event_lines import encode_event
from agnolo.vocabulary.events import RunContentEvent
from agnolo.vocabulary.messages import Message, ToolCall
from agnolo.vocabulary.reasoning import NextAction, ReasoningStep
from agnolo.vocabulary.runs import RunOutput
from agnolo.vocabulary.sessions import Scope, SessionRow
from tests.engine import ways

ALL = ways.STREAMED | ways.WHOLE
THOUGHT = "<thinking>\nCompare the tenths\n</thinking>"


class Deep(ScriptedModel):
    """A model that tells its reasoning apart from its answer."""

    async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        yield ReasoningDelta("Compare ")
        yield ReasoningDelta("the tenths")
        yield TextDelta("9.9")
        yield ModelReply(content="9.9", reasoning_content="Compare the tenths")


@pytest.mark.parametrize("way", ALL)
@pytest.mark.parametrize("kind", ["model", "deep", "agent"])
def test_thoughts_come_before_the_answer_in_every_way(way: str, kind: str) -> None:
    thinker = Deep([]) if kind == "deep" else ScriptedModel(["Compare the tenths"])
    who: dict[str, Any] = {"reasoning_agent": Agent(model=thinker)} if kind == "agent" else {"reasoning_model": thinker}
    model = ScriptedModel(["9.9 is"])
    told, output = ALL[way](Agent(model=model, store_events=True, **who), "Which is larger?")
    assert (output.status, output.content) == (RunStatus.completed, "9.9 is")
    assert [(m.role, m.content) for m in model.requests[0].messages] == [
        ("user", "Which is larger?"), ("assistant", THOUGHT),
    ]  # fmt: skip
    assert output.reasoning_steps == [ReasoningStep(result=THOUGHT)]
    assert [m.content for m in output.reasoning_messages or ()] == [THOUGHT]
    names = ways.names(told)
    rest = ["ModelRequestStarted", "RunContent", "ModelRequestCompleted", "RunContentCompleted", "RunCompleted"]
    deltas = [name for name in names if name == "ReasoningContentDelta"]
    assert [n for n in names if n != "ReasoningContentDelta"] == [
        *("RunStarted", "ReasoningStarted", "ReasoningCompleted"),
        *(rest if way in ways.STREAMED else [name for name in rest if name != "RunContent"]),
    ]
    assert bool(deltas) is (way in ways.STREAMED)
    assert RunOutput.from_dict(output.to_dict()).reasoning_steps == output.reasoning_steps


def test_what_the_thoughts_cost_is_counted_apart() -> None:
    agent = Agent(model=ScriptedModel(["9.9"]), reasoning_model=ScriptedModel(["Compare"], id="deep"))
    metrics = agent.run("Which?").metrics
    assert metrics is not None
    (thought,), (answer,) = (metrics.details or {})["reasoning_model"], (metrics.details or {})["model"]
    assert thought.id == "deep"
    assert metrics.total_tokens == thought.total_tokens + answer.total_tokens


@pytest.mark.parametrize("failing", ["model", "agent", "silent"])
def test_failing_to_think_costs_the_thoughts_only(failing: str, caplog: pytest.LogCaptureFixture) -> None:
    broken = ScriptedModel([""] if failing == "silent" else [ModelOverloadedError("busy")])
    who: dict[str, Any] = (
        {"reasoning_agent": Agent(model=broken)} if failing == "agent" else {"reasoning_model": broken}
    )
    told, output = ways.run_stream(Agent(model=ScriptedModel(["9.9"]), **who), "Which?")
    assert (output.status, output.content, output.reasoning_steps) == (RunStatus.completed, "9.9", None)
    assert "ReasoningCompleted" not in ways.names(told)
    assert any("reasoning model" in record.getMessage() for record in caplog.records)


def test_a_run_that_goes_on_keeps_its_thoughts(tmp_path: Path) -> None:
    thinker = ScriptedModel(["Compare the tenths"])
    db = SqliteDb(tmp_path / "runs.db")
    model = ScriptedModel([ModelOverloadedError("busy"), "9.9 is"])
    agent = Agent(model=model, reasoning_model=thinker, db=db)
    assert agent.run("Which?", run_id="r").status is RunStatus.error
    output = agent.continue_run("r")
    assert (output.content, len(thinker.requests)) == ("9.9 is", 1)
    assert [m.content for m in model.requests[1].messages] == ["Which?", THOUGHT]
    assert output.reasoning_steps == [ReasoningStep(result=THOUGHT)]


def test_cancelling_while_thinking_cancels_the_run() -> None:
    class Cancelling(ScriptedModel):
        async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            Agent.cancel_run("r")
            yield ModelReply(content="too late")

    output = Agent(model=ScriptedModel(["Never"]), reasoning_model=Cancelling([])).run("Which?", run_id="r")
    assert output.status is RunStatus.cancelled


# ---- tools

CALLS = [
    Say(calls=[("think", {"title": "Look", "thought": "At tenths", "action": "Compare", "confidence": 0.9})]),
    Say(calls=[("analyze", {"title": "Check", "result": "9.9", "analysis": "Right", "next_action": "final"})]),
    "9.9 is",
]


@pytest.mark.parametrize("way", ALL)
def test_tools_to_think_with_are_steps(way: str) -> None:
    told, output = ALL[way](Agent(model=ScriptedModel(CALLS), tools=[ReasoningTools()], store_events=True), "Which?")
    assert output.reasoning_steps == [
        ReasoningStep(
            title="Look", reasoning="At tenths", action="Compare", next_action=NextAction.CONTINUE, confidence=0.9
        ),
        ReasoningStep(title="Check", result="9.9", reasoning="Right", next_action=NextAction.FINAL_ANSWER),
    ]
    assert output.reasoning_content == (
        "## Look\nAt tenths\nAction: Compare\nConfidence: 0.9\n\n"
        "## Check\nResult: 9.9\nRight\nNext Action: final_answer\n\n"
    )
    names = [name for name in ways.names(told) if "Reasoning" in name or "Content" in name]
    assert [name for name in names if name != "RunContent"] == [
        "ReasoningStarted", "ReasoningStep", "ReasoningStep", "ReasoningCompleted", "RunContentCompleted",
    ]  # fmt: skip
    assert bool(output.reasoning_messages) is (way in ways.STREAMED)


def test_the_model_reads_all_its_steps_and_the_session_keeps_them() -> None:
    model = ScriptedModel(CALLS)
    agent = Agent(model=model, tools=[ReasoningTools(all=True)], db=InMemoryDb())
    agent.run("Which?", session_id="s", run_id="r")
    last = model.requests[2].messages[-1].text()
    assert last.startswith("Step 1:\nTitle: Look\nReasoning: At tenths\nAction: Compare\nConfidence: 0.9\n\nStep 2:")
    assert len(agent.get_session_state("s")["reasoning_steps"]["r"]) == 2


def test_tools_of_ones_own_with_these_names_count_if_they_look_alike() -> None:
    def think(thought: str) -> str:
        """Think."""
        return "yes"

    def analyze(thing: str) -> str:
        """Look at a thing."""
        return "fine"

    model = ScriptedModel([Say(calls=[("think", {"thought": "hm"}), ("analyze", {"thing": "x"})]), "Done"])
    output = Agent(model=model, tools=[think, analyze]).run("go")
    assert output.reasoning_steps == [ReasoningStep(title="Thinking", reasoning="hm")]


def test_options_choose_tools_and_instructions() -> None:
    assert list(ReasoningTools(enable_analyze=False).functions) == ["think"]
    assert list(ReasoningTools(enable_think=False, enable_analyze=False, all=True).functions) == ["think", "analyze"]
    assert ReasoningTools(instructions="mine").instructions == "mine"
    plain, example = ReasoningTools().instructions or "", ReasoningTools(add_few_shot=True).instructions or ""
    own = ReasoningTools(add_few_shot=True, few_shot_examples="Like so").instructions or ""
    assert plain.startswith("<reasoning_instructions>")
    assert len(plain) < len(example)
    assert "Like so" in own
    assert [NextAction.of(word) for word in ("Validate", "finalize", "?")] == ["validate", "final_answer", "continue"]


def test_what_the_thoughts_cost_outlives_the_process_and_is_not_a_forks(tmp_path: Path) -> None:
    db = SqliteDb(tmp_path / "runs.db")
    model = ScriptedModel([ModelOverloadedError("busy"), "9.9 is", "9.9 it is"])
    agent = Agent(model=model, reasoning_model=ScriptedModel(["Compare"], id="deep"), db=db)
    failed = agent.run("Which?", run_id="r", session_id="s").metrics
    gone_on = agent.continue_run("r").metrics
    forked = agent.continue_run("r", input="Sure?")
    assert failed is not None and gone_on is not None and forked.metrics is not None
    assert (failed.details or {})["reasoning_model"] == (gone_on.details or {})["reasoning_model"]
    assert list(forked.metrics.details or {}) == ["model"]
    assert [step.result for step in forked.reasoning_steps or ()] == ["<thinking>\nCompare\n</thinking>"]


def test_a_paused_run_goes_on_with_its_steps_and_thoughts_without_a_store() -> None:
    @tool(requires_confirmation=True)
    def measure() -> str:
        """Measure."""
        return "9.9"

    deep, model = ScriptedModel(["Compare"]), ScriptedModel([CALLS[0], Say(calls=[("measure", {})]), "9.9 is"])
    agent = Agent(model=model, reasoning_model=deep, tools=[ReasoningTools(), measure])
    paused = agent.run("Which?")
    for requirement in paused.active_requirements:
        requirement.confirm()
    output = agent.continue_run(paused)
    assert (output.content, len(deep.requests)) == ("9.9 is", 1)
    assert [step.title for step in output.reasoning_steps or ()] == [None, "Look"]
    assert output.reasoning_content == paused.reasoning_content


def test_what_is_read_later_tells_the_reasoning_as_it_was_told(tmp_path: Path) -> None:
    db = SqliteDb(tmp_path / "runs.db")
    agent = Agent(model=ScriptedModel(["9.9 is larger"]), reasoning_model=ScriptedModel(["Compare the tenths"]), db=db)
    told, _ = ways.run_stream(agent, "Which?", run_id="r")
    rows = db.read_frames(Scope(), "r", -1).result()
    read = frames.unpack((row.payload for row in rows), told[0].origin)
    assert [event.to_dict() for event in read] == [event.to_dict() for event in told]
    lines = [codec.loads(encode_event(event)) for event in told if isinstance(event, RunContentEvent)]
    assert len(lines) > 1
    assert all(line["reasoning_steps"][0]["result"] == "<thinking>\nCompare the tenths\n</thinking>" for line in lines)


def test_recovery_counts_thoughts_as_no_turn(tmp_path: Path) -> None:
    db = SqliteDb(tmp_path / "runs.db")
    agent = Agent(
        id="a", model=ScriptedModel([ModelOverloadedError("busy")]), reasoning_model=ScriptedModel(["Compare"]), db=db
    )
    agent.run("Which?", run_id="left", session_id="s")
    left = db.get_run(Scope(), "left").result()
    assert left is not None
    call = Message(role="assistant", tool_calls=[ToolCall.of("c1", "measure", "{}")])
    row = RunRow(run_id="r", session_id="s", component_id="a", run_data=left.run.run_data)
    begun = db.accept(Scope(), Acceptance(run=row, session=SessionRow(session_id="s", component_id="a"))).result()
    asked = Step(seq=len(left.steps), key="turn:0/model", message=call)
    db.put("r", begun.attempt, [*left.steps, asked]).result()
    db.close()
    db = SqliteDb(tmp_path / "runs.db")
    assert drive(recover(db, InlineRuntime())) == 1
    closed = db.get_run(Scope(), "r").result()
    assert closed is not None
    assert closed.steps[-1].key == "turn:0/tool:c1"
