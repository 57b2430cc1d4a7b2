"""What a paused run waits for: one requirement for each tool call that a person has to decide on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Self

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.executions import ToolExecution, UserFeedbackQuestion, UserInputField
from agnolo.vocabulary.ids import new_id

PauseType = Literal["confirmation", "user_input", "user_feedback", "external_execution"]


def _moment() -> datetime:
    return datetime.now(UTC)


class RunRequirement(msgspec.Struct, omit_defaults=True):
    """A tool call that waits, and what has been decided. Resolve it, then continue the run with it.

    Resolving what is not asked, or again, raises InputError. `member_*` name the member of a team whose call it is.
    """

    tool_execution: ToolExecution
    id: str = msgspec.field(default_factory=new_id)
    created_at: datetime = msgspec.field(default_factory=_moment)
    confirmation: bool | None = None
    confirmation_note: str | None = None
    user_input_schema: list[UserInputField] | None = None
    user_feedback_schema: list[UserFeedbackQuestion] | None = None
    external_execution_result: str | None = None
    member_agent_id: str | None = None
    member_agent_name: str | None = None
    member_run_id: str | None = None

    def __post_init__(self) -> None:
        """What is decided is said in two places on the wire: the execution's word holds, and is filled in here."""
        execution = self.tool_execution
        if self.confirmation is not None and execution.confirmed is None:
            execution.confirmed = self.confirmation
            execution.confirmation_note = execution.confirmation_note or self.confirmation_note
        if self.external_execution_result is not None and execution.result is None:
            execution.result = self.external_execution_result
        self._adopt_input(execution)
        self._adopt_feedback(execution)

    def _adopt_input(self, execution: ToolExecution) -> None:
        given, fields = self.user_input_schema, execution.user_input_schema
        if fields is None:
            execution.user_input_schema = given
            return
        values = {field.name: field.value for field in given or () if field.value is not None}
        filled = [field for field in fields if field.value is None and field.name in values]
        for field in filled:
            field.value = values[field.name]
        if filled and execution.answered is None and _all_given(fields):
            execution.answered = True
        self.user_input_schema = fields

    def _adopt_feedback(self, execution: ToolExecution) -> None:
        given, questions = self.user_feedback_schema, execution.user_feedback_schema
        if questions is None:
            execution.user_feedback_schema = given
            return
        chosen = {q.question: q.selected_options for q in given or () if q.selected_options is not None}
        open_ones = [q for q in questions if q.selected_options is None and q.question in chosen]
        for question in open_ones:
            question.select(chosen[question.question])
        if open_ones and execution.answered is None and _all_answered(questions):
            execution.answered = True
        self.user_feedback_schema = questions

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The requirement that `to_dict` gave, or a client's with its decision. Raises msgspec.ValidationError."""
        return msgspec.convert(data, cls)

    def to_dict(self) -> dict[str, Any]:
        """As stored and sent, without nulls."""
        return codec.builtins(self)

    # ---- what is asked

    @property
    def needs_confirmation(self) -> bool:
        """Whether a person must confirm or reject the call."""
        undecided = self.confirmation is None and self.tool_execution.confirmed is None
        return undecided and bool(self.tool_execution.requires_confirmation)

    @property
    def needs_user_input(self) -> bool:
        """Whether a person must give arguments."""
        if self.tool_execution.answered:
            return False
        return bool(self.tool_execution.requires_user_input) or not _all_given(self.user_input_schema or ())

    @property
    def needs_user_feedback(self) -> bool:
        """Whether a person must answer questions."""
        return not self.tool_execution.answered and not _all_answered(self.user_feedback_schema or ())

    @property
    def needs_external_execution(self) -> bool:
        """Whether the call must be carried out elsewhere and its result be brought."""
        return self.external_execution_result is None and bool(self.tool_execution.external_execution_required)

    @property
    def external_execution_silent(self) -> bool:
        """Whether nothing is to be said about the wait for the result."""
        return self.needs_external_execution and bool(self.tool_execution.external_execution_silent)

    @property
    def pause_type(self) -> PauseType:
        """What kind of answer is asked for."""
        execution = self.tool_execution
        if execution.user_feedback_schema:
            return "user_feedback"
        if execution.external_execution_required:
            return "external_execution"
        return "user_input" if execution.requires_user_input else "confirmation"

    def is_resolved(self) -> bool:
        """Whether nothing is left to decide."""
        return not (
            self.needs_confirmation
            or self.needs_user_input
            or self.needs_user_feedback
            or self.needs_external_execution
        )

    # ---- answers

    def confirm(self) -> None:
        """Let the call be made."""
        self._expect(self.needs_confirmation, "confirmation")
        self.confirmation = self.tool_execution.confirmed = True

    def reject(self, note: str | None = None) -> None:
        """Refuse the call; the model reads the note."""
        self._expect(self.needs_confirmation, "confirmation")
        self.confirmation = self.tool_execution.confirmed = False
        self.confirmation_note = self.tool_execution.confirmation_note = note

    def provide_user_input(self, values: Mapping[str, Any]) -> None:
        """Give arguments by name; the call is answered when all fields have a value."""
        self._expect(self.needs_user_input, "user input")
        fields = self.user_input_schema or []
        for field in fields:
            field.value = values.get(field.name, field.value)
        if _all_given(fields):
            self.tool_execution.answered = True

    def provide_user_feedback(self, selections: Mapping[str, Sequence[str]]) -> None:
        """Give labels by question; the call is answered when all questions are."""
        self._expect(self.needs_user_feedback, "user feedback")
        questions = self.user_feedback_schema or []
        for question in questions:
            if question.question in selections:
                question.select(selections[question.question])
        if _all_answered(questions):
            self.tool_execution.answered = True

    def set_external_execution_result(self, result: str) -> None:
        """Bring the result of a call that was carried out elsewhere."""
        self._expect(self.needs_external_execution, "external execution")
        self.external_execution_result = self.tool_execution.result = result

    def _expect(self, asked: bool, what: str) -> None:  # noqa: FBT001 - a question and its name
        if not asked:
            raise InputError(f"{self.tool_execution.tool_name!r} does not wait for {what}, or has been given it")


def _all_given(fields: Iterable[UserInputField]) -> bool:
    return all(field.value is not None for field in fields)


def _all_answered(questions: Iterable[UserFeedbackQuestion]) -> bool:
    return all(question.selected_options is not None for question in questions)


def active(requirements: Iterable[RunRequirement] | None) -> list[RunRequirement]:
    """Those that are still open."""
    return [requirement for requirement in requirements or () if not requirement.is_resolved()]
