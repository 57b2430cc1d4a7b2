"""Every trap of vendors' errors, one row each: what came, and what it must mean."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from agnolo.providers.errors import Vendor, from_response, in_band
from agnolo.providers.gemini_errors import refusal
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

NOW = 1_700_000_000.0
"""14 November 2023, 22:13:20 UTC."""
VENDOR = Vendor(name="V", model="m", key="V_API_KEY")


class Row(NamedTuple):
    """`after` is retry_after; `text` must be in the message."""

    trap: str
    status: int
    body: Any
    kind: type[ModelProviderError]
    code: str | None = None
    retryable: bool = False
    after: float | None = None
    text: str = ""


def openai(message: str, code: str | None = None, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def glm(code: str, message: str = "x") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def google(code: int, status: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


def anthropic(kind: str, message: str = "x") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_a"}


def router(code: int, message: str, **metadata: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "metadata": metadata}, "user_id": "user_1"}


BOTH = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
LONG = "length of prompt_tokens (9) must be less than max_seq_len (8)."
LIMIT = "Rate limit reached for model `m` in organization `o` on tokens per minute (TPM): Limit 6000, Used 5900. "
TIER = "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 8000."
DAILY = {"@type": "t/google.rpc.QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}
MINUTE = {"@type": "t/google.rpc.QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerMinutePerProject"}]}
RETRY = {"@type": "t/google.rpc.RetryInfo", "retryDelay": "48.9s"}
BAD_KEY = {"@type": "t/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}

SHARED = [
    # OpenAI
    Row("both limits", 400, openai(BOTH, "invalid_parameter_combination"), ModelBadRequestError,
        "invalid_parameter_combination"),
    Row("max_tokens too large", 400, openai("max_tokens is too large: 99999.", "invalid_value"), ModelBadRequestError,
        "invalid_value"),
    Row("window", 400, openai("x", "context_length_exceeded"), ContextWindowExceededError, "context_length_exceeded"),
    Row("no quota", 429, openai("x", "insufficient_quota", "insufficient_quota"), ModelQuotaError,
        "insufficient_quota"),
    Row("wrong key", 401, openai("x", "invalid_api_key"), ModelAuthenticationError, "invalid_api_key"),
    Row("no model", 404, openai("x", "model_not_found"), ModelNotFoundError, "model_not_found"),
    Row("no role", 400, openai("x", "unsupported_value"), ModelBadRequestError, "unsupported_value"),
    Row("seconds in the text", 429, openai(LIMIT + "Please try again in 1.2s. Visit x.", "rate_limit_exceeded"),
        ModelRateLimitError, "rate_limit_exceeded", True, 1.2),
    Row("milliseconds in the text", 429, openai(LIMIT + "Please try again in 120ms.", "rate_limit_exceeded"),
        ModelRateLimitError, "rate_limit_exceeded", True, 0.12),
    Row("minutes in the text", 429, openai(LIMIT + "Please try again in 7m12.5s.", "rate_limit_exceeded"),
        ModelRateLimitError, "rate_limit_exceeded", True, 432.5),
    Row("words in the text", 429, openai("Please retry after 20 seconds.", "429"), ModelRateLimitError, "429", True,
        20.0),
    Row("a word in the text", 429, openai("Try again in 5 minutes"), ModelRateLimitError, "invalid_request_error", True,
        300.0),
    Row("a request beyond the limit", 429, openai(TIER, "rate_limit_exceeded"), ModelRateLimitError,
        "rate_limit_exceeded"),
    # Groq
    Row("badly written call", 400, {"error": {"message": "Failed to call a function.", "type": "invalid_request_error",
        "code": "tool_use_failed", "failed_generation": "<function=x>{"}}, ModelBadRequestError, "tool_use_failed",
        True, None, "Failed to call a function. It generated: <function=x>{"),
    Row("flex capacity", 498, openai("x"), ModelOverloadedError, "invalid_request_error", True),
    Row("too large for the tier", 413, openai(TIER, "rate_limit_exceeded", "tokens"), ModelRateLimitError,
        "rate_limit_exceeded"),
    Row("decommissioned", 400, openai("x", "model_decommissioned"), ModelNotFoundError, "model_decommissioned"),
    # GLM: codes are strings, and 429 stands for many things
    Row("GLM no balance", 429, glm("1113"), ModelQuotaError, "1113"),
    Row("GLM no balance in words", 429, {"error": {"message": "余额不足或无可用资源包,请充值。"}}, ModelQuotaError),
    Row("GLM concurrency", 429, glm("1302"), ModelRateLimitError, "1302", True),
    Row("GLM frequency", 429, glm("1303"), ModelRateLimitError, "1303", True),
    Row("GLM day", 429, glm("1304"), ModelQuotaError, "1304"),
    Row("GLM overload", 429, glm("1305"), ModelOverloadedError, "1305", True),
    Row("GLM overload of the model", 429, glm("1312"), ModelOverloadedError, "1312", True),
    Row("GLM plan used up", 429, glm("1308", "Usage limit reached for 5 hour. Your limit will reset at"
        " 2023-11-15 07:13:20"), ModelQuotaError, "1308", False, 3600.0),
    Row("GLM plan used up, in Chinese", 429, glm("1310", "您的限额将在 2023-11-15 06:14:20 重置。"), ModelQuotaError,
        "1310", False, 60.0),
    Row("GLM no such day", 429, glm("1310", "reset at 2023-99-15 06:14:20"), ModelQuotaError, "1310"),
    Row("GLM plan ended", 429, glm("1309"), ModelQuotaError, "1309"),
    Row("GLM plan without the model", 429, glm("1311"), ModelPermissionError, "1311"),
    Row("GLM prompt too long", 400, glm("1261"), ContextWindowExceededError, "1261"),
    Row("GLM prompt too long in words", 400, {"error": {"message": "Prompt exceeds max length"}},
        ContextWindowExceededError),
    Row("GLM prompt too long in Chinese", 400, {"error": {"message": "Prompt 超长"}}, ContextWindowExceededError),
    Row("GLM parameters", 400, glm("1210"), ModelBadRequestError, "1210"),
    Row("GLM parameter", 400, glm("1214"), ModelBadRequestError, "1214"),
    Row("GLM model", 400, glm("1211"), ModelNotFoundError, "1211"),
    Row("GLM key", 401, glm("1002"), ModelAuthenticationError, "1002"),
    Row("GLM account locked", 429, glm("1112"), ModelPermissionError, "1112"),
    Row("GLM permission", 403, glm("1220"), ModelPermissionError, "1220"),
    Row("GLM unsafe", 400, glm("1301"), ModelContentFilterError, "1301"),
    Row("GLM network", 500, glm("1234"), ModelProviderError, "1234", True),
    Row("GLM inner", 500, glm("500"), ModelProviderError, "500", True),
    Row("GLM not open", 434, glm("x"), ModelPermissionError, "x"),
    Row("GLM file too large", 435, glm("x"), ModelBadRequestError, "x"),
    # OpenRouter
    Row("router: vendor's JSON", 429, router(429, "Provider returned error", provider_name="P",
        raw='{"error":{"message":"Please try again in 3s."}}'), ModelRateLimitError, "429", True, 3.0,
        "Provider returned error: Please try again in 3s."),
    Row("router: vendor's text", 400, router(400, "Provider returned error", raw="ERROR"), ModelBadRequestError, "400",
        False, None, "Provider returned error: ERROR"),
    Row("router: vendor silent", 502, router(502, "Provider returned error", provider_name="P"), ModelProviderError,
        "502", True),
    Row("router: limit in milliseconds", 429, router(429, "x", headers={"X-RateLimit-Limit": "20",
        "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000042000"}), ModelRateLimitError, "429", True, 42.0),
    Row("router: wish in metadata", 429, router(429, "x", headers={"Retry-After": "9"}), ModelRateLimitError, "429",
        True, 9.0),
    Row("router: no credits", 402, router(402, "Insufficient credits"), ModelQuotaError, "402"),
    Row("router: flagged", 403, router(403, "x", reasons=["violence"], flagged_input="..."), ModelContentFilterError,
        "403"),
    Row("router: no endpoint", 404, router(404, "No endpoints found that support tool use."), ModelNotFoundError,
        "404"),
    Row("router: slow", 408, router(408, "x"), ModelTimeoutError, "408", True),
    Row("router: none there", 503, router(503, "x"), ModelOverloadedError, "503", True),
    # SiliconFlow: top-level codes as numbers, or no code, or no object at all
    Row("parameters", 400, {"code": 20015, "message": "bad top_p", "data": None}, ModelBadRequestError, "20015"),
    Row("the same code for length", 400, {"code": 20015, "message": LONG, "data": None}, ContextWindowExceededError,
        "20015"),
    Row("TPM without code", 429, {"message": "Request was rejected due to rate limiting. TPM limit reached.",
        "data": None}, ModelRateLimitError, None, True),
    Row("no such model", 400, {"code": 20012, "message": "Model does not exist.", "data": None}, ModelNotFoundError,
        "20012"),
    Row("bare string", 401, "Api key is invalid", ModelAuthenticationError, None, False, None,
        "Api key is invalid (check the key in V_API_KEY)"),
    Row("balance", 403, {"code": 30001, "message": "x", "data": None}, ModelQuotaError, "30001"),
    Row("overload", 503, {"code": 50505, "message": "Model service overloaded.", "data": None}, ModelOverloadedError,
        "50505", True),
    Row("plain text", 404, b"404 page not found", ModelNotFoundError, None, False, None, "404 page not found"),
    # Cerebras: the object itself at the top
    Row("top level", 429, {"message": "x", "type": "too_many_requests_error", "param": "quota",
        "code": "token_quota_exceeded"}, ModelRateLimitError, "token_quota_exceeded", True),
    Row("queue", 429, {"message": "We're experiencing high traffic right now!", "type": "too_many_requests_error",
        "param": "queue", "code": "queue_exceeded"}, ModelOverloadedError, "queue_exceeded", True),
    Row("key at the top", 401, {"message": "Wrong API Key", "type": "invalid_request_error", "param": "api_key",
        "code": "wrong_api_key"}, ModelAuthenticationError, "wrong_api_key"),
    Row("window at the top", 400, {"message": "Please reduce the length of the messages or completion.",
        "type": "invalid_request_error", "code": "context_length_exceeded"}, ContextWindowExceededError,
        "context_length_exceeded"),
    # ModelScope: three shapes
    Row("errors with id", 400, {"errors": {"message": "x", "request_id": "req_m"}}, ModelBadRequestError),
    Row("errors beside id", 429, {"errors": {"message": "We have to rate limit you for model m."},
        "request_id": "req_m"}, ModelRateLimitError, None, True),
    Row("error beside id", 400, {"error": {"code": "invalid_parameter_error", "message": "x", "type": "t",
        "param": None}, "request_id": "req_m"}, ModelBadRequestError, "invalid_parameter_error"),
    Row("today's quota", 429, {"errors": {"message": "You have exceeded today's quota for model m."}}, ModelQuotaError),
    Row("request limit", 429, {"errors": {"message": "Request limit exceeded."}}, ModelQuotaError),
    Row("no balance", 402, {"errors": {"message": "insufficient balance"}}, ModelQuotaError),
    Row("account not linked", 401, {"errors": {"message": "Please bind your cloud account."}},
        ModelAuthenticationError),
    # Anthropic
    *(
        Row(f"Anthropic {name}", status, anthropic(name), kind, name, again)
        for name, status, kind, again in [
            ("invalid_request_error", 400, ModelBadRequestError, False),
            ("authentication_error", 401, ModelAuthenticationError, False),
            ("billing_error", 402, ModelQuotaError, False),
            ("permission_error", 403, ModelPermissionError, False),
            ("not_found_error", 404, ModelNotFoundError, False),
            ("request_too_large", 413, ModelBadRequestError, False),
            ("rate_limit_error", 429, ModelRateLimitError, True),
            ("api_error", 500, ModelProviderError, True),
            ("timeout_error", 504, ModelTimeoutError, True),
            ("overloaded_error", 529, ModelOverloadedError, True),
        ]
    ),
    Row("Anthropic window", 400, anthropic("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
        ContextWindowExceededError, "invalid_request_error"),
    # Ollama and llama.cpp
    Row("no model pulled", 404, {"error": "model 'x' not found"}, ModelNotFoundError, None, False, None,
        "model 'x' not found (check the model id"),
    Row("no tools", 400, {"error": "registry.ollama.ai/library/x does not support tools"}, ModelBadRequestError),
    Row("busy", 503, {"error": "server busy, please try again. maximum pending requests exceeded"},
        ModelOverloadedError, None, True),
    Row("cloud away", 502, {"error": "upstream error"}, ModelProviderError, None, True),
    Row("window of llama.cpp", 400, openai("the request exceeds the available context size, try increasing it", "400",
        "exceed_context_size_error"), ContextWindowExceededError, "400"),
    Row("embeddings of llama.cpp", 500, openai("input (9 tokens) is too large to process. increase the batch size",
        "500"), ContextWindowExceededError, "500"),
    Row("FastAPI", 422, {"detail": [{"loc": ["body", "x"], "msg": "field required"}, 7]}, ModelBadRequestError, None,
        False, None, "body.x: field required"),
    Row("FastAPI in words", 404, {"detail": "Not Found"}, ModelNotFoundError, None, False, None, "Not Found"),
    # whatever stands between
    Row("a page", 502, b"<html><head><title>502 Bad Gateway</title></head></html>", ModelProviderError, None, True,
        None, "a web page: 502 Bad Gateway"),
    Row("a page that denies", 403, b"<html><title>Access denied</title></html>", ModelPermissionError),
    Row("in a list", 500, [openai("inner")], ModelProviderError, "invalid_request_error", True, None, "inner"),
    Row("no body", 529, b"", ModelOverloadedError, None, True),
    Row("legal reasons", 451, b"", ModelContentFilterError),
]  # fmt: skip

GOOGLE = [
    Row("wrong key is 400", 400, google(400, "INVALID_ARGUMENT", "API key not valid.", BAD_KEY),
        ModelAuthenticationError, "API_KEY_INVALID"),
    Row("in a list", 400, [google(400, "INVALID_ARGUMENT", "API key not valid.", BAD_KEY)], ModelAuthenticationError,
        "API_KEY_INVALID"),
    Row("a minute's limit", 429, google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", MINUTE, RETRY),
        ModelRateLimitError, "RESOURCE_EXHAUSTED", True, 48.9),
    Row("a day's limit", 429, google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", DAILY, RETRY),
        ModelQuotaError, "RESOURCE_EXHAUSTED", False, 48.9),
    Row("wish in the text", 429, google(429, "RESOURCE_EXHAUSTED", "Please retry in 48.9s."), ModelRateLimitError,
        "RESOURCE_EXHAUSTED", True, 48.9),
    Row("overload", 503, google(503, "UNAVAILABLE", "The model is overloaded."), ModelOverloadedError, "UNAVAILABLE",
        True),
    Row("too long", 400, google(400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of"
        " tokens allowed (8)."), ContextWindowExceededError, "INVALID_ARGUMENT"),
]  # fmt: skip


def check(row: Row, error: ModelProviderError) -> None:
    assert (type(error), error.status_code, error.code, error.retryable) == (
        row.kind, row.status, row.code, row.retryable
    )  # fmt: skip
    assert error.retry_after == (None if row.after is None else pytest.approx(row.after))
    assert row.text in str(error)


def raw(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.mark.parametrize("row", SHARED, ids=lambda row: row.trap)
def test_what_vendors_answer_means_what_it_should(row: Row) -> None:
    error = from_response(VENDOR, status=row.status, headers={}, body=raw(row.body), now=NOW)
    check(row, error)
    if "req_" in str(row.body):
        assert error.request_id in ("req_a", "req_m")


@pytest.mark.parametrize("row", GOOGLE, ids=lambda row: row.trap)
def test_what_google_answers_means_what_it_should(row: Row) -> None:
    check(row, refusal(VENDOR, status=row.status, headers={}, body=raw(row.body), now=NOW))


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"type": "overloaded_error", "message": "Overloaded", "status_code": 529}, ModelOverloadedError, 529),
        ({"message": "x", "code": "rate_limit_exceeded"}, ModelRateLimitError, 429),
        ({"message": "x", "code": "context_length_exceeded"}, ContextWindowExceededError, 400),
        ({"code": 502, "message": "x", "metadata": {"raw": "y"}}, ModelProviderError, 502),
        ({"message": "x", "type": "server_error"}, ModelProviderError, 502),
        ("model runner has unexpectedly stopped", ModelProviderError, 502),
    ],
)
def test_an_error_in_a_stream_has_the_status_of_its_meaning(
    error: Any, kind: type[ModelProviderError], status: int
) -> None:
    found = in_band(VENDOR, error, now=NOW)
    assert (type(found), found.status_code, found.retryable) == (kind, status, kind.default_retryable)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://other.example/v1/chat?key=hidden", "a redirect to https://other.example, which is not followed"),
        ("//other.example/v1", "a redirect to http://other.example, which"),
        ("http://ada:hidden@other.example:8080/hidden", "a redirect to http://other.example:8080, which"),
        ("/hidden?key=hidden", "a redirect to another path, which"),
        ("", "a redirect nowhere, which"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_with_its_host_and_nothing_else(status: int, location: str, told: str) -> None:
    error = from_response(VENDOR, status=status, headers={"Location": location}, body=b"", now=NOW)
    assert str(error).startswith(f"V answered {status} for model 'm': {told}")
    assert "hidden" not in str(error)
    assert (type(error), error.retryable) == (ModelProviderError, False)
