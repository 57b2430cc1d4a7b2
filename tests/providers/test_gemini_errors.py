"""What Google's refusals mean: the class, whether to come back and when, and whose name the error bears."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo.providers.errors import Vendor
from agnolo.providers.gemini_errors import Judge, refusal
from agnolo.providers.wire import Broken, HttpRequest
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelPermissionError,
    ModelProviderError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from tests.providers.scripted_wire import Answer, Clock, Wire, whole

VENDOR = Vendor(name="Google", model="gemini-x", key="GEMINI_API_KEY", secrets=("sk-secret",))
PLAN = "You exceeded your current quota, please check your plan and billing details."
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.4s"}


def page(status: int, name: str, message: str, *details: Any) -> Any:
    return {"error": {"code": status, "message": message, "status": name, "details": list(details)}}


def info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}


def quota(limit: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": limit}]}


def judged(status: int, body: Any, headers: dict[str, str] | None = None) -> ModelProviderError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal(VENDOR, status=status, headers=headers or {}, body=raw, now=0.0)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, page(400, "INVALID_ARGUMENT", "x", info("API_KEY_INVALID")), ModelAuthenticationError, "API_KEY_INVALID"),
        (
            400,
            page(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
            ModelAuthenticationError,
            "INVALID_ARGUMENT",
        ),
        (400, page(400, "INVALID_ARGUMENT", "API key expired."), ModelAuthenticationError, "INVALID_ARGUMENT"),
        (
            403,
            page(403, "PERMISSION_DENIED", "Method doesn't allow callers without established identity."),
            ModelAuthenticationError,
            "PERMISSION_DENIED",
        ),
        (401, page(401, "UNAUTHENTICATED", "no"), ModelAuthenticationError, "UNAUTHENTICATED"),
        (403, page(403, "PERMISSION_DENIED", "no", info("SERVICE_DISABLED")), ModelPermissionError, "SERVICE_DISABLED"),
        (403, page(403, "PERMISSION_DENIED", "pay", info("BILLING_DISABLED")), ModelQuotaError, "BILLING_DISABLED"),
        (404, page(404, "NOT_FOUND", "models/x is not found"), ModelNotFoundError, "NOT_FOUND"),
        (400, page(400, "INVALID_ARGUMENT", "Unknown name 'x'"), ModelBadRequestError, "INVALID_ARGUMENT"),
        (
            400,
            page(400, "INVALID_ARGUMENT", "max_output_tokens exceeds the range of 1 to 65536"),
            ModelBadRequestError,
            "INVALID_ARGUMENT",
        ),
        (
            400,
            page(
                400,
                "INVALID_ARGUMENT",
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            ),
            ContextWindowExceededError,
            "INVALID_ARGUMENT",
        ),
        (503, page(503, "UNAVAILABLE", "The model is overloaded."), ModelOverloadedError, "UNAVAILABLE"),
        (504, page(504, "DEADLINE_EXCEEDED", "late"), ModelTimeoutError, "DEADLINE_EXCEEDED"),
        (500, page(500, "INTERNAL", "oops"), ModelProviderError, "INTERNAL"),
    ],
)
def test_a_refusal_is_what_its_details_say(status: int, body: Any, kind: type[ModelProviderError], code: str) -> None:
    error = judged(status, body)
    assert (type(error), error.code, error.status_code) == (kind, code, status)
    assert error.retryable == (status >= 500)
    assert (error.provider, error.model) == ("Google", "gemini-x")


def test_a_wrong_key_is_told_with_its_variable() -> None:
    text = str(judged(400, page(400, "INVALID_ARGUMENT", "API key not valid.", info("API_KEY_INVALID"))))
    assert text == ("Google answered 400 for model 'gemini-x': API key not valid. (check the key in GEMINI_API_KEY)")


@pytest.mark.parametrize(
    ("message", "details", "kind", "wait"),
    [
        (PLAN, [quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), RETRY], ModelRateLimitError, 34.4),
        (PLAN, [quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), RETRY], ModelQuotaError, 34.4),
        (PLAN, [], ModelRateLimitError, None),
        ("Quota exceeded for metric: free_tier_requests, limit: 0, model: gemini-x", [RETRY], ModelQuotaError, 34.4),
        ("Your prepayment credits are depleted.", [], ModelQuotaError, None),
        ("Resource has been exhausted", [info("RATE_LIMIT_EXCEEDED")], ModelRateLimitError, None),
        ("odd", [{"violations": "odd"}, {"violations": ["odd"]}, "odd"], ModelRateLimitError, None),
    ],
)
def test_only_a_limit_that_passes_is_waited_for(
    message: str, details: list[Any], kind: type[ModelProviderError], wait: float | None
) -> None:
    error = judged(429, page(429, "RESOURCE_EXHAUSTED", message, *details))
    assert (type(error), error.retryable, error.retry_after) == (kind, kind is ModelRateLimitError, wait)


def test_a_page_in_a_list_is_read() -> None:
    error = judged(400, [page(400, "INVALID_ARGUMENT", "x", info("API_KEY_INVALID"))])
    assert type(error) is ModelAuthenticationError


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><title>Error 502 (Server Error)</title></html>", "a web page: Error 502"),
        (b"", "no message"),
        (b"[]", "no message"),
        ({"error": "flat"}, "flat"),
        ({"message": "of a proxy"}, "of a proxy"),
    ],
)
def test_pages_of_others_are_read_too(body: Any, words: str) -> None:
    error = judged(502, body)
    assert (type(error), error.retryable) == (ModelProviderError, True)
    assert words in str(error)


def test_secrets_are_in_no_error() -> None:
    assert "sk-secret" not in str(judged(400, page(400, "INVALID_ARGUMENT", "key sk-secret is odd")))


# ---- on the way


REQUEST = HttpRequest(url="https://x/v1beta/models/m:generateContent", headers={}, body=b"{}")


@pytest.mark.anyio
async def test_a_page_that_breaks_off_is_judged_by_what_came() -> None:
    wire = Wire(Clock(), [Answer(b'{"error"', Broken("gone"), status=503)])
    with pytest.raises(ModelOverloadedError):
        await Judge(wire, VENDOR).send(REQUEST, connect=1, within=1)
    assert wire.replies[0].closed


@pytest.mark.anyio
async def test_a_page_that_is_slow_is_judged_by_its_status() -> None:
    wire = Wire(Clock(), [Answer(5.0, b"late", status=404)])
    with pytest.raises(ModelNotFoundError, match="no message"):
        await Judge(wire, VENDOR).send(REQUEST, connect=1, within=1)
    assert wire.replies[0].closed


@pytest.mark.anyio
async def test_an_endless_page_is_read_to_a_limit() -> None:
    wire = Wire(Clock(), [Answer(*[b"x" * 100_000] * 9, status=500)])
    with pytest.raises(ModelProviderError):
        await Judge(wire, VENDOR).send(REQUEST, connect=1, within=1)
    assert len(wire.replies[0].unread) == 6


@pytest.mark.anyio
async def test_an_answer_is_let_through_unread() -> None:
    wire = Wire(Clock(), [whole({})])
    reply = await Judge(wire, VENDOR).send(REQUEST, connect=1, within=1)
    assert (reply.status, wire.replies[0].closed) == (200, False)
