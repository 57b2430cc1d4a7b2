"""What the first bytes and the name of a medium say about its type."""

from __future__ import annotations

import pytest

from agnolo.providers.media_types import named, sniffed, sniffed_image


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nx", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\0\0\0\0????", None),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"OggS", "audio/ogg"),
        (b"ID3\x04", "audio/mp3"),
        (b"BMW has wheels", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_type(raw: bytes, kind: str | None) -> None:
    assert sniffed(raw) == kind


@pytest.mark.parametrize(
    ("raw", "kind"), [(b"BM\x36\0", "image/bmp"), (b"GIF87a", "image/gif"), (b"OggS", None), (b"", None)]
)
def test_the_first_bytes_of_an_image(raw: bytes, kind: str | None) -> None:
    assert sniffed_image(raw) == kind


@pytest.mark.parametrize(
    ("family", "name", "kind"),
    [("image", ".JPG", "image/jpeg"), ("image", "tif", "image/tiff"), ("audio", "mp3", "audio/mp3")],
)
def test_a_suffix_names_the_type(family: str, name: str, kind: str) -> None:
    assert named(family, name) == kind
