"""Text and media as parts of Gemini's dialect: bytes inline, URLs and uploaded files by reference."""

from __future__ import annotations

import base64
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote_to_bytes

from agnolo.providers.media_types import named, sniffed
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.media import Audio, File, Image, Media, Video
from agnolo.vocabulary.messages import Message

Part = dict[str, Any]

_DEFAULTS: tuple[tuple[type[Media], str], ...] = (
    (Image, "image/jpeg"),
    (Audio, "audio/mp3"),
    (Video, "video/mp4"),
    (File, "application/pdf"),
)


def parts(message: Message) -> list[Part]:
    """A message as parts: videos, text, then images, sounds and files. Raises InputError for what can't be sent."""
    videos, others = media(message)
    return [*videos, *_texts(message), *others]


def media(message: Message) -> tuple[list[Part], list[Part]]:
    """The media that go before the text, and those that go after it."""
    others = [*(message.images or ()), *(message.audio or ()), *(message.files or ())]
    return [_medium(video) for video in message.videos or ()], [_medium(other) for other in others]


def _texts(message: Message) -> list[Part]:
    content = message.content
    if content is None or isinstance(content, str):
        return [{"text": content}] if content else []
    return [_given(part) for part in content]


def _given(part: Any) -> Part:  # noqa: ANN401 - a content part as given
    """A part in OpenAI's form; one in Gemini's own, which has no `type`, is kept."""
    if not is_object(part):
        return {"text": str(part)}
    kind = part.get("type")
    if kind is None:
        return part
    inner: Any = part.get(str(kind))
    if isinstance(part.get("text"), str):
        return {"text": part["text"]}
    if is_object(inner):
        if kind == "input_audio":
            return _inline(str(inner.get("data")), f"audio/{inner.get('format') or 'wav'}")
        url = inner.get("url") or inner.get("file_data")
        if isinstance(url, str):
            return _by_url(url, None)
    raise InputError(f"a content part of type {kind!r} can't be sent to Gemini: give the media as Image, Audio or File")


def _medium(medium: Media) -> Part:
    if medium.url is not None:
        return _by_url(medium.url, _kind(medium, b""))
    try:
        raw = medium.get_content_bytes() or b""
    except OSError as error:
        name = type(medium).__name__
        raise InputError(f"{name} {medium.filepath!r} can't be read: {error.strerror or error}") from error
    return _inline(base64.b64encode(raw).decode(), _kind(medium, raw))


def _by_url(url: str, kind: str | None) -> Part:
    """Google fetches the rest itself: its own file store, its buckets, videos of YouTube, public pages."""
    if not url.startswith("data:"):
        return {"fileData": {"fileUri": url, "mimeType": kind} if kind else {"fileUri": url}}
    head, _, data = url.removeprefix("data:").partition(",")
    if not head.endswith(";base64"):
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    return _inline(data, head.partition(";")[0] or "text/plain")


def _inline(data: str, kind: str) -> Part:
    return {"inlineData": {"mimeType": kind, "data": data}}


def _kind(medium: Media, raw: bytes) -> str:
    """As given, else by the format, the first bytes or the name, else what is usual."""
    if medium.mime_type:
        return medium.mime_type
    usual = next((kind for owner, kind in _DEFAULTS if isinstance(medium, owner)), "application/octet-stream")
    if medium.format and not isinstance(medium, File):
        return named(usual.partition("/")[0], PurePath(medium.format).name)
    return sniffed(raw) or medium.media_type(usual)
