"""A guardrail against texts that try to talk a model out of its instructions."""

from __future__ import annotations

from collections.abc import Sequence

from agnolo.ports.guardrail import BaseGuardrail
from agnolo.vocabulary.checks import CheckTrigger, InputCheckError
from agnolo.vocabulary.run_input import RunInput

DEFAULT_PATTERNS = (
    # orders to drop what was said before
    "ignore previous instructions", "ignore your instructions", "ignore safeguards", "disregard guidelines",
    "forget everything", "forget everything above",
    # other roles
    "you are now a", "act as if", "pretend you are", "roleplay as", "simulate being",
    # claims of power
    "developer mode", "admin override", "root access", "override safety", "bypass restrictions", "jailbreak",
    # what is not the user's to see
    "system prompt",
)  # fmt: skip
"""The reference's phrases: what it refuses is refused here."""


class PromptInjectionGuardrail(BaseGuardrail):
    """Refuses a text with one of `injection_patterns` (plain phrases in lower case; upper case matches as well).

    It knows phrases, not intents: a determined attacker finds other words.
    """

    def __init__(self, injection_patterns: Sequence[str] | None = None) -> None:
        self.injection_patterns = list(injection_patterns or DEFAULT_PATTERNS)

    def check(self, run_input: RunInput) -> None:
        """Raises InputCheckError with CheckTrigger.PROMPT_INJECTION."""
        text = run_input.input_content_string().lower()
        if any(pattern in text for pattern in self.injection_patterns):
            raise InputCheckError(
                "The text looks like an attempt to change the agent's instructions.", CheckTrigger.PROMPT_INJECTION
            )
