"""Images and documents as content blocks of Anthropic Messages."""

from __future__ import annotations

import base64
import logging
from typing import Any

from agnolo.providers.media_types import sniffed_image
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.media import File, Image, Media
from agnolo.vocabulary.messages import Message

_log = logging.getLogger("agnolo.providers")

Block = dict[str, Any]

_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_TEXTS = ("application/json", "application/x-javascript", "application/x-python")


def blocks(message: Message, *, citations: bool) -> list[Block]:
    """The text and media of a message. Raises InputError for a medium that can't be sent."""
    left = [kind for kind in ("audio", "videos") if getattr(message, kind)]
    if left:
        _log.warning("Anthropic takes no %s: left out of a message", " and no ".join(left))
    return [
        *texts(message),
        *(_image(image) for image in message.images or ()),
        *(_document(file, citations=citations) for file in message.files or ()),
    ]


def texts(message: Message) -> list[Block]:
    """The content as blocks, without empty texts, which are refused."""
    content = message.content
    parts = content if isinstance(content, list) else [content or ""]
    made = [_part(part) for part in parts]
    return [block for block in made if block.get("type") != "text" or block.get("text")]


def _part(part: Any) -> Block:  # noqa: ANN401 - a content part as given
    """Blocks are sent as given; OpenAI's form of an image is known too."""
    if not is_object(part):
        return {"type": "text", "text": str(part)}
    shown: Any = part.get("image_url")
    if shown is None:
        return part
    url = str(shown.get("url")) if is_object(shown) else str(shown)
    head, _, raw = url.partition(";base64,")
    if head.startswith("data:"):
        return _block("image", _base64(head.removeprefix("data:"), raw))
    return _block("image", {"type": "url", "url": url})


def _image(image: Image) -> Block:
    if image.url is not None:
        return _block("image", {"type": "url", "url": image.url})
    raw = _bytes(image)
    kind = image.mime_type or sniffed_image(raw) or image.media_type("image/jpeg")
    if kind not in _IMAGES:
        raise InputError(f"Image is {kind!r}, and Anthropic takes only {', '.join(_IMAGES)}: convert it")
    return _block("image", _base64(kind, base64.b64encode(raw).decode()))


def _document(file: File, *, citations: bool) -> Block:
    made = _block("document", _source(file))
    return made | {"citations": {"enabled": True}} if citations else made


def _source(file: File) -> Block:
    """PDF by URL or bytes; every text as plain text, the only one that is taken."""
    kind = file.media_type("application/pdf")
    if file.url is not None:
        if file.mime_type not in (None, "application/pdf"):
            raise InputError(
                f"File {file.url!r} is {file.mime_type!r} by URL, and Anthropic fetches only PDF: "
                "fetch it and pass File(content=...)"
            )
        return {"type": "url", "url": file.url}
    raw = _bytes(file)
    if kind.startswith("text/") or kind in _TEXTS:
        return {"type": "text", "media_type": "text/plain", "data": raw.decode("utf-8", "replace")}
    return _base64(kind, base64.b64encode(raw).decode())


def _block(kind: str, source: Block) -> Block:
    return {"type": kind, "source": source}


def _base64(kind: str, raw: str) -> Block:
    return {"type": "base64", "media_type": kind, "data": raw}


def _bytes(medium: Media) -> bytes:
    try:
        return medium.get_content_bytes() or b""
    except OSError as error:
        name = type(medium).__name__
        raise InputError(f"{name} {medium.filepath!r} can't be read: {error.strerror or error}") from error
