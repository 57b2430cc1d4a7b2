"""Every recorded exchange in the Responses dialect against an independent reader; and what is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest
from agnolo.providers.openai_responses_items import Keeper
from agnolo.providers.openai_responses_request import Wording, encode
from agnolo.providers.profiles import OPENAI
from agnolo.vocabulary.messages import Message
from tests.providers import cassettes, decoding
from tests.providers import openai_responses_independent as independent
from tests.providers import openai_responses_intent as intent
from tests.providers.cassettes import Cassette
from tests.providers.independent import Reading

pytestmark = pytest.mark.cassettes

NAMES = decoding.names("responses")


def reply_of(cassette: Cassette) -> ModelReply:
    return decoding.reply_of(decoding.replayed("responses", cassette, cassette.blocks))


def understood(events: list[ModelEvent]) -> Reading:
    reply = decoding.reply_of(events)
    m = reply.metrics
    return Reading(
        reply.content or "",
        reply.reasoning_content or "",
        [(call.function.name, json.loads(call.function.arguments)) for call in reply.tool_calls],
        reply.finish_reason,
        (m.input_tokens, m.output_tokens, m.total_tokens, m.cache_read_tokens, m.reasoning_tokens),
    )


def check(cassette: Cassette, blocks: list[bytes]) -> None:
    wrong = independent.error_of(cassette)
    if wrong is None:
        assert understood(decoding.replayed("responses", cassette, blocks)) == independent.reading(cassette)
    else:
        error = decoding.raised("responses", cassette, blocks)
        assert (type(error).__name__, error.retryable) == (wrong, False)


@pytest.mark.parametrize("name", NAMES)
def test_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    cassette = cassettes.read(name)
    check(cassette, cassette.blocks)
    check(cassette, [cassette.body])
    check(cassette, decoding.single_bytes(cassette.body))


ANSWERED = [name for name in NAMES if name == cassettes.MISSING or cassettes.read(name).status == 200]


@pytest.mark.parametrize("name", ANSWERED)
def test_cited_pages_are_those_of_an_independent_reader(name: str) -> None:
    cassette = cassettes.read(name)
    citations = reply_of(cassette).citations
    urls = [] if citations is None else citations.urls or []
    assert [(url.url, url.title) for url in urls] == independent.cited(cassette)


# ---- what is sent


@pytest.mark.parametrize("name", ANSWERED)
def test_items_go_back_as_they_came(name: str) -> None:
    cassette = cassettes.read(name)
    reply = reply_of(cassette)
    said = Message(
        role="assistant", content=reply.content, tool_calls=reply.tool_calls, provider_data=reply.provider_data
    )
    items = [as_sent_back(item) for item in independent.items_of(cassette)]
    if all(item["type"] == "message" and "phase" not in item for item in items):
        said_plainly = {"type": "output_text", "text": reply.content}
        items = [{"type": "message", "role": "assistant", "content": [said_plainly]}]
    assert body_of(said, Keeper(cassette.provider, "m", sealed=False))["input"] == items


def as_sent_back(item: dict[str, Any]) -> dict[str, Any]:
    if item["type"] != "message":
        return item
    texts = [part["text"] for part in item["content"]]
    return {**item, "content": [{"type": "output_text", "text": "".join(texts), "annotations": []}]}


def body_of(message: Message, keeper: Keeper) -> dict[str, Any]:
    wording = Wording(keeper=keeper, dialect=OPENAI.dialect, parameters={})
    return json.loads(encode(ModelRequest(messages=[message]), wording))


def _is_expressible(name: str) -> bool:
    """Some tests of others replay input without its text, or tools as items of the conversation: neither is ours."""
    if name == cassettes.MISSING:
        return True
    asked = cassettes.read(name).request or {}
    return "input" in asked and "additional_tools" not in json.dumps(asked["input"])


ASKED = [name for name in ANSWERED if _is_expressible(name)]


@pytest.mark.parametrize("name", ASKED)
def test_the_same_intent_is_worded_as_it_was_recorded(name: str) -> None:
    asked = cassettes.read(name).request
    others = {key: value for key, value in asked.items() if key not in ("model", "input", "tools", "tool_choice")}
    wording = Wording(keeper=Keeper("OpenAI", asked["model"], sealed=True), dialect=OPENAI.dialect, parameters=others)
    assert normal(json.loads(encode(intent.request_of(asked), wording))) == normal(asked)


def normal(body: dict[str, Any]) -> dict[str, Any]:
    """Without the choices that the dialect leaves to its speakers."""
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    tools = [{**tool, **tool.get("function", {}), "function": None} for tool in body.get("tools") or []]
    shown = [{key: value for key, value in tool.items() if value not in (None, "", False)} for tool in tools]
    for tool in shown:
        if tool.get("strict"):
            tool["parameters"] = {**tool["parameters"], "additionalProperties": False}
    return {**body, "input": [_normal_item(item) for item in items], "tools": sorted(shown, key=str_of)}


def str_of(tool: dict[str, Any]) -> str:
    return json.dumps(tool, sort_keys=True)


def _normal_item(item: dict[str, Any]) -> dict[str, Any]:
    item = {key: value for key, value in item.items() if (key, value) != ("type", "message") and key != "status"}
    for name in ("content", "output"):
        parts = item.get(name)
        if isinstance(parts, list) and all(part["type"] in ("input_text", "output_text") for part in parts):
            item[name] = "".join(part["text"] for part in parts)
    return item | ({"role": "developer"} if item.get("role") == "system" else {})
