"""The cap that a budget puts on an answer, as each dialect says it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from agnolo.ports.model import ModelRequest
from agnolo.providers import GLM, Claude, Gemini, Groq, Ollama, OpenAIChat, OpenAIResponses
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.messages import Message
from tests.providers.scripted_wire import Clock, Wire, whole


def sent(kind: Any, cap: int | None, **options: Any) -> dict[str, Any]:
    """The body of a request of this class; the answer does not matter."""
    wire = Wire(Clock(), [whole({"error": {"message": "no"}}, status=400)])
    model = kind(transport=wire, retries=0, **({"api_key": "k"} if kind is not Ollama else {}), **options)
    request = ModelRequest(messages=(Message(role="user", content="hi"),), max_output_tokens=cap)

    async def ask() -> None:
        async for _ in model.exchange(request):
            pass

    with pytest.raises(ModelProviderError):
        asyncio.run(ask())
    return json.loads(wire.requests[0].body or b"")


def test_openai_chat_is_told_the_cap_by_the_name_that_the_model_takes() -> None:
    assert sent(OpenAIChat, 50, id="gpt-4o")["max_tokens"] == 50
    assert sent(OpenAIChat, 50, id="gpt-5.4-mini")["max_completion_tokens"] == 50
    assert sent(Groq, 50, id="llama-3.3-70b-versatile")["max_tokens"] == 50
    assert sent(GLM, 50, id="glm-4.6")["max_tokens"] == 50


def test_the_lower_of_two_caps_counts_and_no_second_name_is_sent() -> None:
    body = sent(OpenAIChat, 50, id="gpt-5.4-mini", max_completion_tokens=20)
    assert (body["max_completion_tokens"], "max_tokens" in body) == (20, False)
    assert sent(OpenAIChat, 50, id="gpt-4o", max_completion_tokens=80) | {"messages": []} == {
        "model": "gpt-4o", "messages": [], "max_completion_tokens": 50,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "options", "path"),
    [
        (OpenAIResponses, {"id": "gpt-5.4-mini"}, ("max_output_tokens",)),
        (Claude, {"id": "claude-sonnet-5-5"}, ("max_tokens",)),
        (Gemini, {"id": "gemini-3.7-flash"}, ("generationConfig", "maxOutputTokens")),
        (Ollama, {"id": "llama3.1", "host": "http://127.0.0.1:9"}, ("options", "num_predict")),
    ],
)
def test_other_dialects_have_their_own_name(kind: Any, options: dict[str, Any], path: tuple[str, ...]) -> None:
    said: Any = sent(kind, 50, **options)
    for step in path:
        said = said[step]
    assert said == 50


def test_without_a_cap_nothing_is_said() -> None:
    assert set(sent(OpenAIChat, None, id="gpt-4o")) == {"model", "messages"}
    assert "options" not in sent(Ollama, None, id="llama3.1", host="http://127.0.0.1:9")
