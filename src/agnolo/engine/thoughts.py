"""What a run has thought: taken up from the thoughts of a model and from calls of the tools to think with."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.engine.state import Run
from agnolo.ports.journal import Step
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.events import ReasoningCompletedEvent, ReasoningStartedEvent, ReasoningStepEvent, RunEventBase
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import MessageMetrics, TokenCounts
from agnolo.vocabulary.reasoning import NextAction, ReasoningStep, ReasoningSteps

ROLE = "reasoning_model"
KEY = "reasoning"
"""The key of the step that holds the reasoning model's thoughts."""

TOOLS = frozenset({"think", "analyze"})
"""Tools whose calls are steps of reasoning."""


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """Journaled beside the thoughts: who thought, and the tokens of it."""

    model: str
    provider: str
    counts: TokenCounts


def recall(run: Run, step: Step) -> None:
    """Take up the thoughts of this step of the journal, and what they cost."""
    assert step.message is not None
    thought = ReasoningStep(result=step.message.text())
    run.thoughts.steps.append(thought)
    run.thoughts.messages.append(step.message)
    run.reasoning.append(thought.text())
    if step.result is not None:
        used = msgspec.convert(step.result, Used)
        run.count_beside(ROLE, (used.model, used.provider), used.counts)


def told(run: Run, at: Runtime) -> RunEventBase:
    """The end of the reasoning, with all its steps."""
    steps = ReasoningSteps(list(run.thoughts.steps))
    return run.say(ReasoningCompletedEvent, at, content=steps, content_type="ReasoningSteps")


def take(run: Run, execution: ToolExecution) -> ReasoningStep | None:
    """Take up the step of reasoning that a call is; None for other calls, and for those that have no result."""
    if execution.tool_name not in TOOLS or execution.result is None:
        return None
    step = _step(execution.tool_name, execution.tool_args or {})
    if step is not None:
        spent = execution.metrics.duration if execution.metrics is not None else None
        run.thoughts.seconds = (run.thoughts.seconds or 0.0) + (spent or 0.0)
        run.thoughts.steps.append(step)
        run.reasoning.append(_text(step))
    return step


def of_tool(run: Run, at: Runtime, execution: ToolExecution) -> list[RunEventBase]:
    """The events of a call that is a step of reasoning; none for other calls."""
    begins = run.thoughts.seconds is None
    step = take(run, execution)
    if step is None:
        return []
    events: list[RunEventBase] = [run.say(ReasoningStartedEvent, at)] if begins else []
    text = "".join(run.reasoning)
    events.append(run.say(ReasoningStepEvent, at, content=step, content_type="ReasoningStep", reasoning_content=text))
    return events


def concluded(run: Run, at: Runtime) -> RunEventBase | None:
    """The end of reasoning by tools, told before the end of the content."""
    if run.thoughts.seconds is None:
        return None
    if run.plan.visible:
        run.thoughts.messages.append(
            Message(
                id=at.new_id(), created_at=int(at.time()), role="assistant", content="".join(run.reasoning),
                metrics=MessageMetrics(duration=run.thoughts.seconds),
            )
        )  # fmt: skip
    return told(run, at)


def _step(tool: str, given: dict[str, Any]) -> ReasoningStep | None:
    if tool == "think" and "thought" in given:
        if "title" not in given:
            return ReasoningStep(title="Thinking", reasoning=given["thought"])
        return ReasoningStep(
            title=given["title"], reasoning=given["thought"], action=given.get("action") or "",
            next_action=NextAction.CONTINUE, confidence=given.get("confidence"),
        )  # fmt: skip
    if tool == "analyze" and "title" in given:
        return ReasoningStep(
            title=given["title"], result=given.get("result") or "", reasoning=given.get("analysis") or "",
            next_action=NextAction.of(given.get("next_action") or ""), confidence=given.get("confidence"),
        )  # fmt: skip
    return None


def _text(step: ReasoningStep) -> str:
    """A tool's step to be read, in the order in which its tool is asked."""
    lines = [f"## {step.title}", f"Result: {step.result}" if step.result else "", step.reasoning or ""]
    lines.append(f"Action: {step.action}" if step.action else "")
    if step.next_action not in (None, NextAction.CONTINUE):
        lines.append(f"Next Action: {step.next_action}")
    lines.append("" if step.confidence is None else f"Confidence: {step.confidence}")
    return "".join(f"{line}\n" for line in lines if line) + "\n"
