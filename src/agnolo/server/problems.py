"""What goes wrong, as the reference's error bodies: always `{"detail": …}`, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agnolo.server.web import HTTPException, Response, json_response
from agnolo.vocabulary.errors import AgnoloError, RunNotFoundError, SessionNotFoundError

FieldError = dict[str, Any]
"""What is wrong with one field: type, loc, msg, input, and facts under ctx."""


class Problem(Exception):
    """An answer that is not the one asked for. `detail` is text, or the reference's list of field errors."""

    def __init__(
        self,
        status: int,
        detail: Any,  # noqa: ANN401 - text or a list of field errors
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self) -> Response:
        """The error as a response."""
        return json_response({"detail": self.detail, **self.extra}, self.status, self.headers)


def bad_field(where: str, name: str, kind: str, message: str, *, given: object = None, **more: object) -> Problem:
    """422 for one field of the query or the body."""
    return Problem(422, [{"type": kind, "loc": [where, name], "msg": message, "input": given, **more}])


def alternatives(words: Sequence[str]) -> str:
    """The words that a field may have, as the reference lists them."""
    *first, last = (repr(word) for word in words)
    return f"{', '.join(first)} or {last}" if first else last


def missing(where: str, name: str) -> Problem:
    """422 for a required field that is absent or empty."""
    return bad_field(where, name, "missing", "Field required")


def busy(status: int, detail: str, *, retry_after: int) -> Problem:
    """429 or 503 with the seconds to wait."""
    return Problem(status, detail, headers={"Retry-After": str(retry_after)})


def problem_of(error: Exception) -> Problem:
    """The answer to an error. Errors raised on purpose speak for themselves, others show only their type."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return Problem(error.status_code, error.detail, headers=error.headers)
        case SessionNotFoundError():
            return Problem(404, "Session not found")
        case RunNotFoundError():
            return Problem(404, "Run not found")
        case AgnoloError():
            named = {"error_id": error.error_id, "error_type": error.error_type}
            return Problem(error.status_code, error.message, extra=named)
        case _:
            return Problem(500, f"Internal server error ({type(error).__name__})")
