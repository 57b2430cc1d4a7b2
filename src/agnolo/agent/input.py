"""The input of a run held to the agent's `input_schema`."""

from __future__ import annotations

from typing import Any

from agnolo.vocabulary import answers, codec
from agnolo.vocabulary.conversion import Misfit, converter
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.guards import is_class, is_object
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.schema import output_schema


def fitting_input(given: Any, schema: Any) -> Any:  # noqa: ANN401 - any value, any schema
    """The input as a value of the schema; a mapping where that is a TypedDict or JSON schema. Raises InputError.

    A message counts by its text, and text as JSON. A value of the schema's class stays as it is.
    """
    if isinstance(given, Message):
        given = given.text()
    if isinstance(given, str):
        try:
            given = codec.loads(given)
        except ValueError as wrong:
            raise InputError(f"the input must be JSON that fits input_schema: {wrong}") from wrong
    if not is_object(schema) and is_class(schema) and not is_object(given) and _is_of(given, schema):
        return given
    name = output_schema(schema).name
    if not is_object(given):
        raise InputError(f"the input must be a mapping or a {name} to fit input_schema, not {type(given).__name__}")
    try:
        if is_object(schema):
            form = output_schema(schema).schema
            answers.check(given, form, root=form)
            return given
        return converter(schema)(given)
    except Misfit as bad:
        raise InputError(f"the input does not fit {name!r}: {bad}") from bad


def _is_of(given: object, schema: type[Any]) -> bool:
    try:
        return isinstance(given, schema)
    except TypeError:  # a TypedDict: nothing is an instance of it
        return False
