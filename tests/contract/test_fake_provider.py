"""The fake provider follows its script in every dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from contracts.provider import FakeProvider
from contracts.script import Failure, call, say


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    served = FakeProvider()
    yield served
    served.close()


def post(url: str, body: dict[str, Any]) -> tuple[int, bytes]:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=10) as reply:
            return reply.status, reply.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def test_answers_come_in_the_order_of_the_script_and_requests_are_kept(provider: FakeProvider) -> None:
    conversation, url = provider.open("openai", [say("one"), say("two")])
    said = [json.loads(post(f"{url}/v1/chat/completions", {"model": "m", "n": n})[1]) for n in (1, 2)]
    assert [body["choices"][0]["message"]["content"] for body in said] == ["one", "two"]
    assert [asked["body"]["n"] for asked in conversation.asked] == [1, 2]
    assert post(f"{url}/v1/chat/completions", {"model": "m"})[0] == 400


def test_a_failure_lasts_as_often_as_it_says_and_counts_as_attempts(provider: FakeProvider) -> None:
    conversation, url = provider.open("groq", [Failure("rate_limit", times=2), say("at last")])
    statuses = [post(f"{url}/openai/v1/chat/completions", {"model": "m"})[0] for _ in range(3)]
    assert statuses == [429, 429, 200]
    assert [asked["attempts"] for asked in conversation.asked] == [3]


def test_a_lane_answers_only_requests_that_offer_its_tool(provider: FakeProvider) -> None:
    _, url = provider.open("openai", [call("add_memory", memory="x").in_lane("add_memory"), say("plain")])
    plain = json.loads(post(f"{url}/v1/chat/completions", {"model": "m"})[1])
    offered = {"model": "m", "tools": [{"type": "function", "function": {"name": "add_memory"}}]}
    laned = json.loads(post(f"{url}/v1/chat/completions", offered)[1])
    assert plain["choices"][0]["message"]["content"] == "plain"
    assert laned["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "add_memory"


@pytest.mark.parametrize(
    ("vendor", "path", "end"),
    [
        ("openai", "/v1/chat/completions", b"[DONE]"),
        ("cerebras", "/v1/chat/completions", b'"usage"'),
        ("openai", "/v1/responses", b"response.completed"),
        ("gemini", "/v1beta/models/m:streamGenerateContent", b'"STOP"'),
        ("ollama", "/api/chat", b'"done": true'),
        ("anthropic", "/v1/messages", b"message_stop"),
    ],
)
def test_streams_carry_the_pieces_and_end_in_their_dialects_way(
    provider: FakeProvider, vendor: str, path: str, end: bytes
) -> None:
    _, url = provider.open(vendor, [say("Hel", "lo")])
    status, raw = post(url + path, {"model": "m", "stream": True})
    assert status == 200
    assert b'"Hel"' in raw
    assert b'"lo"' in raw
    assert end in raw


@pytest.mark.parametrize(
    ("vendor", "path", "body", "found"),
    [
        (
            "openai",
            "/v1/embeddings",
            {"input": ["a", "b"], "dimensions": 4},
            lambda b: [d["embedding"] for d in b["data"]],
        ),
        ("ollama", "/api/embed", {"input": ["a", "b"], "dimensions": 4}, lambda b: b["embeddings"]),
        (
            "gemini",
            "/v1beta/models/m:batchEmbedContents",
            {"requests": [{"content": {"parts": [{"text": t}]}, "outputDimensionality": 4} for t in "ab"]},
            lambda b: [row["values"] for row in b["embeddings"]],
        ),
    ],
)
def test_the_same_text_has_the_same_vector_in_every_dialect(
    provider: FakeProvider, vendor: str, path: str, body: dict[str, Any], found: Any
) -> None:
    _, url = provider.open(vendor, [])
    rows = found(json.loads(post(url + path, body)[1]))
    _, plain = provider.open("openai", [])
    told = json.loads(post(f"{plain}/v1/embeddings", {"input": ["a", "b"], "dimensions": 4})[1])
    assert rows == [entry["embedding"] for entry in told["data"]]
    assert rows[0] != rows[1]
