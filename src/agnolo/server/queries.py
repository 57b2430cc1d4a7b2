"""Fields of the query that lists share: pages, orders, moments. What is wrong is refused by name."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agnolo.server.forms import whole_number
from agnolo.server.problems import alternatives, bad_field
from agnolo.server.web import Request, Response, json_response

PAGE_ROWS = 20
MOST_ROWS = 1000
MOST_PAGES = 10**9


class Paging:
    """Which page of a list, and in which of its orders, the first by default.

    Made when the request begins: the answer tells how long it took.
    """

    def __init__(self, request: Request, orders: Sequence[str], *, rows: int = PAGE_ROWS) -> None:
        self.begun = time.perf_counter()
        self.limit = count(request, "limit", rows, MOST_ROWS)
        self.page = count(request, "page", 1, MOST_PAGES)
        self.sort_by = choice(request, "sort_by", orders) or orders[0]
        self.ascending = choice(request, "sort_order", ("asc", "desc")) == "asc"

    def answer(self, rows: Sequence[Any], total: int) -> Response:
        """The page with what clients need to turn it."""
        meta = {
            "page": self.page,
            "limit": self.limit,
            "total_pages": -(-total // self.limit),
            "total_count": total,
            "search_time_ms": round((time.perf_counter() - self.begun) * 1000, 2),
        }
        return json_response({"data": rows, "meta": meta})


def count(request: Request, name: str, default: int, most: int) -> int:
    """A number from 1 on. Raises 422."""
    given = request.query_params.get(name)
    number = whole_number("query", name, given)
    if number is None:
        return default
    if number < 1:
        text = "Input should be greater than or equal to 1"
        raise bad_field("query", name, "greater_than_equal", text, given=given, ctx={"ge": 1})
    if number > most:
        text = f"Input should be less than or equal to {most}"
        raise bad_field("query", name, "less_than_equal", text, given=given, ctx={"le": most})
    return number


def choice(request: Request, name: str, known: Sequence[str], *, kind: str = "enum") -> str | None:
    """One of the known words, None when not given. Raises 422."""
    given = request.query_params.get(name)
    if not given or given in known:
        return given or None
    expected = alternatives(known)
    raise bad_field("query", name, kind, f"Input should be {expected}", given=given, ctx={"expected": expected})


def moment(request: Request, name: str) -> float:
    """Unix seconds, or ISO 8601; 0 when not given. Raises 422."""
    given = request.query_params.get(name)
    if not given:
        return 0
    try:
        return float(given) if given.replace(".", "", 1).isdigit() else datetime.fromisoformat(given).timestamp()
    except ValueError as error:
        text = "Input should be a valid integer, or a time in ISO 8601"
        raise bad_field("query", name, "int_parsing", text, given=given) from error
