"""What a vendor means by an error: seven body shapes and many codes, turned into our error tree, secrets removed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from agnolo.providers import durations
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelContentFilterError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelPermissionError,
    ModelProviderError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from agnolo.vocabulary.guards import is_array, is_object

ErrorClass = type[ModelProviderError]
MAX_TEXT = 600
"""Characters of a vendor's text that an error repeats."""

_RETRYABLE = frozenset({408, 409, 425, 429, 498, 500, 502, 503, 504, 529})
_BY_STATUS: dict[int, ErrorClass] = {
    401: ModelAuthenticationError,
    402: ModelQuotaError,
    403: ModelPermissionError,
    404: ModelNotFoundError,
    408: ModelTimeoutError,
    409: ModelProviderError,
    425: ModelProviderError,
    429: ModelRateLimitError,
    498: ModelOverloadedError,
    503: ModelOverloadedError,
    504: ModelTimeoutError,
    529: ModelOverloadedError,
}

_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ModelAuthenticationError: ("invalid_api_key", "wrong_api_key", "1000", "1001", "1002", "1003", "1004"),
    ModelPermissionError: ("1220", "1221", "1222", "1311"),
    ModelNotFoundError: ("model_not_found", "model_decommissioned", "1211", "20012"),
    ModelBadRequestError: ("1210", "1213", "1214", "tool_use_failed"),
    ContextWindowExceededError: ("context_length_exceeded", "1261"),
    ModelContentFilterError: ("content_filter", "content_policy_violation", "1301"),
    ModelQuotaError: (
        "insufficient_quota", "billing_hard_limit_reached", "1113", "1304", "1308", "1309", "1310", "30001",
    ),
    ModelRateLimitError: ("rate_limit_exceeded", "1302", "1303"),
    ModelOverloadedError: ("queue_exceeded", "1305", "1312", "50505"),
}  # fmt: skip
_BY_CODE = {code: kind for kind, codes in _CODES.items() for code in codes}

# Texts count only together with a status that allows the meaning: a complaint about `max_tokens` is no overflow.
_BY_TEXT: tuple[tuple[frozenset[int], re.Pattern[str], ErrorClass], ...] = (
    (
        frozenset({400, 413, 422}),
        re.compile(
            r"maximum context length|context[ _]window|exceed\w* (the )?(model'?s |available )?(max(imum)? )?context"
            r"|(prompt|input) (is )?too long|less than max_seq_len|reduce the length of the (messages|prompt)",
            re.IGNORECASE,
        ),
        ContextWindowExceededError,
    ),
    (
        frozenset({500}),  # llama.cpp's embeddings
        re.compile(r"input \(\d+ tokens\) is too large to process", re.IGNORECASE),
        ContextWindowExceededError,
    ),
    (
        frozenset({402, 403, 429}),
        re.compile(
            r"insufficient (balance|quota|credits?|funds)|no balance|exceeded (today'?s|your current) quota"
            r"|request limit exceeded|out of credits|recharge|payment required",
            re.IGNORECASE,
        ),
        ModelQuotaError,
    ),
    (
        frozenset({400, 403, 451}),
        re.compile(r"content (management )?policy|content violates|safety[ _](check|system|filter)", re.IGNORECASE),
        ModelContentFilterError,
    ),
)

_HINTS: dict[ErrorClass, str] = {
    ModelPermissionError: "check what the key's account may use",
    ModelNotFoundError: "check the model id and base_url",
    ModelQuotaError: "check balance and plan with the provider",
    ContextWindowExceededError: "send less history or choose a model with a longer context",
}

_KEY_LIKE = re.compile(
    r"\b(?:sk|gsk|csk|xai|rk|pk|ms|hf|key|org|proj)[-_][A-Za-z0-9_\-*]{8,}|\bAIza[A-Za-z0-9_\-]{20,}|(?i:\bbearer\s+)\S{8,}"
)


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """Who was asked, for messages. `key` names the variable of the key; `secrets` are cut out of every text."""

    name: str
    model: str
    key: str = ""
    secrets: tuple[str, ...] = ()

    def error(self, kind: ErrorClass, message: str, **fields: Any) -> ModelProviderError:
        """An error of ours about this vendor, without secrets."""
        return kind(scrubbed(message, self.secrets), provider=self.name, model=self.model, **fields)


class _Complaint(msgspec.Struct, kw_only=True):
    """What a body says."""

    message: str = ""
    code: str | None = None
    type: str | None = None
    status: int | None = None
    retry_after: str | None = None


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets and without what looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "[redacted]")
    return _KEY_LIKE.sub("[redacted]", text)


def from_response(
    vendor: Vendor, *, status: int, headers: Mapping[str, str], body: bytes, now: float
) -> ModelProviderError:
    """The error that a reply with a status of 300 or more stands for."""
    complaint = _read(parsed(body))
    wait = durations.from_headers(headers, now=now)
    return _build(vendor, complaint, status=status, headers=headers, wait=wait, now=now)


def in_band(vendor: Vendor, error: Any, *, now: float) -> ModelProviderError:  # noqa: ANN401 - a JSON value
    """The error that a vendor sent inside a reply with status 200."""
    complaint = _read({"error": error})
    return _build(vendor, complaint, status=_own_status(complaint), headers={}, wait=None, now=now)


def in_place_of_reply(vendor: Vendor, text: bytes, *, now: float) -> ModelProviderError | None:
    """The error that JSON stands for which should have been a reply; None if it is no complaint at all."""
    body = parsed(text)
    if isinstance(body, str) and not text.lstrip().startswith(b'"'):
        return None  # not JSON
    if is_object(body) and not ({"error", "errors", "message", "code"} & body.keys()):
        return None
    complaint = _read(body)
    if not complaint.message:
        return None
    return _build(vendor, complaint, status=_own_status(complaint), headers={}, wait=None, now=now)


def _build(
    vendor: Vendor,
    complaint: _Complaint,
    *,
    status: int,
    headers: Mapping[str, str],
    wait: float | None,
    now: float,
) -> ModelProviderError:
    kind = _kind(status, complaint)
    if wait is None and complaint.retry_after is not None:
        wait = durations.seconds(complaint.retry_after, now=now)
    retryable = kind.default_retryable and status in _RETRYABLE
    wish = headers.get("x-should-retry", "").lower()
    if wish in ("true", "false"):
        retryable = wish == "true"
    hint = f"check the key in {vendor.key}" if kind is ModelAuthenticationError and vendor.key else _HINTS.get(kind)
    text = complaint.message[:MAX_TEXT] or "no message"
    return vendor.error(
        kind,
        f"{vendor.name} answered {status} for model {vendor.model!r}: {text}" + (f" ({hint})" if hint else ""),
        status_code=status,
        code=complaint.code or complaint.type,
        request_id=headers.get("x-request-id") or headers.get("x-siliconcloud-trace-id"),
        retryable=retryable,
        retry_after=wait,
    )


def _kind(status: int, complaint: _Complaint) -> ErrorClass:
    for name in (complaint.code, complaint.type):
        if name in _BY_CODE:
            return _BY_CODE[name]
    for statuses, pattern, kind in _BY_TEXT:
        if status in statuses and pattern.search(complaint.message):
            return kind
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    return ModelBadRequestError if 400 <= status < 500 else ModelProviderError


def _own_status(complaint: _Complaint) -> int:
    """The status that a complaint names itself; 502 if none."""
    if complaint.status is not None:
        return complaint.status
    code = complaint.code or ""
    return int(code) if code.isdecimal() and 400 <= int(code) <= 599 else 502


# ---- reading bodies


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


def _read(body: Any) -> _Complaint:  # noqa: ANN401 - a JSON value
    if is_array(body):
        return _read(body[0]) if body else _Complaint()
    if isinstance(body, str):
        return _Complaint(message=body)
    if not is_object(body):
        return _Complaint()
    inner: Any = body.get("error") or body.get("errors") or body
    if not is_object(inner):
        return _Complaint(message=str(inner), code=_text(body.get("code")))
    complaint = _Complaint(
        message=_text(inner.get("message")) or "",
        code=_text(inner.get("code")),
        type=_text(inner.get("type")) or _text(inner.get("status")),
        status=_status(inner.get("status_code") or body.get("status_code")),
    )
    _read_metadata(inner, complaint)
    return complaint


def _read_metadata(error: dict[str, Any], complaint: _Complaint) -> None:
    """A router's account of the vendor behind it, and hints on when to come back."""
    metadata: Any = error.get("metadata")
    if is_object(metadata):
        upstream = _text(metadata.get("raw"))
        if upstream:
            said = _read(parsed(upstream.encode()))
            complaint.message = f"{complaint.message}: {said.message or upstream}"
        limits: Any = metadata.get("headers")
        if is_object(limits):
            complaint.retry_after = _text(limits.get("X-RateLimit-Reset"))
    details: Any = error.get("details")
    for detail in details if is_array(details) else ():
        if is_object(detail) and "retryDelay" in detail:
            complaint.retry_after = _text(detail["retryDelay"])


def _text(value: Any) -> str | None:  # noqa: ANN401 - a JSON value
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _status(value: Any) -> int | None:  # noqa: ANN401 - a JSON value
    return value if isinstance(value, int) and 400 <= value <= 599 else None
