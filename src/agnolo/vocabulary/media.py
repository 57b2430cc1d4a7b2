"""Images, audio, video and files that go to or come from a model."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path
from typing import Any, Self

import msgspec

from agnolo.vocabulary.errors import InputError


class Media(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One medium, given by exactly one of `url`, `filepath` or `content` (raw bytes)."""

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

    @classmethod
    def from_base64(cls, base64_content: str, **fields: Any) -> Self:
        """The medium behind base64 text."""
        return cls(content=base64.b64decode(base64_content), **fields)

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
        """The MIME type: as given, else guessed from the name, else `default`."""
        if self.mime_type:
            return self.mime_type
        guessed, _ = mimetypes.guess_type(self.filepath or self.url or f"x.{self.format or ''}")
        return guessed or default


class Image(Media, frozen=True, kw_only=True, omit_defaults=True):
    """An image. `detail` is OpenAI's `low`, `high` or `auto`."""

    detail: str | None = None
    alt_text: str | None = None


class Audio(Media, frozen=True, kw_only=True, omit_defaults=True):
    """A sound. `transcript` is what is said, where known."""

    transcript: str | None = None


class Video(Media, frozen=True, kw_only=True, omit_defaults=True):
    """A video."""


class File(Media, frozen=True, kw_only=True, omit_defaults=True):
    """A document."""

    filename: str | None = None
