"""Results of tools kept in files, for calls that ask the same again."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from agnolo.ports.function import Function, ToolResult
from agnolo.vocabulary import codec

log = logging.getLogger("agnolo.tools")

NOTHING = object()
"""There is no result to be had."""


class ResultFile:
    """The file of one call's result. A tool that is given anything by the run is asked anew for each user and session.

    Only what JSON holds without loss is kept, and no media. A file that can't be read or written costs the tool its
    caching, not the run.
    """

    def __init__(self, function: Function, arguments: dict[str, Any], identity: Sequence[str | None]) -> None:
        asked = [function.name, list(identity) if function.supplied else [], arguments]
        root = Path(function.cache_dir or Path(tempfile.gettempdir()) / "agnolo_cache")
        self._folder = root / "functions" / "v1" / function.name
        self._path = self._folder / f"{sha256(codec.canonical(asked)).hexdigest()}.json"
        self._lifetime = function.cache_ttl

    def read(self, now: float) -> Any:  # noqa: ANN401 - what a tool gave, or NOTHING
        """The result if there is one that is not older than the tool allows."""
        try:
            kept = codec.decode(self._path.read_bytes(), _Kept)
        except FileNotFoundError:
            return NOTHING
        except (OSError, msgspec.DecodeError) as unreadable:
            log.warning("the kept result %s can't be read: %s", self._path, unreadable)
            return NOTHING
        if now - kept.at > self._lifetime:
            return NOTHING
        return kept.result if kept.text is None else ToolResult(kept.text, metadata=kept.metadata)

    def write(self, result: Any, now: float) -> None:  # noqa: ANN401 - what a tool gave
        """Keep the result, if it can be kept."""
        kept = _kept(result, now)
        if kept is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # A file of its own, moved into place: readers see the old result or this one, and no link is followed.
            number, made = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
            with os.fdopen(number, "wb") as file:
                file.write(codec.dumps(kept))
            Path(made).replace(self._path)
        except OSError as unwritable:
            log.warning("a result can't be kept in %s: %s", self._folder, unwritable)


class _Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`text` and `metadata` are those of a ToolResult."""

    at: float
    result: Any = None
    text: str | None = None
    metadata: dict[str, Any] | None = None


def _kept(result: Any, now: float) -> _Kept | None:  # noqa: ANN401 - what a tool gave
    if isinstance(result, ToolResult):
        if result.images or result.videos or result.audios or result.files:
            return None
        return _Kept(at=now, text=result.content, metadata=result.metadata)
    same = codec.loads(codec.dumps(result))
    return _Kept(at=now, result=result) if type(same) is type(result) and same == result else None
