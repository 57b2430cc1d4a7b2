"""The keyword arguments of run() and its kin, as types. `compose.Call` holds their values; a test keeps both alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.requirements import RunRequirement


class SharedOptions(TypedDict, total=False):
    """Of run() and continue_run()."""

    stream_events: bool | None
    user_id: str | None
    session_id: str | None
    dependencies: Mapping[str, Any] | None
    metadata: dict[str, Any] | None
    output_schema: Any
    add_history_to_context: bool | None
    add_session_state_to_context: bool | None
    add_dependencies_to_context: bool | None
    debug_mode: bool | None
    yield_run_output: bool


class ContinueOptions(SharedOptions, total=False):
    """Of continue_run(). `requirements` are those of the paused run, resolved; `updated_tools` is their old form.

    `input`, or under another name `additional_instructions`, is told to the model as a further message.
    `continue_from` keeps that many messages, or those up to the user's last. `fork` goes on as a run of its own.
    `regenerate` asks for the last answer again, as a run of its own; the first is left out of history unless
    `replace_original=False`. With `only_on_record` a call that needs an approval goes by what is on record alone:
    requirements do not decide on it. `forked_run_id` is the id of that run of its own; by default it is made.
    """

    run_id: str | None
    requirements: Sequence[RunRequirement] | None
    updated_tools: Sequence[ToolExecution] | None
    input: str | None
    continue_from: int | Literal["end", "last_user"]
    fork: bool
    regenerate: bool
    replace_original: bool | None
    additional_instructions: str | None
    only_on_record: bool
    forked_run_id: str | None


class CallOptions(SharedOptions, total=False):
    """Of run(). They win over the agent's own options; state, dependencies and metadata are laid over its."""

    session_state: Mapping[str, Any] | None
    run_id: str | None
    images: Sequence[Image] | None
    audio: Sequence[Audio] | None
    videos: Sequence[Video] | None
    files: Sequence[File] | None
