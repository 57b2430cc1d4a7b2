"""What codes, texts and statuses of vendors' errors mean in our error tree: the tables, and nothing else."""

from __future__ import annotations

import re

from agnolo.providers.complaint import Complaint
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

ErrorClass = type[ModelProviderError]

RETRYABLE = frozenset({408, 409, 425, 429, 498, 500, 502, 503, 504, 529})
"""Statuses after which the same request may succeed."""

_BY_STATUS: dict[int, ErrorClass] = {
    401: ModelAuthenticationError,
    402: ModelQuotaError,
    403: ModelPermissionError,
    404: ModelNotFoundError,
    408: ModelTimeoutError,
    409: ModelProviderError,
    425: ModelProviderError,
    429: ModelRateLimitError,
    434: ModelPermissionError,  # GLM: this API is not open to the account
    451: ModelContentFilterError,
    498: ModelOverloadedError,  # Groq: no flex capacity
    503: ModelOverloadedError,
    504: ModelTimeoutError,
    529: ModelOverloadedError,
}

# Numbers of four digits are GLM's, those of five SiliconFlow's; names ending in _error are Anthropic's types.
_CODES: dict[ErrorClass, tuple[str, ...]] = {
    ModelAuthenticationError: (
        "invalid_api_key", "wrong_api_key", "authentication_error", "1000", "1001", "1002", "1003", "1004",
    ),
    ModelPermissionError: (
        "permission_error", "1110", "1111", "1112", "1120", "1121", "1220", "1221", "1222", "1300", "1311",
    ),
    ModelNotFoundError: ("model_not_found", "model_decommissioned", "not_found_error", "1211", "20012"),
    ModelBadRequestError: ("1210", "1213", "1214", "tool_use_failed", "request_too_large"),
    ContextWindowExceededError: ("context_length_exceeded", "exceed_context_size_error", "1261"),
    ModelContentFilterError: ("content_filter", "content_policy_violation", "1301"),
    ModelQuotaError: (
        "insufficient_quota", "billing_hard_limit_reached", "billing_error",
        "1113", "1304", "1308", "1309", "1310", "30001",
    ),
    ModelRateLimitError: (
        "rate_limit_exceeded", "rate_limit_error", "request_quota_exceeded", "token_quota_exceeded", "1302", "1303",
    ),
    ModelOverloadedError: ("queue_exceeded", "overloaded_error", "1305", "1312", "50505"),
    ModelTimeoutError: ("timeout_error",),
}  # fmt: skip
_BY_CODE = {code: kind for kind, codes in _CODES.items() for code in codes}

# Texts count only together with a status that allows the meaning: a complaint about `max_tokens` is no overflow.
# The patterns are compiled when an error is first read: most processes read none, and they are slow to compile.
_BY_TEXT: tuple[tuple[frozenset[int], str, ErrorClass], ...] = (
    (
        frozenset({400, 413, 422}),
        (
            r"maximum context length|context[ _]window|exceed\w* (the )?(model'?s |available )?(max(imum)? )?context"
            r"|(prompt|input) (is )?too long|prompt exceeds max|prompt ?超长"
            r"|less than max_seq_len|reduce the length of the (messages|prompt)"
        ),
        ContextWindowExceededError,
    ),
    (
        frozenset({500}),  # llama.cpp's embeddings
        r"input \(\d+ tokens\) is too large to process",
        ContextWindowExceededError,
    ),
    (
        frozenset({402, 403, 429}),
        (
            r"insufficient (balance|quota|credits?|funds)|no balance|exceeded (today'?s|your current) quota"
            r"|request limit exceeded|out of credits|recharge|payment required|余额不足"
        ),
        ModelQuotaError,
    ),
    (
        frozenset({400, 403, 451}),
        r"content (management )?policy|content violates|safety[ _](check|system|filter)",
        ModelContentFilterError,
    ),
)

_TOO_LARGE = r"\brequest too large\b"
"""Groq's and OpenAI's rate limit that one request alone exceeds: it never fits, however long one waits."""


def meaning(status: int, complaint: Complaint) -> ErrorClass:
    """The class of an error: its code outranks its text, and both outrank the status."""
    coded = _coded(complaint)
    if coded is not None:
        return coded
    if complaint.flagged:
        return ModelContentFilterError
    for statuses, pattern, kind in _BY_TEXT:
        if status in statuses and re.search(pattern, complaint.message, re.IGNORECASE):
            return kind
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    return ModelBadRequestError if 400 <= status < 500 else ModelProviderError


def _coded(complaint: Complaint) -> ErrorClass | None:
    return next((_BY_CODE[name] for name in (complaint.code, complaint.type) if name in _BY_CODE), None)


def own_status(complaint: Complaint) -> int:
    """The status of a complaint that came without one: as it says itself, else as its code means; 502 if neither."""
    if complaint.status is not None:
        return complaint.status
    code = complaint.code or ""
    if code.isdecimal() and 400 <= int(code) <= 599:
        return int(code)
    coded = _coded(complaint)
    return 502 if coded is None else coded.status_code


def retryable(kind: ErrorClass, status: int, complaint: Complaint) -> bool:
    """Whether the same request may succeed later. A tool call that the model wrote badly may be written well next."""
    if complaint.code == "tool_use_failed":
        return True
    return (
        kind.default_retryable and status in RETRYABLE and not re.search(_TOO_LARGE, complaint.message, re.IGNORECASE)
    )
