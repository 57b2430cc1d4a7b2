"""What the SDKs that Stainless generates read: OpenAI's, Groq's and Cerebras's have the same shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import cerebras.cloud.sdk as cerebras
import groq
import openai

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, digest

ASKED = [{"role": "user", "content": "hi"}]
FINISH = {"function_call": "tool_calls", "sensitive": "content_filter", "model_context_window_exceeded": "length"}
CUT = {"max_output_tokens": "length", "max_tokens": "length", "content_filter": "content_filter"}
KNOWN = ("stop", "length", "tool_calls", "content_filter")
ERRORS = (openai.APIError, groq.APIError, cerebras.APIError)
OPTIONS: dict[str, Any] = {"api_key": "key-of-a-test", "max_retries": 0}


def reader(cassette: Cassette, url: str) -> Callable[[], Outcome]:
    """The call to make for this exchange, by the vendor's own SDK if it has one of this shape."""
    client = _client(cassette, url)
    match cassette.dialect:
        case "responses":
            return lambda: _responses(client, cassette)
        case "embeddings":
            return lambda: _embeddings(client)
        case "models":
            return lambda: Outcome(more={"models": [model.id for model in client.models.list().data]})
        case _ if cassette.streamed:
            return lambda: _chunks(client.chat.completions.create(model="m", messages=ASKED, stream=True))
        case _:
            return lambda: _chunks([client.chat.completions.create(model="m", messages=ASKED)])


def _client(cassette: Cassette, url: str) -> Any:
    match cassette.provider:
        case "groq":
            return groq.Groq(base_url=url, **OPTIONS)
        case "cerebras":
            return cerebras.Cerebras(base_url=url, warm_tcp_connection=False, **OPTIONS)
        case _:
            return openai.OpenAI(base_url=f"{url}/v1", **OPTIONS)


def _chunks(chunks: Iterable[Any]) -> Outcome:
    """Put together as OpenAI's guide to streaming does: calls by their index."""
    text, reasoning, finish, usage = "", "", "", None
    calls: dict[int, list[str]] = {}
    for chunk in chunks:
        usage = getattr(chunk, "usage", None) or getattr(getattr(chunk, "x_groq", None), "usage", None) or usage
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            said = getattr(choice, "delta", None) or getattr(choice, "message", None)
            text += getattr(said, "content", None) or getattr(said, "refusal", None) or ""
            reasoning += getattr(said, "reasoning_content", None) or getattr(said, "reasoning", None) or ""
            for place, call in enumerate(getattr(said, "tool_calls", None) or []):
                _add(calls, getattr(call, "index", None) if hasattr(choice, "delta") else place, call)
            if function := getattr(said, "function_call", None):
                _join(calls.setdefault(0, ["", ""]), function)
    named = tuple((name, json.loads(arguments or "{}")) for name, arguments in calls.values())
    ended = FINISH.get(finish, finish) or ("tool_calls" if named else "stop")
    return Outcome(text, reasoning, named, ended if ended in KNOWN else "other", _usage(usage))


def _add(calls: dict[int, list[str]], index: Any, call: Any) -> None:
    _join(calls.setdefault(index, ["", ""]), call.function)


def _join(call: list[str], function: Any) -> None:
    call[0] = call[0] or function.name or ""
    call[1] += function.arguments or ""


def _usage(usage: Any) -> tuple[int, int, int, int, int]:
    def count(owner: Any, name: str) -> int:
        return getattr(owner, name, None) or 0

    asked, answered = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    return (
        asked,
        answered,
        count(usage, "total_tokens") or asked + answered,
        count(getattr(usage, "prompt_tokens_details", None), "cached_tokens"),
        count(getattr(usage, "completion_tokens_details", None), "reasoning_tokens"),
    )


def _embeddings(client: Any) -> Outcome:
    found = client.embeddings.create(model="m", input=["a"])
    tokens = found.usage.prompt_tokens
    return Outcome(usage=(tokens, 0, tokens, 0, 0), more={"vectors": digest([item.embedding for item in found.data])})


def _responses(client: Any, cassette: Cassette) -> Outcome:
    if not cassette.streamed:
        whole = client.responses.create(model="m", input="hi")
        return _response(whole, whole.output)
    items: list[Any] = []
    last: Any = None
    for event in client.responses.create(model="m", input="hi", stream=True):
        if event.type == "response.output_item.done":
            items.append((event.output_index, event.item))
        last = getattr(event, "response", None) or last
    return _response(last, [item for _, item in sorted(items, key=lambda item: item[0])])


def _response(response: Any, items: list[Any]) -> Outcome:
    parts = [part for item in items if item.type == "message" for part in item.content]
    thoughts = [
        part
        for item in items
        if item.type == "reasoning"
        for part in [*(item.summary or []), *(getattr(item, "content", None) or [])]
    ]
    calls = tuple((item.name, json.loads(item.arguments)) for item in items if item.type == "function_call")
    finish = "tool_calls" if calls else "stop"
    if response.status == "incomplete":
        finish = CUT.get(response.incomplete_details.reason, "other")
    usage = response.usage
    counts = (
        usage.input_tokens,
        usage.output_tokens,
        usage.total_tokens,
        getattr(usage.input_tokens_details, "cached_tokens", 0) or 0,
        getattr(usage.output_tokens_details, "reasoning_tokens", 0) or 0,
    )
    text = "".join(getattr(part, "text", None) or getattr(part, "refusal", "") for part in parts)
    return Outcome(text, "".join(part.text for part in thoughts), calls, finish, counts)
