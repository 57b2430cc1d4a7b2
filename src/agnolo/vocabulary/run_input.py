"""The input of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_array
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Message


class RunInput(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the caller asked. Pre-hooks may change it: the run goes on with, and stores, what they leave here."""

    input_content: Any
    images: Sequence[Image] | None = None
    audios: Sequence[Audio] | None = None
    videos: Sequence[Video] | None = None
    files: Sequence[File] | None = None

    def input_content_string(self) -> str:
        """The content as one text: messages, lists and models as JSON, anything else by str()."""
        asked = self.input_content
        if isinstance(asked, str):
            return asked
        dump = getattr(asked, "model_dump_json", None)
        if dump is not None:
            return dump(exclude_none=True)
        if isinstance(asked, Message) or is_array(asked):
            return codec.spaced(self.to_dict()["input_content"], (", ", ": "), None)
        return str(asked)

    def to_dict(self) -> dict[str, Any]:
        """As a stored run shows it."""
        shown: dict[str, Any] = codec.builtins(self)
        if isinstance(self.input_content, Message):
            shown["input_content"] = self.input_content.to_dict()
        return shown
