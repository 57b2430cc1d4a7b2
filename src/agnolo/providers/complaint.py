"""What the body of an error says, whichever of its seven shapes it has. What that means is for `errors`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_array, is_object

SNIPPET = 200
"""Characters of a failed generation that an error repeats."""

# Compiled when an error is first read, as most processes read none.
_AGAIN = (
    r"\b(?:again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:h|ms|m|s))+|\d+(?:\.\d+)?)"
    r"(?: ?(millisecond|second|minute|hour))?"
)
_UNIT = {"millisecond": "ms", "second": "s", "minute": "m", "hour": "h", None: ""}
_RESET = r"reset|重置"
_MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_BEIJING = timezone(timedelta(hours=8))
"""GLM names the end of a plan's limit in the text of 1308 and 1310, in the time of its own place."""


class Complaint(msgspec.Struct, kw_only=True):
    """What a body says. `retry_after` is any spelling of a duration or moment; `flagged` names a safety filter."""

    message: str = ""
    code: str | None = None
    type: str | None = None
    status: int | None = None
    retry_after: str | None = None
    request_id: str | None = None
    flagged: bool = False


def parsed(body: bytes) -> Any:  # noqa: ANN401 - a JSON value
    """The JSON value, or the text of what is not JSON; of a web page its title. Bad UTF-8 is replaced."""
    text = body.decode("utf-8", "replace").strip()
    try:
        return codec.loads(text)
    except (msgspec.DecodeError, RecursionError):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        if title is not None:
            return f"a web page: {' '.join(title[1].split())}"
        return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def read(body: Any) -> Complaint:  # noqa: ANN401 - a JSON value
    """The complaint in a parsed body; an empty one if there is none."""
    if is_array(body):
        return read(body[0]) if body else Complaint()
    if isinstance(body, str):
        return Complaint(message=body, retry_after=_in_words(body))
    if not is_object(body):
        return Complaint()
    inner: Any = body.get("error") or body.get("errors") or body
    if not is_object(inner):
        text = str(inner)
        return Complaint(message=text, code=_text(body.get("code")), retry_after=_in_words(text))
    message = _details(inner["detail"]) if inner.keys() == {"detail"} else _text(inner.get("message")) or ""
    complaint = Complaint(
        message=message,
        code=_text(inner.get("code")),
        type=_text(inner.get("type")) or _text(inner.get("status")),
        status=_status(inner.get("status_code") or body.get("status_code")),
        retry_after=_in_words(message),
        request_id=_text(inner.get("request_id")) or _text(body.get("request_id")),
    )
    _read_details(inner, complaint)
    return complaint


def _details(detail: Any) -> str:  # noqa: ANN401 - a JSON value
    """What FastAPI says instead of a message: a text, or a list of what is wrong where."""
    if not is_array(detail):
        return _text(detail) or ""
    wrong = [problem for problem in detail if is_object(problem)]
    places = [".".join(str(step) for step in where) if is_array(where := p.get("loc")) else "" for p in wrong]
    return "; ".join(f"{place}: {p.get('msg')}" for place, p in zip(places, wrong, strict=True))


def _read_details(error: dict[str, Any], complaint: Complaint) -> None:
    """Google's hint on when to come back, Groq's failed generation, a router's account of the vendor behind it."""
    details: Any = error.get("details")
    for detail in details if is_array(details) else ():
        if is_object(detail) and "retryDelay" in detail:
            complaint.retry_after = _text(detail["retryDelay"])
    generated = error.get("failed_generation")
    if isinstance(generated, str) and generated:
        complaint.message = f"{complaint.message} It generated: {generated[:SNIPPET]}"
    metadata: Any = error.get("metadata")
    if is_object(metadata):
        _read_router(metadata, complaint)


def _read_router(metadata: dict[str, Any], complaint: Complaint) -> None:
    """OpenRouter's `metadata`: `raw` is what the vendor behind it said, as JSON or text."""
    upstream = _text(metadata.get("raw"))
    if upstream:
        said = read(parsed(upstream.encode()))
        complaint.message = f"{complaint.message}: {said.message or upstream}"
        complaint.retry_after = complaint.retry_after or said.retry_after
    limits: Any = metadata.get("headers")
    if is_object(limits):
        named = {str(name).lower(): _text(value) for name, value in limits.items()}
        wish = named.get("retry-after") or named.get("x-ratelimit-reset")
        complaint.retry_after = wish or complaint.retry_after
    complaint.flagged = "flagged_input" in metadata


def _in_words(text: str) -> str | None:
    """When to come back, as OpenAI, Groq, Azure and GLM put it into the text."""
    found = re.search(_AGAIN, text, re.IGNORECASE)
    if found is not None:
        unit = found[2]
        return found[1] + (_UNIT[unit.lower()] if unit and found[1][-1].isdigit() else "")
    moment = re.search(_MOMENT, text) if re.search(_RESET, text, re.IGNORECASE) else None
    if moment is None:
        return None
    try:
        return datetime.fromisoformat(moment[0]).replace(tzinfo=_BEIJING).astimezone(UTC).isoformat()
    except ValueError:
        return None


def _text(value: Any) -> str | None:  # noqa: ANN401 - a JSON value
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _status(value: Any) -> int | None:  # noqa: ANN401 - a JSON value
    return value if isinstance(value, int) and 400 <= value <= 599 else None
