"""What is remembered of a user, as a run sees it: read into the prompt, and kept from what the user says."""

from __future__ import annotations

import logging

from agnolo.engine import notebook
from agnolo.engine.aside import payer_of
from agnolo.engine.notebook import Notebook
from agnolo.engine.state import Run
from agnolo.ports.memories import MemoryRules
from agnolo.ports.model import Model
from agnolo.ports.options import Memory
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.vocabulary.errors import AgnoloError, RunCancelledException
from agnolo.vocabulary.sessions import UserMemory

log = logging.getLogger("agnolo")

MAX_IN_PROMPT = 50

_NONE_YET = "You remember users from one conversation to the next. Of this one you know nothing yet."
_KNOWN = """\
What you remember of the user:

<memories_from_previous_interactions>
{facts}
</memories_from_previous_interactions>

Where this conversation says otherwise, it is right."""
_UPDATING = """\
<updating_user_memories>
- With the tool `update_user_memory` you remember, correct and forget what you know of the user.
- Call `update_user_memory` when the user tells something of themselves that will matter later, and when they ask you \
to remember or to forget.
- When you have called `update_user_memory`, tell the user what came of it.
</updating_user_memories>"""


def rules_of(options: Memory) -> MemoryRules:
    """The rules by which memories are kept."""
    return options.memory_manager or MemoryRules()


def store_of(options: Memory, own: Store | None) -> Store | None:
    """Where memories lie: the manager's store, else the agent's."""
    return rules_of(options).db or own


def is_kept(options: Memory, own: Store | None) -> bool:
    """Whether memories are drawn from what the user says: not when the model keeps them itself, by its tool."""
    return options.update_memory_on_run and not options.enable_agentic_memory and store_of(options, own) is not None


def is_read(options: Memory) -> bool:
    """Whether memories go into the prompt: as said, else when there is anything that keeps them."""
    if options.add_memories_to_context is not None:
        return options.add_memories_to_context
    return options.update_memory_on_run or options.enable_agentic_memory or options.memory_manager is not None


async def prompt_section(run: Run, at: Runtime) -> str:
    """The user's memories for the system message; "" when they are not wanted."""
    options = run.plan.memory
    store = store_of(options, run.plan.store)
    if store is None or not is_read(options):
        return ""
    known = await at.wait(store.get_memories(run.plan.scope, limit=MAX_IN_PROMPT))
    facts = "\n".join(f"- {m.memory}" for m in known)
    section = _KNOWN.format(facts=facts) if known else _NONE_YET
    return f"{section}\n\n{_UPDATING}" if options.enable_agentic_memory else section


async def extract(run: Run, model: Model, at: Runtime, *, under: Run | None = None) -> None:
    """Let `model` keep what the user's own messages say of them."""
    store = store_of(run.plan.memory, run.plan.store)
    said = [m for m in run.own_messages() if m.role == "user" and m.text().strip()]
    if store is None or not said:
        return
    book = Notebook(
        rules=rules_of(run.plan.memory), store=store, scope=run.plan.scope, model=model, agent_id=run.plan.origin.id,
        payer=payer_of(run),
    )  # fmt: skip
    await notebook.keep(book, said, at, under=under)


async def awaited(run: Run, model: Model, at: Runtime) -> list[UserMemory]:
    """The same within the run, and all that is known of the user then. A failure is logged: the answer stands."""
    try:
        await extract(run, model, at, under=run)
    except RunCancelledException:
        raise
    except AgnoloError as failure:
        log.warning("memory extraction in run %s failed: %s", run.plan.origin.run_id, failure)
    store = store_of(run.plan.memory, run.plan.store)
    return [] if store is None else await at.wait(store.get_memories(run.plan.scope))
