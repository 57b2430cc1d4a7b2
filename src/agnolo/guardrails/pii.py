"""A guardrail against personal data: it refuses or masks them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from agnolo.ports.guardrail import BaseGuardrail
from agnolo.vocabulary.checks import CheckTrigger, InputCheckError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.run_input import RunInput

_SSN = re.compile(r"\b\d{3}(?:-)\d{2}(?:-)\d{4}\b")
_CARD = re.compile(r"\b\d{4}(?:[\s-]?\d{4}){3}\b")
_EMAIL = re.compile(r"\b[\w.%+-]+@[\w.-]+\.[a-z]{2,}\b", re.ASCII | re.IGNORECASE)
_PHONE = re.compile(r"\b(?:\d{3}[\s.-]?){2}\d{4}\b")


class PIIDetectionGuardrail(BaseGuardrail):
    """Refuses a text with personal data, or with `mask_pii` puts stars in their place.

    It looks for social security numbers, credit cards, e-mail addresses and phone numbers of the USA, each unless
    switched off, and for `custom_patterns`: names to regular expressions. Raises TypeError and re.error for those that
    are none.
    """

    def __init__(
        self,
        *,
        mask_pii: bool = False,
        enable_ssn_check: bool = True,
        enable_credit_card_check: bool = True,
        enable_email_check: bool = True,
        enable_phone_check: bool = True,
        custom_patterns: Mapping[str, str | re.Pattern[str]] | None = None,
    ) -> None:
        self.mask_pii = mask_pii
        known = (
            (enable_ssn_check, "SSN", _SSN),
            (enable_credit_card_check, "Credit Card", _CARD),
            (enable_email_check, "Email", _EMAIL),
            (enable_phone_check, "Phone", _PHONE),
        )
        self.pii_patterns = {name: pattern for wanted, name, pattern in known if wanted}
        for name, pattern in (custom_patterns or {}).items():
            self.pii_patterns[name] = _compiled(name, pattern)

    def check(self, run_input: RunInput) -> None:
        """Raises InputCheckError with CheckTrigger.PII_DETECTED and the names of what was found; or masks it."""
        text = run_input.input_content_string()
        found = [name for name, pattern in self.pii_patterns.items() if pattern.search(text)]
        if not found:
            return
        if not self.mask_pii:
            raise InputCheckError(
                f"The text holds personal data: {', '.join(found)}.",
                CheckTrigger.PII_DETECTED,
                {"detected_pii": found},
            )
        run_input.input_content = self._masked(run_input.input_content)

    def _masked(self, value: Any) -> Any:  # noqa: ANN401 - any input
        """The value with stars in its texts, in its own form as far as that is known."""
        if isinstance(value, str):
            for pattern in self.pii_patterns.values():
                value = pattern.sub(lambda match: "*" * len(match[0]), value)
            return value
        if isinstance(value, Message):
            return msgspec.structs.replace(value, content=self._masked(value.content))
        if is_array(value):
            return [self._masked(item) for item in value]
        if is_object(value):
            return {name: self._masked(item) for name, item in value.items()}
        if value is None or isinstance(value, int | float):
            return self._scalar(value)
        return self._masked(RunInput(input_content=value).input_content_string())

    def _scalar(self, value: float | None) -> Any:  # noqa: ANN401 - itself, or stars
        text = str(value)
        masked = self._masked(text)
        return value if masked == text else masked


def _compiled(name: str, pattern: object) -> re.Pattern[str]:
    if isinstance(pattern, str):
        return re.compile(pattern)
    if isinstance(pattern, re.Pattern):
        return pattern  # pyright: ignore[reportUnknownVariableType] - of text, as its owner says
    raise TypeError(f"custom_patterns[{name!r}] is {pattern!r}: give a regular expression, as text or compiled")
