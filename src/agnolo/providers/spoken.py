"""A spoken answer of the OpenAI chat dialect: sound in pieces of base64, and what is said in it."""

from __future__ import annotations

from typing import Any

from agnolo.providers.made_media import MadeMedia

_SAMPLES = "audio/pcm"
"""Sound without a head: 16 bit, 24 kHz, mono, the only form that is streamed."""


class SpokenAnswer:
    """Puts the pieces of `audio` together: id, data, transcript and expires_at, each told once or bit by bit.

    https://platform.openai.com/docs/api-reference/chat-streaming
    """

    def __init__(self) -> None:
        self._data: list[str] = []
        self._transcript: list[str] = []
        self._id: str | None = None
        self._expires_at: Any = None

    def take(self, audio: dict[str, Any]) -> str:
        """Take a piece; what is said in it."""
        data, said = audio.get("data"), audio.get("transcript")
        if audio.get("id"):
            self._id = str(audio["id"])
        if audio.get("expires_at") is not None:
            self._expires_at = audio["expires_at"]
        if isinstance(data, str):
            self._data.append(data)
        if not isinstance(said, str):
            return ""
        self._transcript.append(said)
        return said

    def add_to(self, made: MadeMedia) -> None:
        """Add the sound, if there is one."""
        data = "".join(self._data)
        if not data:
            return
        made.add_base64(
            data,
            None,
            usual=_SAMPLES,
            id=self._id,
            transcript="".join(self._transcript) or None,
            metadata=None if self._expires_at is None else {"expires_at": self._expires_at},
        )
