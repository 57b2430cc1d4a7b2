"""An independent reading of recorded Responses exchanges: plain json, no code of the package."""

from __future__ import annotations

import json
from typing import Any

from tests.providers.cassettes import Cassette
from tests.providers.independent import Reading

ERRORS = {
    "unsupported_file": "ModelBadRequestError", "decimal_below_min_value": "ModelBadRequestError",
    "unsupported_parameter": "ModelBadRequestError", None: "ModelBadRequestError",
    "model_not_found": "ModelNotFoundError", "context_length_exceeded": "ContextWindowExceededError",
    "invalid_api_key": "ModelAuthenticationError",
}  # fmt: skip


def payloads(cassette: Cassette) -> list[dict[str, Any]]:
    lines = cassette.body.decode().replace("\r\n", "\n").split("\n")
    found = [line[5:].strip() for line in lines if line.startswith("data:")]
    return [json.loads(text) for text in found if text and text != "[DONE]"]


def error_of(cassette: Cassette) -> str | None:
    """The class of the error that the exchange ends with, or None."""
    return None if cassette.status == 200 else ERRORS[json.loads(cassette.body)["error"]["code"]]


def response_of(cassette: Cassette) -> dict[str, Any]:
    """The response as it stands at the end."""
    if not cassette.streamed:
        return json.loads(cassette.body)
    last = payloads(cassette)[-1]
    assert last["type"] in ("response.completed", "response.incomplete")
    return last["response"]


def items_of(cassette: Cassette) -> list[dict[str, Any]]:
    """The output items: of a stream as each was finished, which the list at its end may leave out."""
    if not cassette.streamed:
        return json.loads(cassette.body)["output"]
    done = [said for said in payloads(cassette) if said["type"] == "response.output_item.done"]
    return [said["item"] for said in sorted(done, key=lambda said: said["output_index"])]


def reading(cassette: Cassette) -> Reading:
    response, items = response_of(cassette), items_of(cassette)
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    thoughts = [part for item in items if item["type"] == "reasoning" for part in item["summary"]]
    calls = [(item["name"], json.loads(item["arguments"])) for item in items if item["type"] == "function_call"]
    finish = "tool_calls" if calls else "stop"
    if response["status"] == "incomplete":
        finish = {"max_output_tokens": "length"}[response["incomplete_details"]["reason"]]
    usage = response["usage"]
    return Reading(
        "".join(part["text"] for part in parts),
        "".join(part["text"] for part in thoughts),
        calls,
        finish,
        (
            usage["input_tokens"],
            usage["output_tokens"],
            usage["total_tokens"],
            (usage.get("input_tokens_details") or {}).get("cached_tokens", 0),
            (usage.get("output_tokens_details") or {}).get("reasoning_tokens", 0),
        ),
    )


def cited(cassette: Cassette) -> list[tuple[str, str]]:
    parts = [part for item in items_of(cassette) if item["type"] == "message" for part in item["content"]]
    notes = [note for part in parts for note in part.get("annotations") or []]
    return [(note["url"], note["title"]) for note in notes if note["type"] == "url_citation"]
