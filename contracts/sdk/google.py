"""What Google's SDK reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from google import genai
from google.genai import errors, types

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, digest

ERRORS = (errors.APIError,)
FILTERS = {
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
    "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
}  # fmt: skip


def reader(cassette: Cassette, url: str) -> Callable[[], Outcome]:
    """The call to make for this exchange."""
    client = genai.Client(api_key="key-of-a-test", http_options=types.HttpOptions(base_url=url, api_version="v1beta"))
    match cassette.dialect:
        case "embeddings":
            return lambda: _embeddings(client)
        case "models":
            return lambda: Outcome(more={"models": [_id(model) for model in client.models.list().page]})
        case _ if cassette.streamed:
            return lambda: _chunks(client.models.generate_content_stream(model="gemini-3-flash", contents="hi"))
        case _:
            return lambda: _chunks([client.models.generate_content(model="gemini-3-flash", contents="hi")])


def _id(model: types.Model) -> str:
    return (model.name or "").removeprefix("models/")


def _embeddings(client: genai.Client) -> Outcome:
    found = client.models.embed_content(model="gemini-embedding-001", contents=["a", "b"])
    usage = getattr(found, "usage_metadata", None)
    tokens = getattr(usage, "prompt_token_count", None) or 0
    vectors = [item.values for item in found.embeddings or []]
    return Outcome(usage=(tokens, 0, tokens, 0, 0), more={"vectors": digest(vectors)})


def _chunks(chunks: Iterable[types.GenerateContentResponse]) -> Outcome:
    text, reasoning, finish = "", "", ""
    usage: Any = None
    calls: list[tuple[str, Any]] = []
    shown = False
    for chunk in chunks:
        if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
            return Outcome(error="blocked")
        if chunk.usage_metadata and chunk.usage_metadata.total_token_count is not None:
            usage = chunk.usage_metadata
        for candidate in (chunk.candidates or [])[:1]:
            if candidate.finish_reason:
                finish = str(getattr(candidate.finish_reason, "name", candidate.finish_reason))
            for part in (candidate.content and candidate.content.parts) or []:
                if part.function_call:
                    calls.append((part.function_call.name or "", part.function_call.args or {}))
                elif part.thought:
                    reasoning += part.text or ""
                else:
                    text += part.text or ""
                    shown = shown or part.text is None
    if not (text or calls or shown) and finish in (*FILTERS, "MALFORMED_FUNCTION_CALL"):
        return Outcome(error="blocked")
    return Outcome(text, reasoning, tuple(calls), _finish(finish, calls), _usage(usage))


def _finish(reason: str, calls: list[tuple[str, Any]]) -> str:
    if reason == "MAX_TOKENS":
        return "length"
    if reason in FILTERS:
        return "content_filter"
    return "tool_calls" if calls else "stop" if reason in ("STOP", "") else "other"


def _usage(usage: Any) -> tuple[int, int, int, int, int]:
    def count(name: str) -> int:
        return getattr(usage, f"{name}_token_count", None) or 0

    return (
        count("prompt") + count("tool_use_prompt"),
        count("candidates") + count("thoughts"),
        count("total"),
        count("cached_content"),
        count("thoughts"),
    )
