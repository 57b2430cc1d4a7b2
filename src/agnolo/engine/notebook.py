"""The memories of one user in the hands of a model: it reads them, and adds, changes and deletes them by tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec

from agnolo.engine.aside import NOBODY, Aside, Payer, asked, settle, told
from agnolo.engine.state import Run
from agnolo.ports.function import Function
from agnolo.ports.memories import MemoryRules
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime
from agnolo.ports.store import Store
from agnolo.vocabulary.ids import new_id, now
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import UNNAMED, Scope, UserMemory

ROLE = "memory_model"
NO_ANSWER = "No response from model"

_CAPTURE = (
    "Lasting facts about the user: name, age, home, work, tastes and dislikes, opinions, plans, events of their life, "
    "and what troubles them. Leave out questions, small talk and what only matters for the moment."
)
_RULES = """\
You keep notes about a user. What is worth noting stands in <memories_to_capture>, what is noted already in \
<existing_memories>.

- Note what fits <memories_to_capture> and does not stand in <existing_memories>.
- If nothing fits <memories_to_capture>, or all of it stands in <existing_memories>, change nothing.
- One short sentence a note, in the third person. Several facts make several notes.
- Say nothing twice: bring the note up to date that already speaks of it, and keep what is still true in it.
- What the user wants forgotten must leave no trace, not even a note that it was there.

<memories_to_capture>
{capture}
</memories_to_capture>

The notes of <existing_memories> have ids. You may leave everything as it is.
{tools}
Call as many tools as you need, and none without a reason."""

_TOOLS = {
    "add_memory": "You may add a note with `add_memory`.",
    "update_memory": "You may bring a note up to date with `update_memory`.",
    "delete_memory": "You may delete a note with `delete_memory`.",
    "clear_memory": "You may delete all notes with `clear_memory`.",
}
_MERGING = (
    "You are given notes about one user. Make one text of them: every fact stays, nothing is said twice, nothing is "
    "added, in the third person. Answer with the text alone."
)
_SEARCHING = "Find the notes about a user that have to do with what is looked for. Answer with their ids, best first."


class Notebook(msgspec.Struct, frozen=True, kw_only=True):
    """Whose memories, where they lie, and which model keeps them by which rules."""

    rules: MemoryRules
    store: Store
    scope: Scope
    model: Model
    agent_id: str | None = None
    team_id: str | None = None
    payer: Payer = NOBODY


class MemorySearchResponse(msgspec.Struct):
    """What a model found among the memories."""

    memory_ids: Annotated[list[str], msgspec.Meta(description="Ids of the memories that were found, best first.")]


async def keep(book: Notebook, messages: Sequence[Message], at: Runtime, *, under: Run | None = None) -> str:
    """Let the model note what these messages say of the user. Returns what it says of it."""
    rules = book.rules
    allowed = {
        "add_memory": rules.add_memories, "update_memory": rules.update_memories,
        "delete_memory": True, "clear_memory": False,
    }  # fmt: skip
    texts = [m.text() for m in messages if len(messages) == 1 or (m.role == "user" and m.text())]
    return await _work(book, messages, ", ".join(texts), allowed, at, under)


async def carry_out(book: Notebook, task: str, at: Runtime, *, under: Run | None = None) -> str:
    """Let the model do with the memories what `task` says, within the rules. Returns what it says of it."""
    rules = book.rules
    allowed = {
        "add_memory": rules.add_memories, "update_memory": rules.update_memories,
        "delete_memory": rules.delete_memories, "clear_memory": rules.clear_memories,
    }  # fmt: skip
    return await _work(book, [asked(task)], task, allowed, at, under)


async def _work(
    book: Notebook,
    messages: Sequence[Message],
    said: str,
    allowed: dict[str, bool],
    at: Runtime,
    under: Run | None,
) -> str:
    known = await at.wait(book.store.get_memories(book.scope))
    names = [name for name, is_allowed in allowed.items() if is_allowed]
    aside = Aside(
        role=ROLE,
        model=book.model,
        messages=told(system_message(book.rules, known, names), *messages),
        tools=[Function.from_callable(f, strict=True) for f in _functions(book, said) if f.__name__ in names],
    )
    return (await settle(aside, at, book.payer, under=under)).content or NO_ANSWER


def system_message(rules: MemoryRules, known: Sequence[UserMemory], tools: Sequence[str]) -> str:
    """What the model is told: the rules, its tools and what is known already."""
    if rules.system_message is not None:
        return rules.system_message
    lines = "\n".join(_TOOLS[name] for name in tools)
    parts = [_RULES.format(capture=rules.memory_capture_instructions or _CAPTURE, tools=lines)]
    if known:
        notes = "\n\n".join(f"ID: {m.memory_id}\nMemory: {m.memory}" for m in known)
        parts.append(f"<existing_memories>\n{notes}\n</existing_memories>")
    if rules.additional_instructions:
        parts.append(rules.additional_instructions)
    return "\n\n".join(parts)


def _functions(book: Notebook, said: str) -> list[Callable[..., str]]:
    """The tools, as plain functions: an event loop calls them in a thread, where waiting for the store is fine."""

    def save(memory_id: str, memory: str, topics: Sequence[str]) -> None:
        noted = UserMemory(
            memory=memory, memory_id=memory_id, topics=list(topics) or None, input=said, agent_id=book.agent_id,
            team_id=book.team_id, updated_at=now(),
        )  # fmt: skip
        book.store.save_memories(book.scope, [noted]).result()

    def add_memory(memory: str, topics: Sequence[str] = ()) -> str:
        """Note a fact about the user.

        Args:
            memory: The fact, in one sentence.
            topics: What it is about, such as name, hobby or home.
        """
        save(new_id(), memory, topics)
        return "Memory added successfully"

    def update_memory(memory_id: str, memory: str, topics: Sequence[str] = ()) -> str:
        """Put another text in the place of a note.

        Args:
            memory_id: The id of the note.
            memory: The text that it shall have.
            topics: What it is about, such as name, hobby or home.
        """
        if not memory:
            return "A note can't be empty: delete it instead, if you may."
        save(memory_id, memory, topics)
        return "Memory updated successfully"

    def delete_memory(memory_id: str) -> str:
        """Delete one note about the user.

        Args:
            memory_id: The id of the note.
        """
        book.store.delete_memories(book.scope, [memory_id]).result()
        return "Memory deleted successfully"

    def clear_memory() -> str:
        """Delete all notes about the user."""
        book.store.clear_memories(Scope(book.scope.user_id or UNNAMED, book.scope.namespace)).result()
        return "Memory cleared successfully"

    return [add_memory, update_memory, delete_memory, clear_memory]


def ids_of(memories: Sequence[UserMemory]) -> list[str]:
    """Their ids. What comes from a store has one."""
    return [m.memory_id for m in memories if m.memory_id is not None]


async def found(book: Notebook, query: str, at: Runtime) -> list[UserMemory]:
    """The memories that have to do with the query, in the order in which the model names them."""
    known = {m.memory_id: m for m in await at.wait(book.store.get_memories(book.scope))}
    if not known:
        return []
    notes = "\n\n".join(f"ID: {m.memory_id}\nMemory: {m.memory}{_topics(m)}" for m in known.values())
    system = f"{_SEARCHING}\n\n<user_memories>\n{notes}\n</user_memories>"
    messages = told(system, asked(f"What is looked for: {query}"))
    aside = Aside(role=ROLE, model=book.model, messages=messages, output_schema=MemorySearchResponse)
    wanted: MemorySearchResponse = (await settle(aside, at)).content
    return [known[each] for each in dict.fromkeys(wanted.memory_ids) if each in known]


def _topics(memory: UserMemory) -> str:
    return f"\nTopics: {', '.join(memory.topics)}" if memory.topics else ""


async def merged(memories: Sequence[UserMemory], model: Model, at: Runtime) -> UserMemory:
    """One memory that says what all of these say."""
    notes = "\n\n".join(f"Memory {n}: {m.memory}" for n, m in enumerate(memories, 1))
    messages = told(_MERGING, asked(f"The notes:\n\n{notes}"))
    text = (await settle(Aside(role=ROLE, model=model, messages=messages), at)).content
    agents, teams = {m.agent_id for m in memories if m.agent_id}, {m.team_id for m in memories if m.team_id}
    return UserMemory(
        memory=text.strip() or " ".join(m.memory for m in memories),
        memory_id=at.new_id(),
        topics=list(dict.fromkeys(topic for m in memories for topic in m.topics or ())) or None,
        user_id=memories[0].user_id,
        agent_id=agents.pop() if len(agents) == 1 else None,
        team_id=teams.pop() if len(teams) == 1 else None,
        created_at=int(at.time()),
        updated_at=int(at.time()),
    )
