"""What Google means by an error: its details say more than its status, which is 400 for a wrong key."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any

from agnolo.providers import errors
from agnolo.providers.errors import Vendor
from agnolo.providers.wire import MAX_ERROR_BODY, Broken, Expired, HttpReply, HttpRequest, Transport
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.guards import is_array, is_object

PAGE_SECONDS = 10.0
"""How long an error page may take: the status is known by then."""

_CANCELLED = 499
_KEY = r"api key (not valid|not found|expired)|without established identity"
_TOO_LONG = r"token count\b.*\bexceeds the maximum|exceeds the maximum number of tokens"
_NOTHING_LEFT = r"\blimit: 0\b|credits are depleted"
_REASONS = {
    "API_KEY_INVALID": "invalid_api_key",
    "API_KEY_EXPIRED": "invalid_api_key",
    "BILLING_DISABLED": "insufficient_quota",
    "RATE_LIMIT_EXCEEDED": "rate_limit_exceeded",
}


def refusal(vendor: Vendor, *, status: int, headers: Mapping[str, str], body: bytes, now: float) -> ModelProviderError:
    """The error that a reply with a status of 300 or more stands for."""
    said = _complaint(body)
    if said is None:
        return errors.from_response(vendor, status=status, headers=headers, body=body, now=now)
    plain = codec.dumps({"error": _plain(said, status)})
    return _named(errors.from_response(vendor, status=status, headers=headers, body=plain, now=now), said)


def in_band(vendor: Vendor, said: Any, *, now: float) -> ModelProviderError:  # noqa: ANN401 - a JSON value
    """The error that Google sent inside a reply with status 200."""
    if not is_object(said):
        return errors.in_band(vendor, said, now=now)
    code: Any = said.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 and code != _CANCELLED else 502
    return _named(errors.in_band(vendor, {**_plain(said, status), "status_code": status}, now=now), said)


def _complaint(body: bytes) -> dict[str, Any] | None:
    """The `error` object of a page; without SSE it stands in a list."""
    page = errors.parsed(body)
    page = page[0] if is_array(page) and page else page
    said: Any = page.get("error") if is_object(page) else None
    return said if is_object(said) else None


def _plain(said: dict[str, Any], status: int) -> dict[str, Any]:
    """The complaint in the words of the shared reader."""
    plain: dict[str, Any] = {"message": said.get("message"), "type": said.get("status"), "details": _details(said)}
    if (code := _code(said, status)) is not None:
        plain["code"] = code
    return plain


def _code(said: dict[str, Any], status: int) -> str | None:
    text = str(said.get("message") or "")
    if status == 429:
        return _limit(said, text)
    if (known := _REASONS.get(_reason(said))) is not None:
        return known
    if re.search(_KEY, text, re.IGNORECASE):
        return "invalid_api_key"
    return "context_length_exceeded" if status in (400, 413) and re.search(_TOO_LONG, text, re.IGNORECASE) else None


def _limit(said: dict[str, Any], text: str) -> str:
    """Which limit is used up: one of a day or of nothing is no matter of waiting, one of a minute is.

    The text does not tell: it speaks of quota, plan and billing for both.
    """
    listed = [violations for detail in _details(said) if is_array(violations := detail.get("violations"))]
    limits = [
        str(violation.get("quotaId")) for violations in listed for violation in violations if is_object(violation)
    ]
    if any("PerDay" in limit for limit in limits) or re.search(_NOTHING_LEFT, text, re.IGNORECASE):
        return "insufficient_quota"
    return "rate_limit_exceeded"


def _reason(said: dict[str, Any]) -> str:
    return next((str(detail["reason"]) for detail in _details(said) if "reason" in detail), "")


def _details(said: dict[str, Any]) -> list[dict[str, Any]]:
    details: Any = said.get("details")
    return [detail for detail in details if is_object(detail)] if is_array(details) else []


def _named(error: ModelProviderError, said: dict[str, Any]) -> ModelProviderError:
    """With Google's own name of the error."""
    error.code = _reason(said) or str(said.get("status") or "") or error.code
    return error


class Judge:
    """A transport whose refusals are judged here, with Google's details, and not by the shared reader without them."""

    def __init__(self, inner: Transport, vendor: Vendor) -> None:
        self._inner = inner
        self._vendor = vendor

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        """As Transport.send; raises ModelProviderError for a status of 300 or more."""
        reply = await self._inner.send(request, connect=connect, within=within)
        if 200 <= reply.status < 300:
            return reply
        try:
            body = await _page(reply, min(within, PAGE_SECONDS))
        finally:
            reply.close()
        raise refusal(self._vendor, status=reply.status, headers=reply.headers, body=body, now=time.time())


async def _page(reply: HttpReply, within: float) -> bytes:
    """What can be had of the page in time."""
    body = b""
    try:
        async with asyncio.timeout(within):
            while len(body) < MAX_ERROR_BODY and (block := await reply.read(within)):
                body += block
    except (Broken, Expired, TimeoutError):
        pass  # the status is known, and that is most of it
    return body
