"""Form bodies, multipart or urlencoded: read within limits, fields converted or refused by name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec

from agnolo.server.problems import Problem, bad_field, missing
from agnolo.server.settings import Settings
from agnolo.server.web import FormData, Request, UploadFile
from agnolo.vocabulary import codec

T = TypeVar("T")

_TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "off", "f", "n"})


class Form:
    """The fields of one form. The first value of a name counts; unknown names are never looked at."""

    def __init__(self, fields: FormData) -> None:
        self._fields = fields

    def text(self, name: str) -> str | None:
        """A text field; None when absent or empty."""
        value = self._fields.get(name)
        return value if isinstance(value, str) and value else None

    def required(self, name: str) -> str:
        """A text field that must say something. Raises 422 otherwise."""
        value = self.text(name)
        if value is None:
            raise missing("body", name)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """A truth value in any usual spelling. Raises 422 for others."""
        chosen = self.choice(name)
        return default if chosen is None else chosen

    def choice(self, name: str) -> bool | None:
        """The same, None when absent or empty."""
        value = self.text(name)
        if value is None:
            return None
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        text = "Input should be a valid boolean, unable to interpret input"
        raise bad_field("body", name, "bool_parsing", text, given=value)

    def integer(self, name: str) -> int | None:
        """A whole number. Raises 422 for others."""
        return whole_number("body", name, self.text(name))

    def json_list(self, name: str) -> list[Any] | None:
        """A JSON list, None when absent. Raises 422 naming the field."""
        return self._decoded(name, list[Any])

    def json_object(self, name: str) -> dict[str, Any] | None:
        """A JSON object. Raises 422 for other values."""
        return self._decoded(name, dict[str, Any])

    def _decoded(self, name: str, kind: type[T]) -> T | None:
        value = self.text(name)
        return None if value is None else decoded(value.encode(), kind, ["body", name])

    def uploads(self, name: str) -> list[UploadFile]:
        """The files sent under a name."""
        return [value for value in self._fields.getlist(name) if isinstance(value, UploadFile)]


@asynccontextmanager
async def open_form(request: Request, settings: Settings) -> AsyncGenerator[Form, None]:
    """Read the body; uploaded files are there until the block ends.

    A body that is no form has no fields. Raises 400 for a malformed one, 408 for a slow one. The body is read before it
    is parsed: a parser that is interrupted would leave the files it has opened behind.
    """
    await read_body(request, settings)
    fields = await request.form(
        max_files=settings.max_form_files,
        max_fields=settings.max_form_fields,
        max_part_size=settings.max_body_bytes,
    )
    try:
        yield Form(fields)
    finally:
        await fields.close()


async def read_body(request: Request, settings: Settings) -> bytes:
    """The whole body. Raises 408 when it does not arrive in time."""
    try:
        async with asyncio.timeout(settings.body_seconds):
            return await request.body()
    except TimeoutError as error:
        text = f"The request's body did not arrive within {settings.body_seconds:g} seconds"
        raise Problem(408, text, headers={"Connection": "close"}) from error


def decoded(text: bytes, kind: type[T], where: list[str]) -> T:
    """JSON text as a value of a kind. Raises 422."""
    try:
        return codec.decode(text, kind)
    except msgspec.ValidationError as error:
        problem = {"type": "value_error", "loc": where, "msg": f"Input has the wrong form: {error}", "input": None}
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        problem = {"type": "json_invalid", "loc": where, "msg": f"Invalid JSON: {error}", "input": None}
    raise Problem(422, [problem])


def whole_number(where: str, name: str, value: str | None) -> int | None:
    """A number as sent, None when absent. Raises 422."""
    if value is None:
        return None
    try:
        return int(value)
    except ValueError as error:
        text = "Input should be a valid integer, unable to parse string as an integer"
        raise bad_field(where, name, "int_parsing", text, given=value) from error
