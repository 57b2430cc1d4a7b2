"""A run that goes on from another's messages, as a run of its own: the other stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from agnolo.agent import compose, standing
from agnolo.engine import answered, cancel, context
from agnolo.engine.state import Run
from agnolo.ports.journal import Finish, RunRecord, Step
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.runs import RunStatus

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent
    from agnolo.agent.continuation import Continuation


async def fork(agent: Agent, call: Continuation, record: RunRecord, at: Runtime, *, kept: int) -> Run:
    """A new run of the same session that begins with the first `kept` messages of another. It counts its own tokens."""
    source, run_id = record.run, call.forked_run_id or at.new_id()
    plan = compose.plan(agent, call, at, run_id=run_id, input=standing.given_input(record))
    run = Run(plan, at, cancel.register(run_id))
    run.continued = True
    run.lineage = {"forked_from_run_id": source.run_id, "forked_from_message_index": kept}
    if kept < sum(step.message is not None for step in record.steps):
        run.lineage["last_checkpoint_at_message_index"] = kept
    if call.regenerate:
        run.lineage["regenerated_from"] = source.run_id
    try:
        await _begin(run, call, record, at, kept=kept)
        if call.regenerate and call.replace_original is not False:
            await _replace(run, record, at)
    except BaseException:
        cancel.release(run.token)
        raise
    return run


async def _begin(run: Run, call: Continuation, record: RunRecord, at: Runtime, *, kept: int) -> None:
    told = [step for step in sorted(record.steps, key=lambda step: step.seq) if step.message is not None][:kept]
    steps = [Step(seq=run.take_seq(), key=step.key, message=step.message, result=step.result) for step in told]
    run.unsaved += steps
    own = [step.message for step in steps if step.message is not None]
    await context.reassemble(run, at, own)
    uncounted = dict(run.counts_of)
    answered.recollect(run, steps)
    run.counts_of = uncounted
    row = replace(record.run, run_data={**record.run.run_data, "requirements": None})
    standing.recount(run, steps, RunRecord(run=row, steps=steps))
    calls = {call.id for message in own for call in message.tool_calls or ()}
    run.executions = [execution for execution in run.executions if execution.tool_call_id in calls]
    run.text, run.text_kept, run.asked, run.stopped, run.counts_beside = [], 0, 0, False, {}
    if call.said:
        run.unsaved.append(run.add_message(standing.further(call.said, at), f"input:{run.next_seq}"))


async def _replace(run: Run, record: RunRecord, at: Runtime) -> None:
    """Mark the source: history shows the new run in its place."""
    source, store = record.run, run.plan.store
    if store is None:
        return
    end = Finish(run_id=source.run_id, attempt=source.attempt, status=RunStatus.regenerated, run_data=source.run_data)
    await at.wait(store.finish(run.plan.scope, end))
