"""Output items of recorded Responses go back to whoever made them as they came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo.ports.model import ModelReply, ModelRequest
from agnolo.providers.openai_responses_items import Keeper
from agnolo.providers.openai_responses_request import Wording, encode
from agnolo.providers.profiles import OPENAI
from agnolo.vocabulary.messages import Message
from tests.providers import cassettes
from tests.providers.conformance import ours, reader_chat, reader_responses

pytestmark = pytest.mark.cassettes

ANSWERED = [name for name in cassettes.names(dialect="responses") if cassettes.read(name).status == 200]


@pytest.mark.parametrize("name", ANSWERED)
def test_items_go_back_as_they_came(name: str) -> None:
    cassette = cassettes.read(name)
    reply = ours.events(cassette, cassette.blocks)[-1]
    assert isinstance(reply, ModelReply)
    said = Message(
        role="assistant", content=reply.content, tool_calls=reply.tool_calls, provider_data=reply.provider_data
    )
    items = [as_sent_back(item) for item in reader_responses.items_of(reader_chat.sent(cassette))]
    if all(item["type"] == "message" and "phase" not in item for item in items):
        said_plainly = {"type": "output_text", "text": reply.content}
        items = [{"type": "message", "role": "assistant", "content": [said_plainly]}]
    keeper = Keeper((reply.provider_data or {})["provider"], "m", sealed=False)
    wording = Wording(keeper=keeper, dialect=OPENAI.dialect, parameters={})
    assert json.loads(encode(ModelRequest(messages=[said]), wording))["input"] == items


def as_sent_back(item: dict[str, Any]) -> dict[str, Any]:
    if item["type"] != "message":
        return item
    texts = [part["text"] for part in item["content"]]
    return {**item, "content": [{"type": "output_text", "text": "".join(texts), "annotations": []}]}
