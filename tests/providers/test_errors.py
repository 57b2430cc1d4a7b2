"""What vendors' errors mean: class, status, code, whether to try again, when, and no secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo.providers.errors import Vendor, from_response, in_band, in_place_of_reply
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
VENDOR = Vendor(name="OpenAI", model="gpt-x", key="OPENAI_API_KEY", secrets=("topsecret-4711",))


def refused(status: int, body: Any, headers: dict[str, str] | None = None) -> ModelProviderError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return from_response(VENDOR, status=status, headers=headers or {}, body=raw, now=NOW)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (301, ModelProviderError, False),
        (400, ModelBadRequestError, False),
        (401, ModelAuthenticationError, False),
        (402, ModelQuotaError, False),
        (403, ModelPermissionError, False),
        (404, ModelNotFoundError, False),
        (408, ModelTimeoutError, True),
        (409, ModelProviderError, True),
        (413, ModelBadRequestError, False),
        (418, ModelBadRequestError, False),
        (422, ModelBadRequestError, False),
        (425, ModelProviderError, True),
        (429, ModelRateLimitError, True),
        (498, ModelOverloadedError, True),
        (500, ModelProviderError, True),
        (501, ModelProviderError, False),
        (502, ModelProviderError, True),
        (503, ModelOverloadedError, True),
        (504, ModelTimeoutError, True),
        (529, ModelOverloadedError, True),
    ],
)
def test_a_status_alone_tells_the_class(status: int, kind: type[ModelProviderError], retryable: bool) -> None:
    error = refused(status, {"error": {"message": "something"}})
    assert (type(error), error.status_code, error.retryable) == (kind, status, retryable)
    assert (error.provider, error.model) == ("OpenAI", "gpt-x")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "context_length_exceeded", ContextWindowExceededError),
        (400, "model_not_found", ModelNotFoundError),
        (400, "content_filter", ModelContentFilterError),
        (429, "insufficient_quota", ModelQuotaError),
        (429, "1113", ModelQuotaError),
        (429, 1304, ModelQuotaError),
        (429, "1302", ModelRateLimitError),
        (429, "1305", ModelOverloadedError),
        (400, "1261", ContextWindowExceededError),
        (403, 30001, ModelQuotaError),
        (429, "queue_exceeded", ModelOverloadedError),
    ],
)
def test_a_code_outranks_the_status(status: int, code: str | int, kind: type[ModelProviderError]) -> None:
    error = refused(status, {"error": {"code": code, "message": "x"}})
    assert (type(error), error.code, error.status_code) == (kind, str(code), status)
    assert error.retryable is kind.default_retryable


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "This model's maximum context length is 8192 tokens", ContextWindowExceededError),
        (400, "prompt too long; exceeded max context length by 9 tokens", ContextWindowExceededError),
        (400, "length of prompt_tokens (9) must be less than max_seq_len (8).", ContextWindowExceededError),
        (
            400,
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            ModelBadRequestError,
        ),
        (500, "maximum context length", ModelProviderError),
        (429, "Insufficient balance or no resource package. Please recharge.", ModelQuotaError),
        (429, "You exceeded your current quota, please check your plan", ModelQuotaError),
        (429, "We have to rate limit you for model Qwen/Qwen3-8B.", ModelRateLimitError),
        (400, "Insufficient balance", ModelBadRequestError),
        (403, "Content violates usage guidelines.", ModelContentFilterError),
    ],
)
def test_a_text_counts_where_the_status_allows_it(status: int, message: str, kind: type[ModelProviderError]) -> None:
    assert type(refused(status, {"error": {"message": message}})) is kind


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"error": {"message": "the text", "code": "c", "type": "t"}}, "the text"),
        ({"error": "the text"}, "the text"),
        ({"errors": {"message": "the text"}, "request_id": "r"}, "the text"),
        ({"code": 20099, "message": "the text", "data": None}, "the text"),
        ("the text", "the text"),
        ([{"error": {"message": "the text"}}], "the text"),
        (b"the text", "the text"),
        (b"<html><head><TITLE>502 Bad\n Gateway</title></head><body>x</body></html>", "a web page: 502 Bad Gateway"),
        (b"<p>the <b>text</b></p>", "the text"),
        (b"", "no message"),
        ([], "no message"),
        (b"null", "no message"),
        pytest.param(b"[" * 100_000, "[" * 600, id="bottomless"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": '{"error":{"message":"inner"}}'}}},
         "Provider returned error: inner"),
        ({"error": {"message": "Provider error", "metadata": {"raw": "plain"}}}, "Provider error: plain"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": '{"weird":1}'}}},
         'Provider returned error: {"weird":1}'),
    ],
)  # fmt: skip
def test_every_body_shape_gives_its_text(body: Any, text: str) -> None:
    error = refused(500, body)
    assert str(error) == f"OpenAI answered 500 for model 'gpt-x': {text}"


def test_a_long_text_is_cut() -> None:
    assert len(str(refused(500, b"x" * 100_000))) < 700


def test_the_message_says_what_to_do() -> None:
    assert str(refused(401, "Unauthorized")).endswith("(check the key in OPENAI_API_KEY)")
    assert str(refused(404, "No")).endswith("(check the model id and base_url)")


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"error": {}}, {"retry-after": "7"}, 7.0),
        ({"error": {"metadata": {"headers": {"X-RateLimit-Reset": "1700000030000"}}}}, {}, 30.0),
        ({"error": {"details": [{"x": 1}, {"retryDelay": "48.9s"}]}}, {}, 48.9),
        ({"error": {}}, {}, None),
    ],
)
def test_the_wish_for_a_wait_is_read_from_headers_and_body(body: Any, headers: dict[str, str], expected: float) -> None:
    assert refused(429, body, headers).retry_after == expected


def test_the_server_may_say_whether_to_try_again() -> None:
    assert refused(429, {}, {"x-should-retry": "false"}).retryable is False
    assert refused(418, {}, {"x-should-retry": "true"}).retryable is True
    assert refused(429, {}, {"x-should-retry": "perhaps"}).retryable is True


def test_the_request_id_is_kept() -> None:
    assert refused(500, {}, {"x-request-id": "req_1"}).request_id == "req_1"


@pytest.mark.parametrize(
    ("error", "kind", "status", "retryable"),
    [
        ({"code": 502, "message": "x"}, ModelProviderError, 502, True),
        ({"code": 400, "message": "Token limit reached"}, ModelBadRequestError, 400, False),
        ({"message": "x", "code": "tool_use_failed", "status_code": 400}, ModelBadRequestError, 400, True),
        ({"message": "x"}, ModelProviderError, 502, True),
        ({"message": "x", "code": "429"}, ModelRateLimitError, 429, True),
        ("the server is busy", ModelProviderError, 502, True),
    ],
)
def test_an_error_inside_a_reply_is_the_same_error(
    error: Any, kind: type[ModelProviderError], status: int, retryable: bool
) -> None:
    found = in_band(VENDOR, error, now=NOW)
    assert (type(found), found.status_code, found.retryable) == (kind, status, retryable)


@pytest.mark.parametrize("body", [{"id": "x", "choices": None}, {}, [], None, 7, {"error": {}}, {"code": 0}])
def test_what_is_no_complaint_is_not_taken_for_one(body: Any) -> None:
    assert in_place_of_reply(VENDOR, json.dumps(body).encode(), now=NOW) is None
    assert in_place_of_reply(VENDOR, b"no JSON", now=NOW) is None


def test_a_complaint_in_place_of_a_reply_is_an_error() -> None:
    found = in_place_of_reply(VENDOR, b'{"code": 401, "message": "Invalid token"}', now=NOW)
    assert type(found) is ModelAuthenticationError


def test_a_key_too_short_to_be_one_is_not_searched_for() -> None:
    vendor = Vendor(name="Box", model="m", secrets=("x", ""))
    error = from_response(vendor, status=500, headers={}, body=b"exit", now=NOW)
    assert str(error) == "Box answered 500 for model 'm': exit"


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: topsecret-4711.",
        "Incorrect API key provided: sk-abcdefghijklmnop.",
        "key gsk_abcdefghijklmnop is wrong",
        "Bearer abcdefghijklmnop was sent",
        "AIzaSyA1234567890123456789012345678901",
    ],
)
def test_keys_in_a_vendors_text_are_removed(text: str) -> None:
    error = refused(401, {"error": {"message": text}})
    shown = f"{error} {error!r} {error.message} {error.args}"
    assert "[redacted]" in shown
    for secret in ("4711", "abcdefghijklmnop", "AIzaSy"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("Not Found", "Not Found"),
        ([{"loc": ["body", "format"], "msg": "Input should be 'json'"}], "body.format: Input should be 'json'"),
        ([{"loc": ["body"], "msg": "a"}, {"loc": ["query", 0], "msg": "b"}], "body: a; query.0: b"),
        ([{"msg": "odd"}, "?"], ": odd"),
        ({"odd": 1}, "no message"),
    ],
)
def test_the_detail_of_servers_made_with_fastapi_is_told(detail: Any, told: str) -> None:
    assert str(refused(422, {"detail": detail})) == f"OpenAI answered 422 for model 'gpt-x': {told}"
