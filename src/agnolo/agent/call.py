"""One call of run(): what it says over the agent's own options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agnolo.vocabulary.media import Audio, File, Image, Video


class Call(msgspec.Struct, kw_only=True):
    """What one call of run() says, over the agent's own options."""

    input: Any = None
    stream: bool | None = None
    stream_events: bool | None = None
    user_id: str | None = None
    session_id: str | None = None
    session_state: Mapping[str, Any] | None = None
    run_id: str | None = None
    images: Sequence[Image] | None = None
    audio: Sequence[Audio] | None = None
    videos: Sequence[Video] | None = None
    files: Sequence[File] | None = None
    dependencies: Mapping[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    output_schema: Any = None
    add_history_to_context: bool | None = None
    add_session_state_to_context: bool | None = None
    add_dependencies_to_context: bool | None = None
    debug_mode: bool | None = None
    yield_run_output: bool = False
