"""Media as content parts of the OpenAI chat dialect."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from agnolo.providers.media_types import named, sniffed_image
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.media import Audio, File, Image, Media
from agnolo.vocabulary.messages import Message

_log = logging.getLogger("agnolo.providers")

_AUDIO = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav"}


def parts(message: Message) -> list[dict[str, Any]] | None:
    """The content as parts, files first and the other media after the text; None when there are no media.

    Raises InputError for a medium that can't be read or can't be sent.
    """
    if message.videos:
        _log.warning("the OpenAI chat dialect takes no video: %d left out of a message", len(message.videos))
    if not (message.images or message.audio or message.files):
        return None
    return [
        *(_file(file) for file in reversed(message.files or ())),
        *_text(message.content),
        *(_image(image) for image in message.images or ()),
        *(_audio(sound) for sound in message.audio or ()),
    ]


def _text(content: str | Iterable[Any] | None) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return [part if isinstance(part, dict) else {"type": "text", "text": str(part)} for part in content or ()]


def _image(image: Image) -> dict[str, Any]:
    url = image.url
    if url is None:
        raw = _bytes(image)
        url = f"data:{_image_type(image, raw)};base64,{base64.b64encode(raw).decode()}"
    shown = {"url": url} if image.detail is None else {"url": url, "detail": image.detail}
    return {"type": "image_url", "image_url": shown}


def _image_type(image: Image, raw: bytes) -> str:
    """As given, else by its first bytes, else by its name, else JPEG."""
    if image.mime_type:
        return image.mime_type
    if (kind := sniffed_image(raw)) is not None:
        return kind
    suffix = (image.format or PurePath(image.filepath or "").suffix).lstrip(".")
    return named("image", suffix) if suffix.isalpha() and suffix.lower() != "bin" else "image/jpeg"


def _audio(sound: Audio) -> dict[str, Any]:
    suffix = PurePath(sound.filepath or "").suffix.lstrip(".").lower()
    form = sound.format or _AUDIO.get(sound.mime_type or "") or suffix or "wav"
    return {"type": "input_audio", "input_audio": {"data": base64.b64encode(_bytes(sound)).decode(), "format": form}}


def _file(file: File) -> dict[str, Any]:
    raw = base64.b64encode(_bytes(file)).decode()
    name = file.filename or PurePath(file.filepath or "").name or "file"
    kind = file.media_type("application/pdf")
    return {"type": "file", "file": {"filename": name, "file_data": f"data:{kind};base64,{raw}"}}


def _bytes(medium: Media) -> bytes:
    kind = type(medium).__name__
    try:
        raw = medium.get_content_bytes()
    except OSError as error:
        raise InputError(f"{kind} {medium.filepath!r} can't be read: {error.strerror or error}") from error
    if raw is None:
        raise InputError(
            f"{kind} {medium.url!r} is given by URL, and the OpenAI chat dialect takes only its bytes: "
            f"fetch it and pass {kind}(content=...)"
        )
    return raw
