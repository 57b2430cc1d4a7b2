"""One call of continue_run(): what it says, what contradicts itself, and what a person has decided."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from agnolo.agent.call import Call
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.runs import RunOutput, RunStatus

ENDED = frozenset({RunStatus.completed, RunStatus.regenerated})
"""Runs that go on as another run only."""


class Place(NamedTuple):
    """How many messages are kept, and whether a run of its own goes on from there.

    What is stored is never taken back, nor is an ended run reopened.
    """

    kept: int
    forks: bool


class Continuation(Call, kw_only=True):
    """What a call of continue_run() says: see `arguments.ContinueOptions`."""

    run_response: RunOutput | None = None
    requirements: Sequence[RunRequirement] | None = None
    updated_tools: Sequence[ToolExecution] | None = None
    continue_from: int | Literal["end", "last_user"] = "end"
    fork: bool = False
    regenerate: bool = False
    replace_original: bool | None = None
    additional_instructions: str | None = None
    only_on_record: bool = False
    forked_run_id: str | None = None

    def __post_init__(self) -> None:
        """Raise ConfigurationError for what contradicts itself."""
        if self.run_response is not None:
            self.run_id, self.session_id = self.run_response.run_id, self.run_response.session_id
        if self.run_id is None:
            raise ConfigurationError("continue_run() needs a run: give its output as run_response, or its run_id")
        if self.additional_instructions is not None and self.input is not None:
            raise ConfigurationError("give input or additional_instructions, not both: they are the same message")
        if self.replace_original is not None and not self.regenerate:
            raise ConfigurationError("replace_original goes with regenerate=True")
        if self.regenerate and (self.fork or self.continue_from not in ("end", "last_user")):
            raise ConfigurationError("regenerate=True forks, and finds its place, itself: leave fork and continue_from")
        if not isinstance(self.continue_from, int) and self.continue_from not in ("end", "last_user"):
            raise ConfigurationError(
                f"continue_from={self.continue_from!r}: give a number of messages, 'end' or 'last_user'"
            )
        if self.updated_tools is not None:
            warnings.warn("updated_tools is old: give requirements", DeprecationWarning, stacklevel=4)

    @property
    def said(self) -> str | None:
        """The further message."""
        return self.additional_instructions if self.input is None else self.input

    def decisions(self, known: Iterable[RunRequirement]) -> list[RunRequirement]:
        """What is decided, in whichever of its forms it was given."""
        tools = list(self.updated_tools or ())
        given = list(self.requirements or ())
        if self.run_response is not None:
            given += self.run_response.requirements or () if self.requirements is None else ()
            tools += self.run_response.tools or ()
        said = {requirement.id for requirement in given if requirement.is_resolved()}
        by_call = {tool.tool_call_id: tool for tool in tools}
        told = [
            RunRequirement(by_call[known_one.tool_execution.tool_call_id], id=known_one.id)
            for known_one in known
            if known_one.id not in said and known_one.tool_execution.tool_call_id in by_call
        ]
        replaced = {requirement.id for requirement in told}
        return [requirement for requirement in given if requirement.id not in replaced] + told

    def boundary(self, messages: Sequence[Message]) -> int:
        """How many messages are kept. Raises ConfigurationError when none of them is what is looked for."""
        if self.regenerate:
            kept = next((i for i in range(len(messages), 0, -1) if not _is_answer(messages[i - 1])), 0)
        elif self.continue_from == "last_user":
            kept = next((i for i in range(len(messages), 0, -1) if messages[i - 1].role == "user"), 0)
        elif isinstance(self.continue_from, int):
            return whole(messages, min(max(self.continue_from, 0), len(messages)))
        else:
            return len(messages)
        if not kept:
            raise ConfigurationError(f"run {self.run_id!r} has no message to go on from")
        return whole(messages, kept)

    def place(self, status: RunStatus, messages: Sequence[Message]) -> Place:
        """Where a run of this status and these messages goes on. Raises as `boundary` does."""
        kept = self.boundary(messages)
        forks = self.fork or self.regenerate or status in ENDED or kept < len(messages)
        return Place(kept, forks)


def _is_answer(message: Message) -> bool:
    return message.role == "assistant" and not message.tool_calls


def whole(messages: Sequence[Message], kept: int) -> int:
    """The boundary moved back so that no call stands without its result."""
    for place in range(kept):
        calls = {call.id for call in messages[place].tool_calls or ()}
        if calls and not calls <= {m.tool_call_id for m in following(messages[place + 1 : kept])}:
            return place
    return kept


def following(messages: Sequence[Message]) -> list[Message]:
    """The results at the beginning: those of the answer before. A later answer may use the same ids again."""
    end = next((i for i, message in enumerate(messages) if message.role == "assistant"), len(messages))
    return [message for message in messages[:end] if message.role == "tool"]
