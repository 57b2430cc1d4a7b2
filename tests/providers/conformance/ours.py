"""Recorded exchanges through our public models: what comes of a reply, and what is sent for a request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from agnolo.ports.model import Model, ModelEvent, ModelReply, ModelRequest, ReasoningDelta, TextDelta
from agnolo.providers.compatible import ROWS
from agnolo.providers.gemini_embedder import GeminiEmbedder
from agnolo.providers.gemini_model import Gemini
from agnolo.providers.ollama_embedder import OllamaEmbedder
from agnolo.providers.ollama_model import Ollama
from agnolo.providers.openai_embedder import (
    GLMEmbedder,
    OpenAIEmbedder,
    OpenAILikeEmbedder,
    OpenRouterEmbedder,
    SiliconflowEmbedder,
)
from agnolo.providers.openai_model import OpenAIChat, OpenAILike
from agnolo.providers.openai_responses_model import OpenAIResponses
from agnolo.providers.openai_responses_vendors import OllamaResponses, OpenRouterResponses
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.messages import Message
from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, failure, rounded
from tests.providers.conformance.reader_lists import dimensions_asked
from tests.providers.conformance.stub import head
from tests.providers.scripted_wire import Answer, Clock, Wire, whole

RESPONSES = {"openai": OpenAIResponses, "openrouter": OpenRouterResponses, "ollama": OllamaResponses}
EMBEDDERS = {
    "openai": OpenAIEmbedder, "gemini": GeminiEmbedder, "glm4": GLMEmbedder, "openrouter": OpenRouterEmbedder,
    "siliconflow": SiliconflowEmbedder, "ollama": OllamaEmbedder,
}  # fmt: skip
GIVEN: dict[str, Any] = {"id": "m", "api_key": "key-of-a-test", "retries": 0}
END_OF_LIST = {"data": []}
_loop = asyncio.Runner()


class Misheard(AssertionError):
    """The deltas are not what the reply says."""


def model_of(cassette: Cassette, **options: Any) -> Any:
    """The public model that speaks to this provider in this dialect, asking once."""
    given = {**GIVEN, **options}
    native = cassette.provider == "gemini" and "/openai/" not in cassette.url
    match cassette.dialect:
        case "responses":
            return RESPONSES.get(cassette.provider, OpenAIResponses)(**given)
        case "gemini" | "models" if native:
            return Gemini(retry_with_guidance=False, **given)
        case "ollama" | "models" if cassette.provider == "ollama" and "/v1/" not in cassette.url:
            return Ollama(**given)
        case _ if cassette.provider in ROWS:
            row = ROWS[cassette.provider]
            return OpenAIChat(**{**row.options, "site": row.site, "name": row.name, "provider": row.provider, **given})
        case _:
            return OpenAILike(**{"base_url": "http://localhost/v1", **given})


def embedder_of(cassette: Cassette, **options: Any) -> Any:
    """The public embedder of this provider, asking once."""
    return EMBEDDERS.get(cassette.provider, OpenAILikeEmbedder)(**{**GIVEN, **options})


# ---- replies


def outcome(cassette: Cassette, blocks: Sequence[bytes]) -> Outcome:
    """What we make of the exchange when its body arrives in these blocks."""
    try:
        return _loop.run(answered(cassette, transport=wire(cassette, blocks)))
    except ModelProviderError as error:
        return failure(_class(error), retryable=error.retryable)


def wire(cassette: Cassette, blocks: Sequence[bytes]) -> Wire:
    """A transport that answers as recorded; behind one page of a list comes an empty one."""
    recorded = Answer(*blocks, status=cassette.status, headers=head(cassette))
    return Wire(Clock(), [recorded, whole(END_OF_LIST)])


def events(cassette: Cassette, blocks: Sequence[bytes]) -> list[ModelEvent]:
    """What our model says when the body arrives in these blocks. Raises what it raises."""
    return _loop.run(_asked(cassette, transport=wire(cassette, blocks)))


async def answered(cassette: Cassette, **options: Any) -> Outcome:
    """What comes of asking as the exchange did. Raises what is raised."""
    match cassette.dialect:
        case "embeddings":
            asked = {"dimensions": dimensions_asked(cassette), **options}
            found = await embedder_of(cassette, **asked).embed(["a"] * _texts(cassette))
            return Outcome(usage=(found.tokens, 0, found.tokens, 0, 0), more={"vectors": rounded(found.vectors)})
        case "models":
            listed = await model_of(cassette, **options).alist_models()
            return Outcome(more={"models": [info.id for info in listed]})
        case _:
            return understood(await _asked(cassette, **options))


def _texts(cassette: Cassette) -> int:
    """How many texts went into the request."""
    asked = cassette.request or {}
    given = asked.get("requests") or asked.get("input")
    return len(given) if isinstance(given, list) else 1


def _class(error: ModelProviderError) -> str:
    """An embedder's error is of two classes; the one of its cause counts."""
    return next(kind.__name__ for kind in type(error).__mro__ if not kind.__name__.startswith(("Embedding", "_")))


async def _asked(cassette: Cassette, **options: Any) -> list[ModelEvent]:
    request = ModelRequest(messages=[Message(role="user", content="hi")], stream=cassette.streamed)
    return await _all(model_of(cassette, **options).exchange(request))


async def _all(said: AsyncIterator[ModelEvent]) -> list[ModelEvent]:
    return [event async for event in said]


def understood(said: list[ModelEvent]) -> Outcome:
    """The reply at the end, after a look at whether the deltas before it say the same."""
    *deltas, reply = said
    assert isinstance(reply, ModelReply)
    text, reasoning = reply.content or "", reply.reasoning_content or ""
    if deltas:
        told = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
        thought = "".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta))
        if (told, thought) != (text, reasoning):
            raise Misheard(f"deltas {told!r}, {thought!r} but the reply {text!r}, {reasoning!r}")
    m = reply.metrics
    return Outcome(
        text,
        reasoning,
        tuple((call.function.name, json.loads(call.function.arguments)) for call in reply.tool_calls),
        reply.finish_reason,
        (m.input_tokens, m.output_tokens, m.total_tokens, m.cache_read_tokens, m.reasoning_tokens),
        more=_more(reply),
    )


def _more(reply: ModelReply) -> dict[str, Any]:
    urls = [url.url for url in (reply.citations and reply.citations.urls) or []]
    kept = (reply.provider_data or {}).get("gemini_parts") or []
    more = {
        "urls": sorted(url or "" for url in urls),
        "signatures": [part["thoughtSignature"] for part in kept if "thoughtSignature" in part],
        "durations": reply.metrics.provider_metrics or {},
    }
    return {name: value for name, value in more.items() if value}


# ---- requests


def body_sent(cassette: Cassette, request: ModelRequest, **options: Any) -> dict[str, Any]:
    """The body that our model sends for a request; the answer is of no matter."""
    line = Wire(Clock(), [Answer(b"", status=400)])
    model: Model = model_of(cassette, transport=line, **options)
    with suppress(ModelProviderError):
        _loop.run(_all(model.exchange(request)))
    return json.loads(line.requests[0].body)


def embedding_sent(cassette: Cassette, texts: Sequence[str], **options: Any) -> dict[str, Any]:
    """The body that our embedder sends for these texts."""
    line = Wire(Clock(), [Answer(b"", status=400)])
    with suppress(ModelProviderError):
        _loop.run(embedder_of(cassette, transport=line, **options).embed(texts))
    return json.loads(line.requests[0].body)
