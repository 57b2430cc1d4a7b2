"""Vendors' lists of models, as they are written in the dialects of OpenAI, Gemini, Ollama and Anthropic. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from agnolo.ports.listing import ModelInfo
from agnolo.providers.inquiry import Misread
from agnolo.vocabulary.guards import is_array, is_object

_CREATED = ("created", "created_at", "modified_at")
_OWNER = ("owned_by", "organization", "publisher")
_NAME = ("display_name", "displayName", "name")
_CONTEXT = (
    "context_window", "context_length", "max_context_length", "max_model_len", "inputTokenLimit", "max_input_tokens",
    "n_ctx_train",
)  # fmt: skip
_OUTPUT = ("max_output_tokens", "max_completion_tokens", "max_output_length", "outputTokenLimit", "max_tokens")
_NESTED = ("top_provider", "architecture", "meta", "details")
"""Objects within an entry that tell some of it."""


class Page(msgspec.Struct, frozen=True):
    """A part of a list, and the query that brings the next; empty at the end."""

    models: list[ModelInfo]
    following: dict[str, str]


def page(reply: Any) -> Page:  # noqa: ANN401 - a JSON value
    """One reply. Entries without an id are left out. Raises Misread if there is no list."""
    entries: Any = reply
    if is_object(reply):
        entries = next((found for name in ("data", "models") if (found := reply.get(name)) is not None), None)
        if entries is None and (not reply or _info(reply)):
            entries = [reply]  # a model by itself; or nothing, which is Gemini's way to say that there are none
    if not is_array(entries):
        raise Misread("there is no list of models in it")
    models = [info for entry in entries if (info := _info(entry)) is not None]
    return Page(models, _following(reply) if is_object(reply) else {})


def _following(reply: dict[str, Any]) -> dict[str, str]:
    token: Any = reply.get("nextPageToken") or reply.get("next_page_token")
    if token:
        return {"pageToken": str(token)}
    if reply.get("has_more") is True and reply.get("last_id"):
        return {"after_id": str(reply["last_id"])}
    return {}


def _info(entry: Any) -> ModelInfo | None:  # noqa: ANN401 - a JSON value
    if isinstance(entry, str):
        return ModelInfo(id=entry) if entry else None
    if not is_object(entry):
        return None
    told = [entry, *(inner for name in _NESTED if is_object(inner := entry.get(name)))]
    id = _text(told[:1], ("id", "model", "name"))
    if id is None:
        return None
    id = id.removeprefix("models/")  # Gemini's path, which is not needed to ask for one
    name = _text(told[:1], _NAME)
    return ModelInfo(
        id=id,
        name=None if name is None or name.removeprefix("models/") == id else name,
        created=_moment(_first(told[:1], _CREATED)),
        owner=_text(told[:1], _OWNER),
        context_window=_number(told, _CONTEXT),
        max_output=_number(told, _OUTPUT),
        input_modalities=_words(_first(told, ("input_modalities",))),
        output_modalities=_words(_first(told, ("output_modalities",))),
    )


def _first(told: Iterable[dict[str, Any]], names: Iterable[str]) -> Any:  # noqa: ANN401 - a JSON value
    """The first of these fields that says something; nearer objects before nested ones."""
    return next((value for part in told for name in names if (value := part.get(name)) not in (None, "")), None)


def _text(told: Iterable[dict[str, Any]], names: Iterable[str]) -> str | None:
    value = _first(told, names)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _number(told: Iterable[dict[str, Any]], names: Iterable[str]) -> int | None:
    return _whole(_first(told, names)) or None


def _whole(value: Any) -> int | None:  # noqa: ANN401 - a JSON value
    try:
        return None if value is None or isinstance(value, bool) else int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _moment(value: Any) -> int | None:  # noqa: ANN401 - a JSON value
    """Unix seconds, of a number or a date; None for the 0 that some vendors send."""
    number = _whole(value)
    if number is not None or not isinstance(value, str):
        return number or None
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except ValueError:
        return None


def _words(value: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - a JSON value
    if isinstance(value, str):
        return (value,)
    return tuple(word for word in value if isinstance(word, str)) or None if is_array(value) else None
