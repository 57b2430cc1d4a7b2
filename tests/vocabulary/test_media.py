"""The forms in which media are given and written."""

from __future__ import annotations

from pathlib import Path

import pytest

from agnolo import Audio, File, Image, Video
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.media import identified


def test_text_counts_as_its_bytes_and_a_path_as_its_name(tmp_path: Path) -> None:
    letter = File(content="Dear Ada")  # pyright: ignore[reportArgumentType] - what users give
    assert letter.get_content_bytes() == b"Dear Ada"
    (tmp_path / "a.png").write_bytes(b"png")
    image = Image(filepath=tmp_path / "a.png")  # pyright: ignore[reportArgumentType] - what users give
    assert (image.filepath, image.get_content_bytes()) == (str(tmp_path / "a.png"), b"png")
    assert Image.from_base64(image.to_base64() or "").content == b"png"
    with pytest.raises(InputError, match="exactly one of url, filepath or content, got none"):
        Video()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"RIFF....WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7", "application/pdf"),
        (b"....ftypisom", "video/mp4"),
        (b"who knows", "x/default"),
    ],
)
def test_bytes_tell_their_type_when_nothing_else_does(content: bytes, kind: str) -> None:
    assert Image(content=content).media_type("x/default") == kind
    assert Image(content=content, mime_type="image/x-own").media_type("x/default") == "image/x-own"
    assert Image(content=content, format="gif").media_type("x/default") == "image/gif"


def test_a_medium_is_written_with_or_without_its_bytes() -> None:
    sound = Audio(content=b"abc", duration=1.5)
    assert sound.to_dict() == {"content": "YWJj", "duration": 1.5}
    assert sound.to_dict(include_base64_content=False) == {"duration": 1.5}


def test_media_get_ids_and_keep_their_own() -> None:
    given = [Image(url="https://example.com/a.png"), Image(url="https://example.com/b", id="b")]
    ids = [image.id for image in identified(given) or ()]
    assert ids == [ids[0], "b"]
    assert ids[0]
    assert identified(None) is None
