"""MemoryManager: the memories of users outside a run. How a model keeps them is in `engine.notebook`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from agnolo.agent import background
from agnolo.agent.execution import memory_key
from agnolo.agent.models import resolve_model
from agnolo.engine import notebook
from agnolo.engine.notebook import Notebook
from agnolo.ports.memories import MemoryRules
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.runtime import bridge
from agnolo.runtime.inline import InlineRuntime
from agnolo.runtime.loop import LoopRuntime
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.ids import new_id, now
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import UNNAMED, Scope, UserMemory

log = logging.getLogger("agnolo")

NO_STORE = "Please provide a db to store memories"
_BYTES_A_TOKEN = 4


class MemoryOptimizationStrategyType(StrEnum):
    """Ways to make fewer memories of many."""

    SUMMARIZE = "summarize"


class MemoryOptimizationStrategy:
    """A way to make fewer memories of many. Subclasses say how, for plain calls and for awaited ones."""

    def optimize(self, memories: list[UserMemory], model: Model) -> list[UserMemory]:
        """The memories that take the place of these."""
        raise NotImplementedError

    async def aoptimize(self, memories: list[UserMemory], model: Model) -> list[UserMemory]:
        """The same, awaited."""
        raise NotImplementedError

    def count_tokens(self, memories: Sequence[UserMemory]) -> int:
        """About how many tokens they are, at four bytes each."""
        return sum(-(-len(m.memory.encode()) // _BYTES_A_TOKEN) for m in memories)


class SummarizeStrategy(MemoryOptimizationStrategy):
    """One memory that says what all of them say."""

    def optimize(self, memories: list[UserMemory], model: Model) -> list[UserMemory]:
        """Ask the model for it."""
        return [bridge.drive(notebook.merged(memories, model, InlineRuntime()))]

    async def aoptimize(self, memories: list[UserMemory], model: Model) -> list[UserMemory]:
        """The same, awaited."""
        return [await notebook.merged(memories, model, LoopRuntime())]


Strategy = MemoryOptimizationStrategyType | MemoryOptimizationStrategy | Literal["summarize"]


class MemoryManager(MemoryRules):
    """Keeps memories of users with a model: give it to an agent as `memory_manager`, or use it by itself.

    By itself it needs a `db`: without one it warns and knows nothing. Its model is by default the first provider with
    a key. A call that names no user means the one called "default". Options: see `agnolo.ports.memories.MemoryRules`.
    """

    def __post_init__(self) -> None:
        self.id = self.id or f"memory_manager_{new_id()[-8:]}"
        if isinstance(self.model, str):
            self.model = resolve_model(self.model)

    def get_model(self) -> Model:
        """The model that keeps the memories."""
        return resolve_model(self.model)

    def get_user_memories(self, user_id: str | None = None) -> list[UserMemory]:
        """What is remembered of the user, oldest first, after work under way has ended."""
        return bridge.drive(_known(self, user_id, InlineRuntime()))

    async def aget_user_memories(self, user_id: str | None = None) -> list[UserMemory]:
        """The same."""
        return await _known(self, user_id, LoopRuntime())

    def get_user_memory(self, memory_id: str, user_id: str | None = None) -> UserMemory | None:
        """One memory of the user, or None."""
        return next((m for m in self.get_user_memories(user_id) if m.memory_id == memory_id), None)

    def add_user_memory(self, memory: UserMemory, user_id: str | None = None) -> str | None:
        """Keep a memory; returns its id, which is made if it has none."""
        return self.replace_user_memory(memory.memory_id or new_id(), memory, user_id)

    def replace_user_memory(self, memory_id: str, memory: UserMemory, user_id: str | None = None) -> str | None:
        """Keep a memory under this id, whatever was there; returns the id."""
        store = _store(self)
        if store is None:
            return None
        memory.memory_id, memory.user_id = memory_id, user_id or UNNAMED
        memory.updated_at = memory.updated_at or now()
        store.save_memories(Scope(memory.user_id), [memory]).result()
        return memory_id

    def delete_user_memory(self, memory_id: str, user_id: str | None = None) -> None:
        """Delete a memory of the user, if it is there."""
        if (store := _store(self)) is not None:
            store.delete_memories(_scope(user_id), [memory_id]).result()

    def clear(self) -> None:
        """Delete the memories of all users."""
        if self.db is not None:
            self.db.clear_memories(Scope()).result()

    def clear_user_memories(self, user_id: str | None = None) -> None:
        """Delete all memories of the user."""
        bridge.drive(_cleared(self, user_id, InlineRuntime()))

    async def aclear_user_memories(self, user_id: str | None = None) -> None:
        """The same."""
        await _cleared(self, user_id, LoopRuntime())

    def create_user_memories(
        self,
        message: str | None = None,
        messages: list[Message] | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        user_id: str | None = None,
    ) -> str:
        """Let the model keep what the message, or the messages, say of the user. Returns what it says of it."""
        said, book = _said(message, messages), _book(self, user_id, agent_id, team_id)
        return bridge.drive(_kept(book, said, InlineRuntime()))

    async def acreate_user_memories(
        self,
        message: str | None = None,
        messages: list[Message] | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        user_id: str | None = None,
    ) -> str:
        """The same."""
        return await _kept(_book(self, user_id, agent_id, team_id), _said(message, messages), LoopRuntime())

    def update_memory_task(self, task: str, user_id: str | None = None) -> str:
        """Let the model do with the user's memories what `task` says. Returns what it says of it."""
        return bridge.drive(_carried_out(_book(self, user_id), task, InlineRuntime()))

    async def aupdate_memory_task(self, task: str, user_id: str | None = None) -> str:
        """The same."""
        return await _carried_out(_book(self, user_id), task, LoopRuntime())

    def search_user_memories(
        self,
        query: str | None = None,
        limit: int | None = None,
        retrieval_method: Literal["last_n", "first_n", "agentic"] | None = None,
        user_id: str | None = None,
    ) -> list[UserMemory]:
        """At most `limit` memories: the last changed (by default), the first, or those a model finds for `query`."""
        if retrieval_method == "agentic":
            if not query:
                raise ValueError("Query is required for agentic search")
            book = _book(self, user_id)
            return [] if book is None else bridge.drive(notebook.found(book, query, InlineRuntime()))[:limit]
        known = self.get_user_memories(user_id)
        if retrieval_method == "first_n":
            known.sort(key=lambda m: (m.updated_at is None, m.updated_at or 0))
            return known[:limit] if limit else known
        known.sort(key=lambda m: m.updated_at or 0)
        return known[-limit:] if limit else known

    def optimize_memories(
        self,
        user_id: str | None = None,
        strategy: Strategy = MemoryOptimizationStrategyType.SUMMARIZE,
        apply: bool = True,  # noqa: FBT001, FBT002 - the reference's signature
    ) -> list[UserMemory]:
        """Make fewer memories of the user's; with `apply` they take the place of the old ones at once."""
        known = self.get_user_memories(user_id)
        made = _strategy(strategy).optimize(known, self.get_model()) if known else []
        if apply:
            bridge.drive(_put(self, user_id, made, InlineRuntime()))
        return made

    async def aoptimize_memories(
        self,
        user_id: str | None = None,
        strategy: Strategy = MemoryOptimizationStrategyType.SUMMARIZE,
        apply: bool = True,  # noqa: FBT001, FBT002 - the reference's signature
    ) -> list[UserMemory]:
        """The same."""
        if not (known := await self.aget_user_memories(user_id)):
            return []
        made = await _strategy(strategy).aoptimize(known, self.get_model())
        return await _put(self, user_id, made, LoopRuntime()) if apply else made


def _scope(user_id: str | None) -> Scope:
    return Scope(user_id or UNNAMED)


def _store(manager: MemoryRules) -> Store | None:
    if manager.db is None:
        log.warning("a MemoryManager without db= keeps nothing: give it db=SqliteDb(...) or db=InMemoryDb()")
    return manager.db


def _book(
    manager: MemoryManager, user_id: str | None, agent_id: str | None = None, team_id: str | None = None
) -> Notebook | None:
    store = _store(manager)
    if store is None:
        return None
    model = manager.get_model()
    return Notebook(rules=manager, store=store, scope=_scope(user_id), model=model, agent_id=agent_id, team_id=team_id)


def _said(message: str | None, messages: Sequence[Message] | None) -> Sequence[Message]:
    if message:
        return [Message(role="user", content=message)]
    if not messages:
        raise ValueError("You must provide either a message or a list of messages")
    return messages


def _strategy(given: Strategy) -> MemoryOptimizationStrategy:
    if isinstance(given, MemoryOptimizationStrategy):
        return given
    if given != MemoryOptimizationStrategyType.SUMMARIZE:
        raise ConfigurationError(f"strategy={given!r} is unknown: give 'summarize' or a MemoryOptimizationStrategy")
    return SummarizeStrategy()


async def _known(manager: MemoryRules, user_id: str | None, at: Runtime) -> list[UserMemory]:
    store = _store(manager)
    if store is None:
        return []
    await background.join(memory_key(store, user_id), at)
    return await at.wait(store.get_memories(_scope(user_id)))


async def _cleared(manager: MemoryRules, user_id: str | None, at: Runtime) -> None:
    if (store := _store(manager)) is not None:
        await at.wait(store.clear_memories(_scope(user_id)))


async def _kept(book: Notebook | None, said: Sequence[Message], at: Runtime) -> str:
    return NO_STORE if book is None else await notebook.keep(book, said, at)


async def _carried_out(book: Notebook | None, task: str, at: Runtime) -> str:
    return NO_STORE if book is None else await notebook.carry_out(book, task, at)


async def _put(manager: MemoryRules, user_id: str | None, made: list[UserMemory], at: Runtime) -> list[UserMemory]:
    """What was made in place of what was there: first saved, then the others deleted, so that nothing can be lost."""
    store, scope = manager.db, _scope(user_id)
    if store is None or not made:
        return made
    old = await at.wait(store.get_memories(scope))
    for each in made:
        each.memory_id, each.user_id = each.memory_id or new_id(), scope.user_id
    await at.wait(store.save_memories(scope, made))
    kept = {each.memory_id for each in made}
    await at.wait(store.delete_memories(scope, [name for name in notebook.ids_of(old) if name not in kept]))
    return made
