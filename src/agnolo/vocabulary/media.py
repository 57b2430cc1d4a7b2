"""Images, audio, video and files that go to or come from a model."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any, Self, TypeVar

import msgspec

from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.ids import new_id

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"WAVE", 8, "audio/wav"),
    (b"ID3", 0, "audio/mpeg"),
    (b"fLaC", 0, "audio/flac"),
    (b"OggS", 0, "audio/ogg"),
    (b"ftyp", 4, "video/mp4"),
    (b"\x1a\x45\xdf\xa3", 0, "video/webm"),
    (b"%PDF-", 0, "application/pdf"),
)
"""Bytes by which a format is known, where they stand, and its MIME type (WHATWG MIME Sniffing, section 6)."""


def sniffed(content: bytes) -> str | None:
    """The MIME type that the first bytes tell of, or None."""
    return next((kind for mark, at, kind in _SIGNATURES if content[at : at + len(mark)] == mark), None)


class Media(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One medium, given by exactly one of `url`, `filepath` or `content` (raw bytes; text counts as its UTF-8)."""

    url: str | None = None
    filepath: str | None = None
    content: bytes | None = None
    id: str | None = None
    format: str | None = None
    mime_type: str | None = None
    metadata: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("url", "filepath", "content") if getattr(self, name) is not None]
        if len(given) != 1:
            raise InputError(
                f"{type(self).__name__} takes exactly one of url, filepath or content, got {given or 'none'}"
            )
        # What users give in another form is taken as they mean it, so that all others find one form.
        if isinstance(self.content, str):
            msgspec.structs.force_setattr(self, "content", self.content.encode())
        if isinstance(self.filepath, PurePath):
            msgspec.structs.force_setattr(self, "filepath", str(self.filepath))

    @classmethod
    def from_base64(cls, base64_content: str, **fields: Any) -> Self:
        """The medium behind base64 text."""
        return cls(content=base64.b64decode(base64_content), **fields)

    def to_dict(self, include_base64_content: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - the reference's
        """Its fields without nulls; the bytes as base64 text, or left out."""
        shown: dict[str, Any] = msgspec.to_builtins(self)
        if not include_base64_content:
            shown.pop("content", None)
        return shown

    def get_content_bytes(self) -> bytes | None:
        """The bytes, read from the file if need be; None for a URL, which is left to the provider."""
        if self.content is not None:
            return self.content
        return Path(self.filepath).read_bytes() if self.filepath else None

    def to_base64(self) -> str | None:
        """The bytes as base64 text, or None for a URL."""
        raw = self.get_content_bytes()
        return None if raw is None else base64.b64encode(raw).decode("ascii")

    def media_type(self, default: str) -> str:
        """The MIME type: as given, else guessed from the name, else told by the first bytes, else `default`."""
        if self.mime_type:
            return self.mime_type
        guessed, _ = mimetypes.guess_type(self.filepath or self.url or f"x.{self.format or ''}")
        return guessed or sniffed(self.content or b"") or default


class Image(Media, frozen=True, kw_only=True, omit_defaults=True):
    """An image. `detail` is OpenAI's `low`, `high` or `auto`."""

    detail: str | None = None
    original_prompt: str | None = None
    revised_prompt: str | None = None
    alt_text: str | None = None


class Audio(Media, frozen=True, kw_only=True, omit_defaults=True):
    """A sound. `transcript` is what is said, where known; `duration` is in seconds, `sample_rate` in Hz."""

    duration: float | None = None
    sample_rate: int | None = None
    channels: int | None = None
    transcript: str | None = None
    expires_at: int | None = None


class Video(Media, frozen=True, kw_only=True, omit_defaults=True):
    """A video. `duration` is in seconds, width and height in pixels, `fps` in frames a second."""

    duration: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    original_prompt: str | None = None
    revised_prompt: str | None = None


class File(Media, frozen=True, kw_only=True, omit_defaults=True):
    """A document. `size` is in bytes."""

    filename: str | None = None
    name: str | None = None
    file_type: str | None = None
    size: int | None = None


M = TypeVar("M", bound=Media)


def identified(media: Sequence[M] | None) -> Sequence[M] | None:
    """The same media, each with an id: its own, or a new one."""
    return media and [m if m.id else msgspec.structs.replace(m, id=new_id()) for m in media]
