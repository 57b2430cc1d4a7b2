"""The tools that an agent's options give the model, beside those of the user: for memories, state and past sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from agnolo.agent.models import memory_model
from agnolo.agent.past_sessions import PastSessions
from agnolo.engine import memory, notebook
from agnolo.engine.aside import Payer
from agnolo.engine.notebook import Notebook
from agnolo.ports.function import Function
from agnolo.runtime.loop import LoopRuntime
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.runs import RunContext

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent


def offered(agent: Agent, payer: Payer) -> Sequence[Function]:
    """The tools of a run of this user in this session, who pay for what models do in them."""
    offers: list[Function] = []
    if agent.search_past_sessions:
        offers += _past(agent, payer).tools()
    if agent.enable_agentic_memory:
        offers.append(_closed(_updater(agent, payer)))
    if agent.enable_agentic_state:
        offers.append(Function.from_callable(update_session_state).having(parameters=_CHANGES))
    return offers


def _past(agent: Agent, payer: Payer) -> PastSessions:
    if agent.db is None:
        raise ConfigurationError("search_past_sessions needs a store: give it db=SqliteDb(...) or db=InMemoryDb()")
    return PastSessions(
        agent.db,
        payer.scope,
        payer.session_id,
        sessions=agent.num_past_sessions_to_search,
        runs=agent.num_past_session_runs_in_search,
    )


_CHANGES = {
    "type": "object",
    "properties": {
        "session_state_updates": {
            "type": "object",
            "additionalProperties": True,
            "description": "The keys to set and their new values. Keys that are not named stay as they are.",
        }
    },
    "required": ["session_state_updates"],
}


def update_session_state(run_context: RunContext, session_state_updates: dict[str, Any]) -> str:
    """Change the state of the session, which is kept from one message to the next."""
    run_context.session_state.update(session_state_updates)
    return f"Updated session state: {run_context.session_state}"


def _closed(fn: Callable[..., object]) -> Function:
    """A tool that takes no other arguments: so the reference words this one, strict or not."""
    function = Function.from_callable(fn)
    function.parameters["additionalProperties"] = False
    return function


def _updater(agent: Agent, payer: Payer) -> Callable[[str], Awaitable[str]]:
    async def update_user_memory(task: str) -> str:
        """Remember, correct or forget something about the user.

        Args:
            task: What to do, in full sentences, with all that is to be remembered.
        """
        store = memory.store_of(agent, agent.db)
        if store is None:
            return "Nothing can be remembered: there is no db."
        model = memory_model(agent, agent.resolved_model())
        rules = memory.rules_of(agent)
        book = Notebook(rules=rules, store=store, scope=payer.scope, model=model, agent_id=agent.agent_id, payer=payer)
        return await notebook.carry_out(book, task, LoopRuntime())

    return update_user_memory
