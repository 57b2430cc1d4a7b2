"""What Ollama's SDK reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import ollama

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, digest

ERRORS = (ollama.ResponseError,)


def reader(cassette: Cassette, url: str) -> Callable[[], Outcome]:
    """The call to make for this exchange."""
    client = ollama.Client(host=url)
    asked = [{"role": "user", "content": "hi"}]
    match urlsplit(cassette.url).path:
        case "/api/embed":
            return lambda: _embeddings(client)
        case "/api/embeddings":
            return lambda: Outcome(
                more={"vectors": digest([list(client.embeddings(model="m", prompt="hi").embedding)])}
            )
        case "/api/tags":
            return lambda: Outcome(more={"models": [model.model for model in client.list().models]})
        case "/api/ps":
            return lambda: Outcome(more={"models": [model.model for model in client.ps().models]})
        case "/api/generate" if cassette.streamed:
            return lambda: _lines(client.generate(model="m", prompt="hi", stream=True))
        case "/api/generate":
            return lambda: _lines([client.generate(model="m", prompt="hi")])
        case _ if cassette.streamed:
            return lambda: _lines(client.chat(model="m", messages=asked, stream=True))
        case _:
            return lambda: _lines([client.chat(model="m", messages=asked)])


def _embeddings(client: ollama.Client) -> Outcome:
    found = client.embed(model="m", input=["a"])
    tokens = found.prompt_eval_count or 0
    return Outcome(
        usage=(tokens, 0, tokens, 0, 0), more={"vectors": digest([list(vector) for vector in found.embeddings])}
    )


def _lines(lines: Iterable[Any]) -> Outcome:
    text, reasoning = "", ""
    calls: list[tuple[str, Any]] = []
    last: Any = None
    for last in lines:
        said = getattr(last, "message", last)
        text += getattr(said, "content", None) or getattr(said, "response", None) or ""
        reasoning += said.thinking or ""
        calls += [(c.function.name, dict(c.function.arguments)) for c in getattr(said, "tool_calls", None) or []]
    reason = last.done_reason or "stop"
    asked, answered = last.prompt_eval_count or 0, last.eval_count or 0
    finish = "tool_calls" if calls and reason == "stop" else reason if reason in ("stop", "length") else "other"
    return Outcome(text, reasoning, tuple(calls), finish, (asked, answered, asked + answered, 0, 0))
