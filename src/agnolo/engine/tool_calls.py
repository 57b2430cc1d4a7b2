"""The tool calls of one answer: checked, run, told, and written back into the conversation in the model's order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from typing import Any

import msgspec

from agnolo.engine import answered, guards, limits, pause, thoughts, tool_hooks
from agnolo.engine.effects import Effect, commit, once, perform, single
from agnolo.engine.state import Run, Slot
from agnolo.ports.arguments import parse
from agnolo.ports.function import Function, Injected, ToolResult, result_text
from agnolo.ports.function_call import FunctionCall
from agnolo.ports.journal import Step
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import AgentRunException, AgnoloError, RunCancelledException, ToolArgumentsError
from agnolo.vocabulary.events import (
    RunEventBase,
    ToolCallCompletedEvent,
    ToolCallErrorEvent,
    ToolCallStartedEvent,
)
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import ToolCallMetrics

INTERRUPTED = "Interrupted: the run stopped before this call had a result."
LIMIT_REACHED = "Not executed: the run has used up its tool calls. Answer with what you have."


class Planned(msgspec.Struct, kw_only=True):
    """One call: refused with a message for the model, or to be run. Its result goes into `slot`.

    A call whose arguments are readable but `unfit` is told like one that ran and failed. One that waits for a person
    has `waiting`, what is asked; once decided it has the `decision`, and maybe an `answer` that stands for its result.
    """

    slot: Slot
    function: Function | None = None
    arguments: dict[str, Any] = {}
    injected: Injected = Injected()
    shown: dict[str, Any] | None = None
    refusal: str | None = None
    waiting: ToolExecution | None = None
    decision: ToolExecution | None = None
    answer: str | None = None
    unfit: ToolArgumentsError | None = None
    execution: ToolExecution | None = None
    result: ToolResult | None = None
    steering: AgentRunException | None = None


async def execute(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Run what is pending: under a concurrent runtime side by side, else one after another.

    The assistant's message is on disk before the first call begins, each result before the run goes on.
    """
    _open_batch(run)
    planned = [_plan(run, slot, at) for slot in run.batch]
    await commit(run, at)
    for group in _groups(planned, at):
        for p in group:
            p.execution = _execution(p, at)
            yield run.say(ToolCallStartedEvent, at, tool=p.execution)
        await at.gather([partial(_run_one, p, run, at) for p in group])
        for p in group:
            for event in _completed(p, run, at):
                yield event
    await _conclude(run, at, planned)
    run.stopped |= any(p.execution is not None and p.execution.stop_after_tool_call for p in planned)


def _groups(planned: list[Planned], at: Runtime) -> list[list[Planned]]:
    """The calls to make, those of a group side by side. Calls that a person decided on are made one after another."""
    made = [p for p in planned if p.refusal is None and p.answer is None and p.waiting is None]
    if not at.concurrent:
        return [[p] for p in made]
    together = [p for p in made if p.decision is None]
    return [[p] for p in made if p.decision is not None] + ([together] if together else [])


def _open_batch(run: Run) -> None:
    """Give each pending call its place in the journal, in the model's order."""
    prefix = f"turn:{run.turn - 1}/tool"
    run.batch += [Slot(call=call, seq=run.take_seq(), key=f"{prefix}:{call.id}") for call in run.pending]
    run.pending = []


def _plan(run: Run, slot: Slot, at: Runtime) -> Planned:
    """Check the name, the limit, the approval and the arguments; what fails is answered to the model instead of run."""
    planned = Planned(slot=slot)
    call = slot.call
    function = run.plan.toolset.functions.get(call.function.name)
    left = limits.tool_calls_left(run)
    if function is None:
        known = ", ".join(run.plan.toolset.functions) or "none"
        planned.refusal = f"There is no tool {call.function.name!r}. Tools: {known}."
    elif left == 0:
        run.closing = True
        planned.refusal = LIMIT_REACHED
    else:
        planned.function = function
        _bind(planned, function, run, at)
    return planned


def _bind(planned: Planned, function: Function, run: Run, at: Runtime) -> None:
    """The arguments of a call that may be made; else what it waits for, or what stands in place of its result."""
    call = planned.slot.call
    decision = planned.decision = run.decisions.pop(call.id, None)
    try:
        shown = planned.shown = parse(function.name, call.function.arguments)
        if decision is None:
            planned.waiting = pause.asked(function, call, shown, int(at.time()))
            if planned.waiting is not None:
                return
        else:
            planned.refusal = pause.rejection(decision)
            if planned.refusal is not None:
                return
            shown = planned.shown = pause.completed(shown, decision)
            planned.answer = pause.answer(decision)
            if planned.answer is not None:
                return
        run.tool_calls_made += 1
        planned.injected = _injected(run)
        planned.arguments = function.fit(shown, planned.injected)
    except ToolArgumentsError as error:
        if planned.shown is None:
            run.tool_calls_made += 1
            planned.refusal = str(error)
        else:
            planned.unfit = error


def _injected(run: Run) -> Injected:
    given = run.plan.input
    run.context.messages = list(run.messages)
    return Injected(
        agent=run.plan.owner,
        run_context=run.context,
        images=given.images,
        audios=given.audios,
        videos=given.videos,
        files=given.files,
    )


def _execution(planned: Planned, at: Runtime) -> ToolExecution:
    if planned.decision is not None:
        return msgspec.structs.replace(pause.settled(planned.decision), tool_args=planned.shown)
    return ToolExecution(
        tool_call_id=planned.slot.call.id,
        tool_name=planned.slot.call.function.name,
        tool_args=planned.shown,
        created_at=int(at.time()),
    )


async def _run_one(planned: Planned, run: Run, at: Runtime) -> None:
    """Run one tool and journal its result. What the tool raises becomes a result that the model can read."""
    began, clock = at.time(), at.monotonic()
    error: str | None = None
    function = planned.function
    assert function is not None and function.entrypoint is not None and planned.execution is not None
    try:
        value = await _value(planned, function, run, at)
        planned.result = (
            answered.identified(value) if isinstance(value, ToolResult) else ToolResult(content=result_text(value))
        )
    except RunCancelledException:
        raise
    except AgentRunException as steering:
        planned.steering = steering
        planned.result = ToolResult(content=str(steering))
    except TimeoutError as late:
        error = _late(function, late, run, at)
    except Exception as failure:  # noqa: BLE001 - the tool boundary: recorded in the execution and told to the model
        error = _describe(failure)
    if error is not None:
        planned.result = ToolResult(content=error)
    if run.plan.hooks is not None and run.plan.hooks.tool_guardrails and planned.result is not None:
        screened = await guards.screened_result(planned.result, run.plan.hooks.tool_guardrails, run, at)
        planned.result, error = screened.result, screened.withheld or error
    spent = at.monotonic() - clock
    planned.execution = msgspec.structs.replace(
        planned.execution,
        tool_call_error=error is not None or planned.steering is not None,
        stop_after_tool_call=_stops(planned, function),
        result=planned.result.content if planned.result else "",
        metrics=ToolCallMetrics(start_time=began, end_time=began + spent, duration=spent),
    )
    await commit(run, at, _fill(planned, at))


async def _value(planned: Planned, function: Function, run: Run, at: Runtime) -> Any:  # noqa: ANN401 - what a tool gives
    if planned.unfit is not None:
        raise planned.unfit
    withheld = pause.withheld(function, planned.decision)
    effect: Effect[Any] = Effect(kind="tool", start=lambda: _start(planned, function, run, at), withheld=withheld)
    return await single(perform(effect, run, at))


def _stops(planned: Planned, function: Function) -> bool:
    """Whether the run ends with this call. Arguments that do not fit never end it: the model may try again."""
    if planned.steering is not None and planned.steering.stop_execution:
        return True
    return function.stop_after_tool_call and planned.unfit is None


def _start(planned: Planned, function: Function, run: Run, at: Runtime) -> AsyncIterator[Any]:
    shown = FunctionCall(function, planned.shown or {}, planned.slot.call.id)
    entrypoint = tool_hooks.around(function, shown, planned.injected, run, at) or function.entrypoint
    assert entrypoint is not None
    timeout = limits.seconds_left(function.timeout, run, at)
    return once(lambda: at.call(run.token, entrypoint, timeout=timeout, **planned.arguments))


def _late(function: Function, late: TimeoutError, run: Run, at: Runtime) -> str:
    """Whose time was up: the run's, the function's, or that of something the function waited for."""
    deadline = None if run.meter is None else run.meter.deadline()
    if deadline is not None and at.monotonic() >= deadline:
        return f"The run's time was up before {function.name} finished."
    return f"{function.name} did not finish within {function.timeout} s." if function.timeout else _describe(late)


def _describe(failure: Exception) -> str:
    return str(failure) if isinstance(failure, AgnoloError) else f"{type(failure).__name__}: {failure}".rstrip(": ")


def _fill(planned: Planned, at: Runtime) -> Step:
    """Make the result's message and put it into the slot."""
    execution, slot = planned.execution, planned.slot
    slot.message = Message(
        id=at.new_id(),
        created_at=int(at.time()),
        role="tool",
        content=_told(planned),
        tool_call_id=slot.call.id,
        tool_name=slot.call.function.name,
        tool_args=planned.shown or None,
        tool_call_error=execution.tool_call_error if execution else True,
        stop_after_tool_call=bool(execution and execution.stop_after_tool_call),
    )
    return slot.step()


def _told(planned: Planned) -> str | None:
    """What the model reads of the call."""
    if planned.execution is not None and planned.execution.result is not None:
        return planned.execution.result
    return planned.refusal if planned.answer is None else planned.answer


def close_batch(run: Run, at: Runtime) -> list[Step]:
    """Append the results of the calls under way in the model's order; those without one become interrupted ones.

    Calls that were still pending count as interrupted. Returns the steps of those, which are not journaled yet.
    """
    _open_batch(run)
    interrupted: list[Step] = []
    batch, run.batch = run.batch, []
    for slot in batch:
        if slot.message is None:
            slot.message = Message(
                id=at.new_id(),
                created_at=int(at.time()),
                role="tool",
                content=INTERRUPTED,
                tool_call_id=slot.call.id,
                tool_name=slot.call.function.name,
                tool_call_error=True,
            )
            interrupted.append(slot.step())
        run.messages.append(slot.message)
    return interrupted


def _completed(planned: Planned, run: Run, at: Runtime) -> list[RunEventBase]:
    """What is shown of the result, ToolCallCompleted, and ToolCallError after it when the tool failed."""
    execution, result = planned.execution, planned.result
    assert execution is not None and execution.metrics is not None and result is not None
    pause.record(run, execution)
    answered.take_result(run, result)
    arguments = ", ".join(f"{k}={v}" for k, v in (planned.shown or {}).items())
    events = _shown(planned, run, at)
    events.append(
        run.say(
            ToolCallCompletedEvent,
            at,
            tool=execution,
            content=f"{execution.tool_name}({arguments}) completed in {execution.metrics.duration:.4f}s. ",
            images=list(result.images) if result.images else None,
            videos=list(result.videos) if result.videos else None,
            audio=list(result.audios) if result.audios else None,
            files=list(result.files) if result.files else None,
        )
    )
    if execution.tool_call_error:
        events.append(run.say(ToolCallErrorEvent, at, tool=execution, error=execution.result or ""))
    if execution.tool_name in thoughts.TOOLS:
        events += thoughts.of_tool(run, at, execution)
    return events


async def _conclude(run: Run, at: Runtime, planned: list[Planned]) -> None:
    """Append the results in the model's order, then what the tools said to the model or brought along."""
    late = [_decided(p, run, at) for p in planned if p.refusal is not None or p.answer is not None]
    waiting = [p for p in planned if p.waiting is not None]
    if waiting:
        run.paused = True
        pause.hold(run, [p.waiting for p in waiting if p.waiting is not None], [p.slot.call.id for p in planned])
        held = [p.slot for p in waiting]
        run.batch = [slot for slot in run.batch if slot not in held]
    close_batch(run, at)
    for p in planned:
        late += _followers(run, at, p)
    if late:
        await commit(run, at, *late)


def _decided(planned: Planned, run: Run, at: Runtime) -> Step:
    """The result of a call that is not made: refused, or answered by a person."""
    if planned.decision is not None:
        refused = planned.answer is None
        planned.execution = msgspec.structs.replace(
            _execution(planned, at),
            result=None if refused or pause.is_asked(planned.decision) else planned.answer,
            tool_call_error=True if refused else None,
            confirmed=False if refused else planned.decision.confirmed,
            confirmation_note=planned.refusal if refused else planned.decision.confirmation_note,
        )
        pause.record(run, planned.execution)
    return _fill(planned, at)


def _followers(run: Run, at: Runtime, planned: Planned) -> list[Step]:
    """Messages a tool adds after its result: its media as a user message, and what a steering exception says."""
    added: list[Message] = []
    result, steering = planned.result, planned.steering
    shown = result if run.plan.asked.send_media_to_model else None
    if shown is not None and (shown.images or shown.audios or shown.videos or shown.files):
        added.append(
            Message(
                id=at.new_id(),
                created_at=int(at.time()),
                role="user",
                content=f"This is what the tool {planned.slot.call.function.name} returned:",
                images=shown.images,
                audio=shown.audios,
                videos=shown.videos,
                files=shown.files,
            )
        )
    if steering is not None and steering.user_message:
        added.append(Message(id=at.new_id(), created_at=int(at.time()), role="user", content=steering.user_message))
    if steering is not None and steering.agent_message:
        said = steering.agent_message
        added.append(Message(id=at.new_id(), created_at=int(at.time()), role="assistant", content=said))
    return [run.add_message(m, f"{planned.slot.key}/{i}") for i, m in enumerate(added)]


def _shown(planned: Planned, run: Run, at: Runtime) -> list[RunEventBase]:
    """The result as content, if the user is to see it."""
    function, execution = planned.function, planned.execution
    if function is None or execution is None or planned.unfit is not None or not execution.result:
        return []
    if not (function.show_result or function.stop_after_tool_call):
        return []
    run.text.append(execution.result)
    run.text_kept = len(run.text)
    return [run.say_content(at, content=execution.result)]
