"""The seam to guardrails: checks of a text that pass it, change it, or end the run."""

from __future__ import annotations

from abc import ABC, abstractmethod

from agnolo.vocabulary.run_input import RunInput


class BaseGuardrail(ABC):
    """A check, for `pre_hooks` (of the input), `post_hooks` (of the answer) and `tool_guardrails` (of tool results).

    It raises InputCheckError to refuse, and sets `run_input.input_content` to change what it read.
    """

    @abstractmethod
    def check(self, run_input: RunInput) -> None:
        """Check in plain code."""

    async def async_check(self, run_input: RunInput) -> None:
        """Check on a running event loop, as arun() does. The same, unless a guardrail has to wait for something."""
        self.check(run_input)
