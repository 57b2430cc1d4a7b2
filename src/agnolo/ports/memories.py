"""How a model keeps the memories of users: what it may do with them and what it is told. See `agent.memories`."""

from __future__ import annotations

import msgspec

from agnolo.ports.model import Model
from agnolo.ports.store import Store


class MemoryRules(msgspec.Struct):
    """The options of a MemoryManager. Where model or db is None, the agent's own serve.

    `memory_capture_instructions` say what is worth keeping, `additional_instructions` end the system message, and
    `system_message` stands in place of all of it. The flags say which tools the model has when it carries out a task;
    after a run it may always delete and never clear, as in Agno.
    """

    model: Model | str | None = None
    system_message: str | None = None
    memory_capture_instructions: str | None = None
    additional_instructions: str | None = None
    db: Store | None = None
    delete_memories: bool = False
    update_memories: bool = True
    add_memories: bool = True
    clear_memories: bool = False
    debug_mode: bool = False
    id: str | None = None
    name: str | None = None
    owner_id: str | None = None
    owner_type: str | None = None
