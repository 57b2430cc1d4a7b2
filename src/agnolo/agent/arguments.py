"""The keyword arguments of run() and its kin, as types. `compose.Call` holds their values; a test keeps both alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from agnolo.vocabulary.media import Audio, File, Image, Video


class ContinueOptions(TypedDict, total=False):
    """Of continue_run()."""

    stream_events: bool | None
    user_id: str | None
    session_id: str | None
    dependencies: Mapping[str, Any] | None
    metadata: dict[str, Any] | None
    output_schema: Any
    add_history_to_context: bool | None
    yield_run_output: bool


class CallOptions(ContinueOptions, total=False):
    """Of run(). They win over the agent's own options; state, dependencies and metadata are laid over its."""

    session_state: Mapping[str, Any] | None
    run_id: str | None
    images: Sequence[Image] | None
    audio: Sequence[Audio] | None
    videos: Sequence[Video] | None
    files: Sequence[File] | None
