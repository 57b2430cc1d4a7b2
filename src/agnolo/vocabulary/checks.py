"""What hooks and guardrails raise to end a run, and why."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from agnolo.vocabulary.errors import AgnoloError


class CheckTrigger(Enum):
    """Why a check failed. Any other text may stand in its place."""

    OFF_TOPIC = "off_topic"
    INPUT_NOT_ALLOWED = "input_not_allowed"
    OUTPUT_NOT_ALLOWED = "output_not_allowed"
    VALIDATION_FAILED = "validation_failed"

    PROMPT_INJECTION = "prompt_injection"
    PII_DETECTED = "pii_detected"


class CheckError(AgnoloError):
    """A check failed and ends the run with status ERROR. `error_id` is the trigger's text; `type` the wire name."""

    status_code = 400
    default_trigger: ClassVar[CheckTrigger]

    def __init__(
        self,
        message: str,
        check_trigger: CheckTrigger | str | None = None,
        additional_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.type = self.error_type
        self.check_trigger = self.default_trigger if check_trigger is None else check_trigger
        trigger = self.check_trigger
        self.error_id = str(trigger.value) if isinstance(trigger, CheckTrigger) else str(trigger)
        self.additional_data = additional_data


class InputCheckError(CheckError):
    """The input is refused."""

    error_type = "input_check_error"
    default_trigger = CheckTrigger.INPUT_NOT_ALLOWED


class OutputCheckError(CheckError):
    """The output is refused."""

    error_type = "output_check_error"
    default_trigger = CheckTrigger.OUTPUT_NOT_ALLOWED
