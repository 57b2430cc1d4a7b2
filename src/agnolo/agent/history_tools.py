"""Tools with which the model reads its session further back than the window it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from agnolo.ports.function import Function
from agnolo.ports.store import Store
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.messages import Message, ToolCall
from agnolo.vocabulary.sessions import HISTORY_STATUSES, Scope

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

FIRST_LOOK = 8
"""Runs read at first for tool calls; twice as many each time that these hold too few."""


def reading_tools(agent: Agent, session_id: str, user_id: str | None) -> list[Function]:
    """The tools that the options ask for. Raises ConfigurationError when there is nothing to read from."""
    if not (agent.read_chat_history or agent.read_tool_call_history):
        return []
    if agent.db is None:
        raise ConfigurationError(
            "read_chat_history and read_tool_call_history need a store: db=SqliteDb(...) or db=InMemoryDb()"
        )
    past = _Past(agent.db, Scope(user_id=user_id), session_id)
    tools: list[Function] = []
    if agent.read_chat_history:
        tools.append(_counting(past.get_chat_history, "num_chats", "How many messages; all of them if left out."))
    if agent.read_tool_call_history:
        tools.append(_counting(past.get_tool_call_history, "num_calls", "How many calls; 3 if left out."))
    return tools


def _counting(tool: Callable[..., str], count: str, told: str) -> Function:
    """The tool with a plain integer in its schema, which every provider takes; None counts as all just the same."""
    properties = {count: {"type": "integer", "description": told}}
    return Function.from_callable(tool).having(parameters={"type": "object", "properties": properties, "required": []})


class _Past:
    """One user's session. The tools are plain functions: they wait for the store in the thread they are called in."""

    def __init__(self, store: Store, scope: Scope, session_id: str) -> None:
        self._store = store
        self._scope = scope
        self._session_id = session_id

    def get_chat_history(self, num_chats: int | None = None) -> str:
        """Read the last messages of this conversation, those of tools included, oldest first, as a JSON list."""
        # Every run has at least one message, so that as many runs hold enough of them.
        told = [m for run in reversed(self._runs(num_chats)) for m in run]
        shown = told if num_chats is None else told[-num_chats:] if num_chats > 0 else []
        return codec.dumps([message.to_dict() for message in shown]).decode()

    def get_tool_call_history(self, num_calls: int | None = 3) -> str:
        """Read which tools were called in this conversation, those of the latest turn first, as a JSON list."""
        look = FIRST_LOOK if num_calls is not None else None
        runs = self._runs(look)
        while look is not None and num_calls is not None and len(runs) == look and _count(runs) < num_calls:
            look *= 2
            runs = self._runs(look)
        calls = list(_calls(runs))
        return codec.dumps(calls if num_calls is None else calls[: max(num_calls, 0)]).decode()

    def _runs(self, last: int | None) -> list[list[Message]]:
        """What was said in the last runs that count as history, the latest first, without the system."""
        found = self._store.get_runs(
            self._scope,
            self._session_id,
            last=None if last is None else max(last, 1),
            statuses=sorted(HISTORY_STATUSES),
        ).result()
        return [
            [s.message for s in record.steps if s.message is not None and _is_told(s.message)]
            for record in reversed(found)
        ]


def _is_told(message: Message) -> bool:
    return message.role not in ("system", "developer") and not message.from_history


def _calls(runs: list[list[Message]]) -> Iterator[ToolCall]:
    for run in runs:
        for message in run:
            yield from message.tool_calls or ()


def _count(runs: list[list[Message]]) -> int:
    return sum(1 for _ in _calls(runs))
