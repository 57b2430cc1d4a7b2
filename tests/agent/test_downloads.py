"""Fetching and writing the files that programs use beside a run."""

from __future__ import annotations

import base64
import threading
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agnolo.agent import downloads
from agnolo.agent.downloads import DownloadError

pytestmark = pytest.mark.usefixtures("own_log")


class _Place(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        moved = {"/old": "/picture", "/round": "/round"}.get(self.path)
        self.send_response(302 if moved else 404 if self.path == "/none" else 200)
        if moved:
            self.send_header("location", moved)
        self.send_header("content-length", "0" if moved else "7")
        self.end_headers()
        self.wfile.write(b"" if moved else b"picture")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def place() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Place)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_files_are_fetched_where_they_have_moved_to(place: str, tmp_path: Path) -> None:
    target = tmp_path / "made" / "a.png"
    assert downloads.download_image(f"{place}/old", str(target))
    assert target.read_bytes() == b"picture"
    for fetch in (downloads.download_audio, downloads.download_video):
        assert fetch(f"{place}/picture", str(tmp_path / "b")) == str(tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"picture"


@pytest.mark.parametrize(
    ("path", "said"), [("/none", "answered with status 404"), ("/round", "leads from one address to another")]
)
def test_what_can_not_be_fetched_says_why(place: str, path: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=said):
        downloads.download_file(f"{place}{path}", str(tmp_path / "a"))
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not downloads.download_image("http://127.0.0.1:9/a.png", str(tmp_path / "a"))
    assert "can't be fetched" in capsys.readouterr().out


def test_base64_and_sounds_are_written(tmp_path: Path) -> None:
    text = base64.b64encode(b"bytes").decode()
    assert downloads.save_base64_data(text, str(tmp_path / "new" / "a.bin"))
    downloads.write_audio_to_file(text, str(tmp_path / "b.mp3"))
    downloads.write_wav_audio_to_file(str(tmp_path / "c.wav"), b"\0\0" * 8, rate=8000)
    assert (tmp_path / "new" / "a.bin").read_bytes() == (tmp_path / "b.mp3").read_bytes() == b"bytes"
    with wave.open(str(tmp_path / "c.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getnframes()) == (8000, 1, 8)


def test_text_that_is_no_base64_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no base64"):
        downloads.save_base64_data("a", str(tmp_path / "a"))
