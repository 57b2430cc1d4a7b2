"""What an agent says first in a new session: a run of its own, stored before the first one."""

from __future__ import annotations

from agnolo.engine.state import Run
from agnolo.ports.journal import Acceptance, Finish, RunRow, Step
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.sessions import SessionRow


def message(run: Run, at: Runtime, *, from_history: bool = False) -> Message:
    """The introduction as the agent's message."""
    return Message(
        id=at.new_id(),
        created_at=int(at.time()),
        role="assistant",
        content=run.plan.prompt.introduction,
        from_history=from_history,
    )


async def introduce(run: Run, at: Runtime, session: SessionRow) -> None:
    """Begin the session with the introduction, if there is one and the session is new."""
    plan = run.plan
    store, said = plan.store, plan.prompt.introduction
    if not said or store is None or await at.wait(store.get_session(plan.scope, session.session_id)) is not None:
        return
    run_id = at.new_id()
    output = RunOutput(
        run_id=run_id,
        session_id=session.session_id,
        agent_id=plan.origin.id,
        agent_name=plan.origin.name,
        content=said,
        created_at=run.created_at,
    )
    shown = output.to_dict(without=frozenset({"run_id", "session_id", "status", "created_at"}))
    row = RunRow(
        run_id=run_id,
        session_id=session.session_id,
        run_type=plan.origin.kind,
        component_id=plan.origin.id,
        user_id=plan.scope.user_id,
        run_data=shown,
        created_at=run.created_at,
        updated_at=run.created_at,
    )
    accepted = await at.wait(store.accept(plan.scope, Acceptance(run=row, session=session)))
    step = Step(seq=0, key="introduction", message=message(run, at))
    end = Finish(run_id=run_id, attempt=accepted.attempt, status=RunStatus.completed, run_data=shown, steps=[step])
    await at.wait(store.finish(plan.scope, end))
