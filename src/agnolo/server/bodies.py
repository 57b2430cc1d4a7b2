"""Fields of JSON bodies, converted or refused by name: all that is wrong with a body is told at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeGuard

from msgspec import ValidationError

from agnolo.server.forms import decoded, read_body
from agnolo.server.problems import FieldError, Problem, alternatives
from agnolo.server.settings import Settings
from agnolo.server.web import Request
from agnolo.vocabulary.summaries import SessionSummary


class Body:
    """The fields of one JSON object; unknown names are never looked at. Ask for all, then `check`."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields
        self._faults: list[FieldError] = []

    def has(self, name: str) -> bool:
        """Whether the field was sent, be it null."""
        return name in self._fields

    def check(self) -> None:
        """Raise 422 naming every field at fault."""
        if self._faults:
            raise Problem(422, self._faults)

    def text(self, name: str, *, most: int | None = None) -> str | None:
        """A text, None when absent or null; with `most` one of 1 to so many characters."""
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self._fault(name, "string_type", "Input should be a valid string", value)
        elif most is not None and not value:
            self._fault(name, "string_too_short", "String should have at least 1 character", value, min_length=1)
        elif most is not None and len(value) > most:
            text = f"String should have at most {most} characters"
            self._fault(name, "string_too_long", text, value, max_length=most)
        else:
            return value
        return None

    def required_text(self, name: str, *, most: int | None = None) -> str:
        """A text that must be there."""
        self._demand(name)
        return self.text(name, most=most) or ""

    def required_match(self, name: str, pattern: str) -> str:
        """A text that must be there and fit."""
        text = self.required_text(name)
        if isinstance(self._fields.get(name), str) and re.search(pattern, text) is None:
            told = f"String should match pattern '{pattern}'"
            self._fault(name, "string_pattern_mismatch", told, text, pattern=pattern)
        return text

    def mapping(self, name: str) -> dict[str, Any] | None:
        """An object, None when absent or null."""
        value: Any = self._fields.get(name)
        if _is_mapping(value):
            return value
        if value is not None:
            self._fault(name, "dict_type", "Input should be a valid dictionary", value)
        return None

    def summary(self, name: str) -> dict[str, Any] | None:
        """A summary of a session as it is stored, None when absent or null."""
        given = self.mapping(name)
        if given is None:
            return None
        try:
            return SessionSummary.from_dict(given).to_dict()
        except ValidationError as wrong:
            self._fault(name, "value_error", f"Value error, {wrong}", given)
            return None

    def texts(self, name: str) -> list[str] | None:
        """A list of texts, None when absent or null."""
        value: Any = self._fields.get(name)
        if value is None:
            return None
        if not _is_list(value):
            self._fault(name, "list_type", "Input should be a valid list", value)
            return None
        texts: list[str] = []
        for at, item in enumerate(value):
            if isinstance(item, str):
                texts.append(item)
            else:
                self._fault(name, "string_type", "Input should be a valid string", item, at)
        return texts

    def required_texts(self, name: str) -> list[str]:
        """A list of texts that must be there and hold something."""
        self._demand(name)
        if self._fields.get(name) == []:
            text = "List should have at least 1 item after validation, not 0"
            self._fault(name, "too_short", text, [], field_type="List", min_length=1, actual_length=0)
        return self.texts(name) or []

    def required_choices(self, name: str, known: Sequence[str]) -> list[str]:
        """A list of known words that must be there and hold something."""
        words = self.required_texts(name)
        for at, word in enumerate(words):
            if word not in known:
                expected = alternatives(known)
                self._fault(name, "enum", f"Input should be {expected}", word, at, expected=expected)
        return words

    def _demand(self, name: str) -> None:
        if name not in self._fields:
            self._fault(name, "missing", "Field required", self._fields)
        elif self._fields[name] is None:
            self._fault(name, "string_type", "Input should be a valid string", None)

    def _fault(self, name: str, kind: str, text: str, given: object, *at: int, **facts: object) -> None:
        told: FieldError = {"type": kind, "loc": ["body", name, *at], "msg": text, "input": given}
        self._faults.append(told | {"ctx": facts} if facts else told)


def _is_mapping(value: Any) -> TypeGuard[dict[str, Any]]:  # noqa: ANN401 - whatever JSON holds
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Any]]:  # noqa: ANN401 - whatever JSON holds
    return isinstance(value, list)


async def open_body(request: Request, settings: Settings) -> Body:
    """Read a body that must be a JSON object. Raises 422, and 408 for a slow one."""
    value = decoded(await read_body(request, settings), object, ["body"])
    if _is_mapping(value):
        return Body(value)
    text = "Input should be a valid dictionary or object to extract fields from"
    raise Problem(422, [{"type": "model_attributes_type", "loc": ["body"], "msg": text, "input": value}])
