"""Media that models make, as replies carry them: base64 or addresses in, values of `vocabulary.media` out."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from agnolo.providers.media_types import sniffed
from agnolo.vocabulary.media import Audio, File, Image, Media, Video

_log = logging.getLogger("agnolo.providers")

_FAMILIES: dict[str, type[Media]] = {"image": Image, "audio": Audio, "video": Video}
_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "l16": "pcm", "svg+xml": "svg", "plain": "txt"}
_SAMPLES = ("audio/l16", "audio/pcm")
"""Sound without a head, of which pieces can be put one after the other (RFC 2586)."""
_RUN = r"[^=]+=*"


class MadeMedia:
    """Gathers the media of one reply. What can't be read is left out with a warning: the rest of the reply is sound."""

    def __init__(self) -> None:
        self._media: list[Media] = []
        self._urls: set[str] = set()
        self._sound: list[bytes] = []
        self._sound_type = ""

    def add_base64(self, text: str, mime_type: str | None, *, usual: str, **fields: Any) -> None:
        """A medium given as base64. Without a type its bytes tell it, else it is the usual one."""
        raw = unpacked(text)
        if raw is None:
            _log.warning("a model sent %s that is not base64: left out", mime_type or usual)
            return
        self.add_bytes(raw, mime_type, usual=usual, **fields)

    def add_bytes(self, raw: bytes, mime_type: str | None, *, usual: str, **fields: Any) -> None:
        """A medium given as bytes. Nameless pieces of one sound that follow each other are one."""
        kind = mime_type or sniffed(raw) or usual
        if not fields and kind.lower().startswith(_SAMPLES):
            if self._sound_type != kind:
                self._end_sound()
            self._sound_type = kind
            self._sound.append(raw)
            return
        self._end_sound()
        self._media.append(_medium(kind, kind, content=raw, **fields))

    def add_url(self, url: str, mime_type: str | None = None, *, usual: str, **fields: Any) -> None:
        """A medium behind an address, or inside it (`data:`). The same one again is no other."""
        if not url or url in self._urls:
            return
        self._urls.add(url)
        if not url.startswith("data:"):
            self._end_sound()
            self._media.append(_medium(mime_type, mime_type or usual, url=url, **fields))
            return
        head, _, body = url.removeprefix("data:").partition(",")
        kind = head.partition(";")[0] or mime_type
        if head.endswith(";base64"):
            self.add_base64(body, kind, usual=usual, **fields)
        elif body:
            self.add_bytes(unquote_to_bytes(body), kind, usual=usual, **fields)

    def fields(self) -> dict[str, Any]:
        """The fields of ModelReply for these media; those without any are left out."""
        self._end_sound()
        families = {"images": Image, "audio": Audio, "videos": Video, "files": File}
        found = {name: [m for m in self._media if isinstance(m, kind)] for name, kind in families.items()}
        return {name: media for name, media in found.items() if media}

    def _end_sound(self) -> None:
        if self._sound:
            self._media.append(_medium(self._sound_type, self._sound_type, content=b"".join(self._sound)))
            self._sound = []
            self._sound_type = ""


def unpacked(text: str) -> bytes | None:
    """The bytes behind base64, also if it was packed piece by piece, unpadded or for URLs; None if it is none."""
    plain = text.translate({ord("-"): "+", ord("_"): "/", ord("\n"): None, ord("\r"): None, ord(" "): None})
    found: list[str] = re.findall(_RUN, plain)
    runs = [run.rstrip("=") for run in found]
    try:
        return b"".join(base64.b64decode(run + "=" * (-len(run) % 4), validate=True) for run in runs) or None
    except (binascii.Error, ValueError):
        return None


def _medium(kind: str | None, like: str, **fields: Any) -> Media:
    """A medium of the class that suits a type; the type itself is told only where it is known."""
    owner = _FAMILIES.get(like.partition("/")[0].lower(), File)
    if kind is not None:
        subtype = kind.partition(";")[0].rpartition("/")[2].lower()
        fields = {"format": _FORMATS.get(subtype, subtype), **fields}
    known = owner.__struct_fields__
    return owner(mime_type=kind, **{name: value for name, value in fields.items() if name in known and value})
