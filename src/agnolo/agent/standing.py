"""Where a stored run stands: what its messages say of text, turns, calls and results."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from agnolo.agent.continuation import following
from agnolo.engine import pause, thoughts
from agnolo.engine.persist import PARTIAL
from agnolo.engine.state import Run
from agnolo.ports.journal import RunRecord, Step
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.messages import Message, ToolCall
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.run_input import RunInput


def further(text: str, at: Runtime) -> Message:
    """What the user says to a run that goes on."""
    return Message(id=at.new_id(), created_at=int(at.time()), role="user", content=text)


def given_input(record: RunRecord) -> RunInput:
    """What the run was asked."""
    return msgspec.convert(record.run.run_data["input"], RunInput)


def steps_of(steps: Sequence[Step]) -> list[Step]:
    """Messages to go on from: without what was cut off, and without a last answer that the run did not accept."""
    own = [step for step in steps if step.message is not None and not step.key.endswith(f"/{PARTIAL}")]
    while own and _is_answer(own[-1]):
        own.pop()
    return own


def _is_answer(step: Step) -> bool:
    message = step.message
    return message is not None and message.role == "assistant" and not message.tool_calls and step.key != thoughts.KEY


def recount(run: Run, steps: Sequence[Step], record: RunRecord) -> None:
    """Derive text, pending calls and how many there were from the messages; what was asked, from the run's data."""
    own = [step.message for step in steps if step.message is not None and step.key != thoughts.KEY]
    data = record.run.run_data
    run.requirements = [RunRequirement.from_dict(asked) for asked in data.get("requirements") or ()]
    stored = [ToolExecution.from_dict(told) for told in data.get("tools") or ()]
    for step in steps:
        if step.key == thoughts.KEY:
            thoughts.recall(run, step)
    for place, message in enumerate(own):
        if message.role != "assistant":
            continue
        run.turn += 1
        run.reasoning += [message.reasoning_content] if message.reasoning_content else []
        if run.plan.output_schema is None:
            run.text.append(message.text())
        calls = message.tool_calls or []
        results = {m.tool_call_id: m for m in following(own[place + 1 :])}
        run.tool_calls_made += len(calls)
        run.pending = [c for c in calls if c.id not in results]
        for call in calls:
            _take(run, call, results.get(call.id), stored)
        run.stopped = any(result.stop_after_tool_call for result in results.values())
    run.asked = run.turn + len(run.thoughts.messages)
    run.text_kept = len(run.text)
    run.tool_calls_made -= len(run.pending)


def _take(run: Run, call: ToolCall, result: Message | None, stored: list[ToolExecution]) -> None:
    """What a call leaves behind: its execution, and the text of its result if the user is to see it."""
    told = next((execution for execution in stored if execution.tool_call_id == call.id), None)
    if told is not None:
        stored.remove(told)
    function = run.plan.toolset.functions.get(call.function.name)
    shows = function is not None and (function.show_result or function.stop_after_tool_call)
    if result is not None and shows and not result.tool_call_error:
        run.text.append(result.text())
    if result is not None and (told is None or told.is_paused):
        told = _execution(told, result)
    if told is not None:
        run.executions.append(told)
        thoughts.take(run, told)


def _execution(waited: ToolExecution | None, message: Message) -> ToolExecution:
    """The execution that a result tells of. One that has waited keeps what was decided."""
    return msgspec.structs.replace(
        ToolExecution() if waited is None else pause.settled(waited),
        tool_call_id=message.tool_call_id,
        tool_name=message.tool_name,
        tool_args=message.tool_args,
        tool_call_error=message.tool_call_error,
        result=None if waited is not None and pause.is_asked(waited) else message.text(),
        stop_after_tool_call=message.stop_after_tool_call,
        created_at=message.created_at,
    )
