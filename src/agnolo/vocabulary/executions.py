"""A tool call as it was, or is to be, executed, and what a person is asked about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.ids import now
from agnolo.vocabulary.metrics import ToolCallMetrics

_FIELD_TYPES: dict[str, Any] = {kind.__name__: kind for kind in (str, int, float, bool, list, dict)}


class UserInputField(msgspec.Struct):
    """One argument a person fills in. `field_type` is a type, on the wire its name; `value` None: not given yet."""

    name: str
    field_type: Any = str
    description: str | None = None
    value: Any = None

    def __post_init__(self) -> None:
        if isinstance(self.field_type, str):
            self.field_type = _FIELD_TYPES.get(self.field_type, str)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The field that `to_dict` gave. Raises msgspec.ValidationError."""
        return msgspec.convert(data, cls)

    def to_dict(self) -> dict[str, Any]:
        """As stored and sent."""
        return codec.builtins(self)


class UserFeedbackOption(msgspec.Struct):
    """One answer a person may choose."""

    label: str
    description: str | None = None
    selected: bool = False


class UserFeedbackQuestion(msgspec.Struct):
    """A question with answers to choose from; `selected_options` are labels, None while it is open."""

    question: str
    header: str | None = None
    options: list[UserFeedbackOption] | None = None
    multi_select: bool = False
    selected_options: list[str] | None = None

    def select(self, labels: Sequence[str]) -> None:
        """Answer the question with these labels."""
        self.selected_options = list(labels)
        for option in self.options or ():
            option.selected = option.label in labels


class ToolExecution(msgspec.Struct, kw_only=True, gc=False):
    """One tool call: as executed, or as it waits for a person. All keys are present on the wire, null or not."""

    tool_call_id: str | None = None
    tool_name: str | None = None
    tool_args: dict[str, Any] | None = None
    tool_call_error: bool | None = None
    result: str | None = None
    metrics: ToolCallMetrics | None = None
    child_run_id: str | None = None
    stop_after_tool_call: bool = False
    created_at: int = msgspec.field(default_factory=now)
    requires_confirmation: bool | None = None
    confirmed: bool | None = None
    confirmation_note: str | None = None
    requires_user_input: bool | None = None
    user_input_schema: list[UserInputField] | None = None
    user_feedback_schema: list[UserFeedbackQuestion] | None = None
    answered: bool | None = None
    external_execution_required: bool | None = None
    external_execution_silent: bool | None = None
    approval_type: str | None = None
    approval_id: str | None = None
    parent_tool_call_id: str | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The execution that `to_dict` gave. Raises msgspec.ValidationError."""
        return msgspec.convert(data, cls)

    def to_dict(self) -> dict[str, Any]:
        """As stored and sent."""
        return codec.builtins(self)

    @property
    def is_paused(self) -> bool:
        """Whether it waits for a person."""
        return bool(self.requires_confirmation or self.requires_user_input or self.external_execution_required)
