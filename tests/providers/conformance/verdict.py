"""What a vendor's complaint amounts to: a class of error, and whether to ask again. From the vendors' facts alone."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

LASTING = {
    "ModelAuthenticationError", "ModelPermissionError", "ModelNotFoundError", "ModelBadRequestError",
    "ContextWindowExceededError", "ModelContentFilterError", "ModelQuotaError",
}  # fmt: skip
"""Classes of which asking again does not rid one."""
PASSING = {408, 409, 425, 429, 498, 500, 502, 503, 504, 529}
BY_STATUS = {
    401: "ModelAuthenticationError", 402: "ModelQuotaError", 403: "ModelPermissionError", 404: "ModelNotFoundError",
    408: "ModelTimeoutError", 429: "ModelRateLimitError", 498: "ModelOverloadedError", 503: "ModelOverloadedError",
    504: "ModelTimeoutError", 529: "ModelOverloadedError",
}  # fmt: skip
BY_CODE = {
    # OpenAI and those who speak like it
    "invalid_api_key": "ModelAuthenticationError", "wrong_api_key": "ModelAuthenticationError",
    "model_not_found": "ModelNotFoundError", "model_decommissioned": "ModelNotFoundError",
    "context_length_exceeded": "ContextWindowExceededError", "insufficient_quota": "ModelQuotaError",
    "rate_limit_exceeded": "ModelRateLimitError", "tool_use_failed": "ModelBadRequestError",
    "content_filter": "ModelContentFilterError", "queue_exceeded": "ModelOverloadedError",
    # Zhipu
    **dict.fromkeys(["1000", "1001", "1002", "1003", "1004"], "ModelAuthenticationError"),
    **dict.fromkeys(["1113", "1304", "1308", "1309", "1310"], "ModelQuotaError"),
    **dict.fromkeys(["1210", "1213", "1214"], "ModelBadRequestError"),
    **dict.fromkeys(["1220", "1221", "1222", "1311"], "ModelPermissionError"),
    **dict.fromkeys(["1302", "1303"], "ModelRateLimitError"), **dict.fromkeys(["1305", "1312"], "ModelOverloadedError"),
    "1211": "ModelNotFoundError", "1261": "ContextWindowExceededError", "1301": "ModelContentFilterError",
    # SiliconFlow
    "20012": "ModelNotFoundError", "30001": "ModelQuotaError", "50505": "ModelOverloadedError",
}  # fmt: skip
AGAIN = {"tool_use_failed"}
"""Groq's word for a call that the model wrote badly: the next one may be well formed."""
TEXTS = [
    (r"max(imum)? context length|context window|less than max_seq_len|(prompt|input) is too long"
     r"|maximum number of tokens allowed|reduce the length of the messages", (400, 413), "ContextWindowExceededError"),
    (r"insufficient (balance|quota|credits)|current quota|today's quota|request limit exceeded", (402, 403, 429),
     "ModelQuotaError"),
    (r"content violates|content policy", (400, 403), "ModelContentFilterError"),
]  # fmt: skip


class Verdict(NamedTuple):
    """Who is to blame, and whether it may pass."""

    error: str
    retryable: bool


def judged(status: int, said: Any) -> Verdict:
    """What a body with this status complains of; within HTTP 200 the complaint's own status counts, else 502."""
    complaint, beside = _complaint(said)
    code = str(complaint.get("code") or complaint.get("type") or "")
    if status == 200:
        own = [complaint.get("status_code"), beside, int(code) if code.isdecimal() else None]
        status = next((value for value in own if isinstance(value, int) and 400 <= value < 600 and value != 499), 502)
    error = _class(status, code, complaint)
    return Verdict(error, code in AGAIN or (error not in LASTING and status in PASSING))


def _complaint(said: Any) -> tuple[dict[str, Any], Any]:
    """The innermost object with a message, and a status beside it."""
    if isinstance(said, list):
        said = said[0] if said else {}
    if not isinstance(said, dict):
        return {"message": str(said)}, None
    inner = said.get("error") or said.get("errors")
    if inner is None:
        return said, None
    return (inner if isinstance(inner, dict) else {"message": str(inner)}), said.get("status_code")


def _class(status: int, code: str, complaint: dict[str, Any]) -> str:
    details = [detail for detail in complaint.get("details") or [] if isinstance(detail, dict)]
    if details or isinstance(complaint.get("status"), str):
        return _googles(status, complaint, details)
    if code in BY_CODE or complaint.get("type") in BY_CODE:
        return BY_CODE.get(code) or BY_CODE[complaint["type"]]
    return _by_text(status, f"{complaint.get('message')} {json.dumps(complaint.get('metadata'))}")


def _by_text(status: int, text: str) -> str:
    for pattern, statuses, error in TEXTS:
        if status in statuses and re.search(pattern, text, re.IGNORECASE):
            return error
    return BY_STATUS.get(status) or ("ModelBadRequestError" if status < 500 else "ModelProviderError")


def _googles(status: int, complaint: dict[str, Any], details: list[dict[str, Any]]) -> str:
    """Google's status is 400 for a wrong key, and 429 both for a busy minute and for a day that is used up."""
    text = str(complaint.get("message"))
    if any(str(detail.get("reason")).startswith("API_KEY_") for detail in details) or "API key not valid" in text:
        return "ModelAuthenticationError"
    if status != 429:
        return _by_text(status, text)
    limits = [str(limit.get("quotaId")) for detail in details for limit in detail.get("violations") or []]
    gone = any("PerDay" in limit for limit in limits) or re.search(r"limit: 0\b|credits are depleted", text)
    return "ModelQuotaError" if gone else "ModelRateLimitError"
