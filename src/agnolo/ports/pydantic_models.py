"""Parameter types that only pydantic understands: Field(...) metadata, its own types, its dataclasses.

The one module that knows pydantic. Plain pydantic models need it not: they are asked for their schema and to validate.
"""

from __future__ import annotations

from typing import Any

import pydantic

from agnolo.vocabulary.conversion import Misfit, pydantic_problems
from agnolo.vocabulary.pydantic_schema import without_references


class Reader:
    """The schema of one type, and the values it makes."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - any type form
        self._adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(kind)

    def schema(self) -> dict[str, Any]:
        """The JSON schema, without references."""
        return without_references(self._adapter.json_schema()).schema

    def convert(self, value: Any) -> Any:  # noqa: ANN401 - a value of the type
        """The value. Raises Misfit."""
        try:
            return self._adapter.validate_python(value)
        except pydantic.ValidationError as bad:
            raise Misfit(pydantic_problems(bad)) from bad
