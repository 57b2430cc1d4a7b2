"""Options of the vendors' SDKs: those that say where to ask are taken, others refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo.ports.model import ModelRequest
from agnolo.providers import Claude, Gemini, Ollama, OpenAIChat
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.messages import Message
from tests.providers.scripted_wire import Answer, Clock, Wire

pytestmark = pytest.mark.anyio

HI = ModelRequest(messages=[Message(role="user", content="hi")])


class HttpOptions:
    """Google's class of that name, as far as it is asked."""

    def model_dump(self, *, exclude_none: bool) -> dict[str, Any]:
        assert exclude_none
        return {"api_version": "v1alpha"}


@pytest.mark.parametrize(
    ("kind", "params", "url"),
    [
        (OpenAIChat, {"base_url": "https://h/v2"}, "https://h/v2/chat/completions"),
        (Claude, {"base_url": "https://h/claude"}, "https://h/claude/v1/messages"),
        (Ollama, {"host": "https://h"}, "https://h/api/chat"),
        (Gemini, {"http_options": {"base_url": "https://h/"}}, "https://h/v1/models/m:generateContent"),
        (
            Gemini,
            {"http_options": {"base_url": "https://h/", "api_version": "v1beta"}},
            "https://h/v1beta/models/m:generateContent",
        ),
        (
            Gemini,
            {"http_options": HttpOptions()},
            "https://generativelanguage.googleapis.com/v1alpha/models/m:generateContent",
        ),
    ],
)
async def test_options_of_an_sdk_say_where_to_ask(kind: Any, params: dict[str, Any], url: str) -> None:
    wire = Wire(Clock(), [Answer(b"{}")])
    model = kind(id="m", api_key="k", client_params=params, transport=wire, retries=0)
    with pytest.raises(ModelProviderError):
        [event async for event in model.exchange(HI)]
    assert wire.requests[0].url == url


@pytest.mark.parametrize(
    ("kind", "params", "expected"),
    [
        (OpenAIChat, {"timeout": 3, "max_retries": 4}, {"timeout": 3, "max_retries": 4}),
        (OpenAIChat, {"api_key": "x", "organization": "o"}, {"api_key": "x", "organization": "o"}),
        (Claude, {"default_headers": {"A": "b"}}, {"default_headers": {"A": "b"}}),
        (Ollama, {"headers": {"A": "b"}}, {"default_headers": {"A": "b"}}),
        (
            Gemini,
            {"api_key": "x", "http_options": {"timeout": 1500, "headers": {"A": "b"}}},
            {"api_key": "x", "timeout": 1.5, "default_headers": {"A": "b"}},
        ),
    ],
)
def test_options_of_an_sdk_win_over_others(kind: Any, params: dict[str, Any], expected: dict[str, Any]) -> None:
    model = kind(id="m", timeout=60, client_params=params)
    assert {name: getattr(model, name) for name in expected} == expected
    assert "x" not in repr(model).replace("max", "")


@pytest.mark.parametrize(
    ("kind", "params", "name"),
    [
        (OpenAIChat, {"http_client": object()}, "http_client"),
        (OpenAIChat, {"host": "https://h"}, "host"),
        (Gemini, {"vertexai": True}, "vertexai"),
        (Gemini, {"http_options": {"retry_options": {}}}, "retry_options"),
    ],
)
def test_options_that_ours_do_not_say_are_refused_by_name(kind: Any, params: dict[str, Any], name: str) -> None:
    with pytest.raises(TypeError, match=name):
        kind(id="m", client_params=params)
