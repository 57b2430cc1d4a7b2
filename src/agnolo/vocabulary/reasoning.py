"""Steps of reasoning, as tools, events and outputs tell them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class NextAction(StrEnum):
    """What follows a step."""

    CONTINUE = "continue"
    VALIDATE = "validate"
    FINAL_ANSWER = "final_answer"
    RESET = "reset"

    @classmethod
    def of(cls, said: str) -> NextAction:
        """What a model calls it; CONTINUE for what is not known."""
        word = said.lower()
        if word == "validate":
            return cls.VALIDATE
        return cls.FINAL_ANSWER if word in ("final", "final_answer", "finalize") else cls.CONTINUE


class ReasoningStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step. `confidence` is between 0 and 1."""

    title: str | None = None
    action: str | None = None
    result: str | None = None
    reasoning: str | None = None
    next_action: NextAction | None = None
    confidence: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields, those that are not known as None."""
        return msgspec.structs.asdict(self)

    def text(self) -> str:
        """The step to be read: what is known of it, one thing a line, and an empty line."""
        lines = [self.title and f"## {self.title}", self.reasoning, self.action and f"Action: {self.action}"]
        lines.append(self.result and f"Result: {self.result}")
        return "".join(f"{line}\n" for line in lines if line) + "\n"


class ReasoningSteps(msgspec.Struct, frozen=True):
    """All steps of a run so far."""

    reasoning_steps: list[ReasoningStep]
