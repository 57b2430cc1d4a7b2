"""Files that programs fetch or write beside a run: downloads, sounds, and what came as base64."""

from __future__ import annotations

import base64
import binascii
import io
import wave
from pathlib import Path
from urllib.parse import urljoin

from agnolo.agent.logs import log_error, log_info
from agnolo.ports.extras import reach
from agnolo.providers.wire import Broken, Expired, HttpRequest, Refused
from agnolo.runtime.portal import portal
from agnolo.vocabulary.errors import AgnoloError

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
_HOPS = 10
_MOVED = (301, 302, 303, 307, 308)


class DownloadError(AgnoloError):
    """A file could not be fetched."""


async def _fetch(url: str) -> bytes:
    network = reach("agnolo.providers.transport", "http").NETWORK
    for _ in range(_HOPS):
        request = HttpRequest(url=url, headers={"user-agent": "agnolo"}, method="GET")
        try:
            reply = await network.send(request, connect=CONNECT_SECONDS, within=READ_SECONDS)
            try:
                if reply.status in _MOVED and (place := reply.headers.get("location")):
                    url = urljoin(url, place)
                    continue
                if reply.status >= 400:
                    raise DownloadError(f"{url!r} answered with status {reply.status}")
                pieces = list[bytes]()
                while piece := await reply.read(READ_SECONDS):
                    pieces.append(piece)
                return b"".join(pieces)
            finally:
                reply.close()
        except (Refused, Broken, Expired) as error:
            raise DownloadError(f"{url!r} can't be fetched: {error}") from error
    raise DownloadError(f"{url!r} leads from one address to another more than {_HOPS} times")


def download_file(url: str, output_path: str) -> None:
    """Fetch a file, following redirects, and write it; folders are made. Raises DownloadError."""
    _write(output_path, portal().submit(_fetch(url)).result())


def download_image(url: str, output_path: str) -> bool:
    """The same; False, with a line in the terminal, where that fails."""
    try:
        download_file(url, output_path)
    except DownloadError as error:
        log_error(error)
        return False
    return True


def download_audio(url: str, output_path: str) -> str:
    """Fetch a sound and return where it lies. Raises DownloadError."""
    download_file(url, output_path)
    return output_path


def download_video(url: str, output_path: str) -> str:
    """Fetch a video and return where it lies. Raises DownloadError."""
    download_file(url, output_path)
    return output_path


def save_base64_data(base64_data: str, output_path: str) -> bool:
    """Write what the base64 text holds. Raises ValueError for text that is none."""
    try:
        _write(output_path, base64.b64decode(base64_data))
    except binascii.Error as error:
        raise ValueError(f"base64_data is no base64: {error}") from error
    log_info(f"Saved {output_path!r}")
    return True


def write_audio_to_file(audio: str, filename: str) -> None:
    """Write a sound that came as base64 text."""
    _write(filename, base64.b64decode(audio))
    log_info(f"Saved the sound as {filename}")


def pcm_to_wav_bytes(
    pcm_data: bytes, channels: int | None = None, rate: int | None = None, sample_width: int | None = None
) -> bytes:
    """Raw samples as a WAV file: one channel, 24,000 a second and 2 bytes each, unless said."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels or 1)
        file.setsampwidth(sample_width or 2)
        file.setframerate(rate or 24_000)
        file.writeframes(pcm_data)
    return made.getvalue()


def write_wav_audio_to_file(
    filename: str, pcm_data: bytes, channels: int = 1, rate: int = 24_000, sample_width: int = 2
) -> None:
    """Write raw samples as a WAV file."""
    _write(filename, pcm_to_wav_bytes(pcm_data, channels, rate, sample_width))
    log_info(f"Saved the sound as {filename}")


def _write(place: str, raw: bytes) -> None:
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
