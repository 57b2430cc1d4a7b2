"""Errors of vendors as errors of ours: class, status, code, when to try again, what to do, and no secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from agnolo.providers import durations
from agnolo.providers.complaint import Complaint, parsed, read
from agnolo.providers.meanings import ErrorClass, meaning, own_status, retryable
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelNotFoundError,
    ModelPermissionError,
    ModelProviderError,
    ModelQuotaError,
)
from agnolo.vocabulary.guards import is_object

MAX_TEXT = 600
"""Characters of a vendor's text that an error repeats."""

_HINTS: dict[ErrorClass, str] = {
    ModelPermissionError: "check what the key's account may use",
    ModelNotFoundError: "check the model id and base_url",
    ModelQuotaError: "check balance and plan with the provider",
    ContextWindowExceededError: "send less history or choose a model with a longer context",
}

_KEY_LIKE = (
    r"\b(?:sk|gsk|csk|xai|rk|pk|ms|hf|key|org|proj)[-_][A-Za-z0-9_\-*]{8,}"
    r"|\bAIza[A-Za-z0-9_\-]{20,}|(?i:\bbearer\s+)\S{8,}"
)
_REQUEST_IDS = ("x-request-id", "request-id", "x-siliconcloud-trace-id", "x-log-id")


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """Who was asked, for messages. `key` names the variable of the key; `secrets` are cut out of every text."""

    name: str
    model: str
    key: str = ""
    secrets: tuple[str, ...] = ()

    def error(self, kind: ErrorClass, message: str, **fields: Any) -> ModelProviderError:
        """An error of ours about this vendor, without secrets."""
        return kind(scrubbed(message, self.secrets), provider=self.name, model=self.model, **fields)


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets and without what looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "[redacted]")
    return re.sub(_KEY_LIKE, "[redacted]", text)


def from_response(
    vendor: Vendor, *, status: int, headers: Mapping[str, str], body: bytes, now: float
) -> ModelProviderError:
    """The error that a reply with a status of 300 or more stands for."""
    if 300 <= status < 400:
        return _redirect(vendor, status, headers.get("Location", ""))
    wait = durations.from_headers(headers, now=now)
    return _build(vendor, read(parsed(body)), status=status, headers=headers, wait=wait, now=now)


def in_band(vendor: Vendor, error: Any, *, now: float) -> ModelProviderError:  # noqa: ANN401 - a JSON value
    """The error that a vendor sent inside a reply with status 200."""
    complaint = read({"error": error})
    return _build(vendor, complaint, status=own_status(complaint), headers={}, wait=None, now=now)


def in_place_of_reply(vendor: Vendor, text: bytes, *, now: float) -> ModelProviderError | None:
    """The error that JSON stands for which should have been a reply; None if it is no complaint at all."""
    body = parsed(text)
    if isinstance(body, str) and not text.lstrip().startswith(b'"'):
        return None  # not JSON
    if is_object(body) and not ({"error", "errors", "message", "code"} & body.keys()):
        return None
    complaint = read(body)
    if not complaint.message:
        return None
    return _build(vendor, complaint, status=own_status(complaint), headers={}, wait=None, now=now)


def _build(
    vendor: Vendor,
    complaint: Complaint,
    *,
    status: int,
    headers: Mapping[str, str],
    wait: float | None,
    now: float,
) -> ModelProviderError:
    kind = meaning(status, complaint)
    if wait is None and complaint.retry_after is not None:
        wait = durations.seconds(complaint.retry_after, now=now)
    again = retryable(kind, status, complaint)
    wish = headers.get("x-should-retry", "").lower()
    if wish in ("true", "false"):
        again = wish == "true"
    hint = f"check the key in {vendor.key}" if kind is ModelAuthenticationError and vendor.key else _HINTS.get(kind)
    text = complaint.message[:MAX_TEXT] or "no message"
    return vendor.error(
        kind,
        f"{vendor.name} answered {status} for model {vendor.model!r}: {text}" + (f" ({hint})" if hint else ""),
        status_code=status,
        code=complaint.code or complaint.type,
        request_id=next((found for name in _REQUEST_IDS if (found := headers.get(name))), complaint.request_id),
        retryable=again,
        retry_after=wait,
    )


def _redirect(vendor: Vendor, status: int, location: str) -> ModelProviderError:
    """Redirects are not followed: the key would go to whoever is named. Only scheme and host are told."""
    place = urlsplit(location)
    host = place.netloc.rpartition("@")[2]
    where = f"to {place.scheme or 'http'}://{host}" if host else "to another path" if location else "nowhere"
    text = f"{vendor.name} answered {status} for model {vendor.model!r}: a redirect {where}, which is not followed"
    return vendor.error(
        ModelProviderError, f"{text} (set base_url to where it leads)", status_code=status, retryable=False
    )
