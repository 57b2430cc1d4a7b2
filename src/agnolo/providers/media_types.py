"""What bytes and names say about the type of a medium: the one place where signatures of files are known."""

from __future__ import annotations

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mp3"),
    (b"\xff\xfb", "audio/mp3"),
    (b"\xff\xf3", "audio/mp3"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/avi"}
_OTHER_NAMES = {"jpg": "jpeg", "jpe": "jpeg", "tif": "tiff"}


def sniffed(raw: bytes) -> str | None:
    """The MIME type that the first bytes tell, or None."""
    if raw[:4] == b"RIFF":
        return _RIFF.get(raw[8:12])
    if raw[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for start, kind in _STARTS if raw.startswith(start)), None)


def sniffed_image(raw: bytes) -> str | None:
    """The MIME type that the first bytes tell of an image. BMP begins too plainly to be looked for elsewhere."""
    kind = "image/bmp" if raw[:2] == b"BM" else sniffed(raw)
    return kind if kind is not None and kind.startswith("image/") else None


def named(family: str, name: str) -> str:
    """The MIME type of a format or suffix, such as `jpg`, within a family, such as `image`."""
    plain = name.lstrip(".").lower()
    return f"{family}/{_OTHER_NAMES.get(plain, plain)}" if family == "image" else f"{family}/{plain}"
