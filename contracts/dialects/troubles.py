"""How each vendor words a failure: status, headers and body (`reference/providers.md` §3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from contracts.script import Failure


class Refusal(NamedTuple):
    """A failed answer."""

    status: int
    body: bytes
    headers: dict[str, str]


_STATUS = {
    "authentication": 401,
    "not_found": 404,
    "rate_limit": 429,
    "server": 500,
    "malformed": 200,
    "overflow": 400,
    "bad_request": 400,
    "overloaded": 503,
}
_OPENAI_CODES = {
    "authentication": ("invalid_request_error", "invalid_api_key"),
    "not_found": ("invalid_request_error", "model_not_found"),
    "rate_limit": ("requests", "rate_limit_exceeded"),
    "server": ("server_error", None),
    "overflow": ("invalid_request_error", "context_length_exceeded"),
    "bad_request": ("invalid_request_error", "invalid_value"),
    "overloaded": ("server_error", None),
}
_GLM_CODES = {"authentication": "1000", "not_found": "1211", "rate_limit": "1302", "server": "1234", "overflow": "1261",
              "overloaded": "1305"}  # fmt: skip
_GEMINI_STATUS = {
    "authentication": "INVALID_ARGUMENT",
    "not_found": "NOT_FOUND",
    "rate_limit": "RESOURCE_EXHAUSTED",
    "server": "INTERNAL",
    "overflow": "INVALID_ARGUMENT",
    "bad_request": "INVALID_ARGUMENT",
    "overloaded": "UNAVAILABLE",
}
_ANTHROPIC_TYPES = {
    "authentication": "authentication_error",
    "not_found": "not_found_error",
    "rate_limit": "rate_limit_error",
    "server": "api_error",
    "overflow": "invalid_request_error",
    "bad_request": "invalid_request_error",
    "overloaded": "overloaded_error",
}
OVERFLOW = "This model's maximum context length is 128000 tokens. However, your messages resulted in 200000 tokens."


def refuse(failure: Failure, vendor: str) -> Refusal:
    """The answer that this vendor gives."""
    trouble = failure.trouble
    headers = {"content-type": "application/json", **failure.headers}
    status = _STATUS[trouble]
    if trouble == "malformed":
        return Refusal(status, b'{"this is": "not the', headers)
    if trouble in ("rate_limit", "server", "overloaded"):
        headers.setdefault("retry-after-ms", "5")
    if vendor == "gemini" and trouble == "authentication":
        status = 400
    return Refusal(status, json.dumps(_body(failure, vendor, status)).encode(), headers)


def _body(failure: Failure, vendor: str, status: int) -> Any:
    message = OVERFLOW if failure.trouble == "overflow" else failure.message
    return _WORDINGS.get(vendor, _openai)(failure.trouble, message, status)


def _openai(trouble: str, message: str, status: int) -> Any:
    kind, code = _OPENAI_CODES[trouble]
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _groq(trouble: str, message: str, status: int) -> Any:
    kind, code = _OPENAI_CODES[trouble]
    return {"error": {"message": message, "type": kind, "code": code}}


def _gemini(trouble: str, message: str, status: int) -> Any:
    error: dict[str, Any] = {"code": status, "message": message, "status": _GEMINI_STATUS[trouble]}
    if trouble == "authentication":
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    return {"error": error}


def _anthropic(trouble: str, message: str, status: int) -> Any:
    return {"type": "error", "error": {"type": _ANTHROPIC_TYPES[trouble], "message": message}}


def _siliconflow(trouble: str, message: str, status: int) -> Any:
    return message if trouble == "authentication" else {"code": 20015, "message": message, "data": None}


def _cerebras(trouble: str, message: str, status: int) -> Any:
    kind, code = _OPENAI_CODES[trouble]
    return {"message": message, "type": kind, "param": None, "code": code}


_WORDINGS: dict[str, Callable[[str, str, int], Any]] = {
    "anthropic": _anthropic,
    "cerebras": _cerebras,
    "gemini": _gemini,
    "glm4": lambda trouble, message, _: {"error": {"code": _GLM_CODES.get(trouble, "1210"), "message": message}},
    "groq": _groq,
    "modelscope": lambda _, message, __: {"errors": {"message": message, "request_id": "req-contract"}},
    "ollama": lambda _, message, __: {"error": message},
    "openrouter": lambda _, message, status: {
        "error": {"code": status, "message": message, "metadata": {"provider_name": "Contract"}}
    },
    "siliconflow": _siliconflow,
}
