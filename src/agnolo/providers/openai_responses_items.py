"""Output items of the Responses dialect: what a message keeps of them, and how they go back to whoever made them.

Texts, names and arguments stay in the message alone; everything else of an item is opaque and kept as it came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from agnolo.providers.made_media import MadeMedia
from agnolo.providers.media_types import named
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Message, ToolCall

ITEMS = "output"
RESPONSE_ID = "response_id"
PROVIDER = "provider"
MODEL = "model"
"""Keys of `Message.provider_data`. Data without provider and model (Agno's own sessions) is taken for anyone's."""

MAX_CALL_ID = 64
"""Characters of a `call_id` that OpenAI takes; other vendors' are longer at times."""

_ONE_REASONING = "reasoning_output"
"""Agno keeps the last reasoning item of a reply under this name."""


class Keeper(NamedTuple):
    """Who is asked now. `sealed`: reasoning is taken back only with its encrypted content, and never as the last."""

    provider: str
    model: str
    sealed: bool


def text_of(item: dict[str, Any]) -> str:
    """What a message item says; a refusal stands in the place of the answer."""
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in parts_of(item))


def reasoning_of(item: dict[str, Any]) -> str:
    """What a reasoning item shows: its summary, and the thoughts themselves where a vendor gives them."""
    told = (*_objects(item.get("summary")), *_objects(item.get("content")))
    return "".join(str(part.get("text") or "") for part in told)


def parts_of(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The content parts of a message item; a bare text is one part."""
    content: Any = item.get("content")
    return [{"type": "output_text", "text": content}] if isinstance(content, str) else _objects(content)


def made(items: Sequence[dict[str, Any]]) -> MadeMedia:
    """What built-in tools drew: generated images, and those that code gave out."""
    media = MadeMedia()
    for item in items:
        drawn: Any = item.get("result") if item.get("type") == "image_generation_call" else None
        if isinstance(drawn, str) and drawn:
            form: Any = item.get("output_format")
            media.add_base64(
                drawn,
                named("image", form) if isinstance(form, str) and form else None,
                usual="image/png",
                id=item.get("id"),
                alt_text=item.get("revised_prompt"),
            )
        for output in _objects(item.get("outputs")) if item.get("type") == "code_interpreter_call" else ():
            url: Any = output.get("url")
            if output.get("type") == "image" and isinstance(url, str):
                media.add_url(url, usual="image/png")
    return media


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - a JSON value
    """The list; empty if it is none."""
    return value if is_array(value) else []


def kept(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """What must be remembered to give these items back; None if the message says it all."""
    if all(item.get("type") == "message" and item.get("phase") is None for item in items):
        return None
    told = sum(item.get("type") == "message" for item in items)
    return [_stub(item, only_message=told == 1) for item in items]


def _stub(item: dict[str, Any], *, only_message: bool) -> dict[str, Any]:
    if item.get("type") == "function_call":
        return {name: value for name, value in item.items() if name not in ("name", "arguments")}
    if item.get("type") == "message" and only_message:
        return {name: value for name, value in item.items() if name != "content"}
    return item


def wire_id(call_id: str) -> str:
    """The id of a call as it is sent, the same for the call and its result."""
    if len(call_id) <= MAX_CALL_ID:
        return call_id
    return f"call_{hashlib.sha256(call_id.encode()).hexdigest()[:32]}"


def came_from(message: Message, keeper: Keeper) -> bool:
    """Whether this vendor made the message: others' response ids mean nothing to it."""
    return _known(message, PROVIDER, keeper.provider)


def restored(message: Message, keeper: Keeper) -> list[dict[str, Any]]:
    """The items of an assistant's message, as they came if they can be given back, else its text and calls alone.

    They can't if they are another model's, if the message was changed since, or if reasoning would go back unsealed:
    vendors refuse a call or a text whose reasoning is missing when it names itself by its id.
    """
    plain = _plain(message)
    data = message.provider_data
    if not data or not (came_from(message, keeper) and _known(message, MODEL, keeper.model)):
        return plain
    items = _objects(data.get(ITEMS))
    if not items and is_object(data.get(_ONE_REASONING)):
        items = [data[_ONE_REASONING], *plain]
    items = _sealed(items) if keeper.sealed else items
    calls = {call.id: call for call in message.tool_calls or ()}
    text = message.text()
    return [_whole(item, calls, text) for item in items] if items and _fits(items, calls, text) else plain


def _sealed(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without reasoning that nothing follows (of a reply that was cut off); empty if any is not encrypted."""
    while items and _is_reasoning(items[-1]):
        items = items[:-1]
    return items if all(item.get("encrypted_content") for item in items if _is_reasoning(item)) else []


def _is_reasoning(item: dict[str, Any]) -> bool:
    return item.get("type") == "reasoning"


def _fits(items: list[dict[str, Any]], calls: dict[str, ToolCall], text: str) -> bool:
    """Whether the message still says what its items said."""
    called = [item.get("call_id") for item in items if item.get("type") == "function_call"]
    messages = [item for item in items if item.get("type", "message") == "message"]
    if sorted(map(str, called)) != sorted(calls) or bool(messages) != bool(text):
        return False
    return len(messages) < 2 or "".join(map(text_of, messages)) == text


def _whole(item: dict[str, Any], calls: dict[str, ToolCall], text: str) -> dict[str, Any]:
    if item.get("type") == "function_call":
        function = calls[item["call_id"]].function
        return {**item, "name": function.name, "arguments": function.arguments}
    if item.get("type") == "message" and "content" not in item:
        return {**item, "content": [{"type": "output_text", "text": text, "annotations": []}]}
    return item


def _plain(message: Message) -> list[dict[str, Any]]:
    """In the long form: llama.cpp takes no other for an assistant's words, OpenAI takes both."""
    text = message.text()
    part = {"type": "output_text", "text": text}
    said = [{"type": "message", "role": "assistant", "content": [part]}] if text or not message.tool_calls else []
    return [*said, *(_call(call) for call in message.tool_calls or ())]


def _call(call: ToolCall) -> dict[str, Any]:
    function = call.function
    return {
        "type": "function_call",
        "call_id": wire_id(call.id),
        "name": function.name,
        "arguments": function.arguments,
        "status": "completed",
    }


def _known(message: Message, name: str, wanted: str) -> bool:
    return (message.provider_data or {}).get(name, wanted) == wanted


def _objects(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a JSON value
    return [part for part in value if is_object(part)] if is_array(value) else []
