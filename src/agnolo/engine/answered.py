"""What an answer leaves behind besides its message: the media that were made, and who gave it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from agnolo.engine.state import Run
from agnolo.ports.function import ToolResult
from agnolo.ports.journal import Step
from agnolo.ports.model import Model, ModelReply, counted_as
from agnolo.vocabulary import media
from agnolo.vocabulary.errors import ModelProtocolError
from agnolo.vocabulary.media import Audio, File, Image, Media, Video
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import MessageMetrics

M = TypeVar("M", bound=Media)


class Answered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Journaled beside an answer's message. A model is named if it stood in; media that the message has no place for.

    A message holds one of each kind, the last.
    """

    model: str | None = None
    provider: str | None = None
    images: list[Image] = []
    audio: list[Audio] = []
    videos: list[Video] = []
    files: list[File] = []


def note(run: Run, reply: ModelReply) -> Answered | None:
    """What the journal needs to know; None when the message says it all."""
    stands_in = run.model is not run.plan.model
    if not (stands_in or reply.images or reply.audio or reply.videos or reply.files):
        return None
    said = Answered(
        model=run.model.id if stands_in else None,
        provider=counted_as(run.model)[1] if stands_in else None,
        images=(reply.images or [])[:-1],
        audio=(reply.audio or [])[:-1],
        videos=(reply.videos or [])[:-1],
        files=(reply.files or [])[:-1],
    )
    return None if said == Answered() else said


def outputs(reply: ModelReply) -> dict[str, Any]:
    """The media of a reply as the fields of its message."""
    return {
        "image_output": reply.images[-1] if reply.images else None,
        "audio_output": reply.audio[-1] if reply.audio else None,
        "video_output": reply.videos[-1] if reply.videos else None,
        "file_output": reply.files[-1] if reply.files else None,
    }


def take_reply(run: Run, reply: ModelReply) -> None:
    """Add what the model made. What it says aloud last is the run's spoken answer."""
    made = run.made
    made.images += reply.images or ()
    made.videos += reply.videos or ()
    made.files += reply.files or ()
    for audio in reply.audio or ():
        made.audio += [made.response_audio] if made.response_audio is not None else []
        made.response_audio = audio


def identified(result: ToolResult) -> ToolResult:
    """The result with an id for each of its media."""
    if not (result.images or result.audios or result.videos or result.files):
        return result
    return msgspec.structs.replace(
        result,
        images=media.identified(result.images),
        audios=media.identified(result.audios),
        videos=media.identified(result.videos),
        files=media.identified(result.files),
    )


def take_result(run: Run, result: ToolResult | Message) -> None:
    """Add what a tool made: from its result, or from the message that shows it to the model."""
    made = run.made
    made.images += result.images or ()
    made.audio += (result.audio if isinstance(result, Message) else result.audios) or ()
    made.videos += result.videos or ()
    made.files += result.files or ()


def recollect(run: Run, steps: Sequence[Step]) -> None:
    """Read from the journal what a run that goes on has made and counted."""
    for step in steps:
        message = step.message
        if message is None or not step.key.startswith("turn:"):
            continue
        if message.role == "user":
            take_result(run, message)
        if message.role != "assistant":
            continue
        said = note_of(step)
        take_reply(run, reply_of(message, said))
        if message.metrics is not None:
            name, provider = counted_as(run.plan.model)
            run.count(message.metrics, (said.model or name, said.provider or provider))


def whole(reply: ModelReply | None, model: Model) -> ModelReply:
    """The reply with which an answer ended. Raises ModelProtocolError when there is none."""
    if reply is None:
        raise ModelProtocolError(f"{model.name} ended without a ModelReply", provider=model.provider, model=model.id)
    return reply


def note_of(step: Step) -> Answered:
    """What was journaled beside an answer's message."""
    return msgspec.convert(step.result, Answered) if step.result else Answered()


def reply_of(message: Message, said: Answered) -> ModelReply:
    """The reply that left this message, and this beside it."""
    return ModelReply(
        content=message.text() or None,
        tool_calls=list(message.tool_calls or ()),
        reasoning_content=message.reasoning_content,
        finish_reason="tool_calls" if message.tool_calls else "stop",
        metrics=message.metrics or MessageMetrics(),
        provider_data=message.provider_data,
        citations=message.citations,
        images=_all(said.images, message.image_output) or None,
        audio=_all(said.audio, message.audio_output) or None,
        videos=_all(said.videos, message.video_output) or None,
        files=_all(said.files, message.file_output) or None,
    )


def _all(earlier: list[M], last: M | None) -> list[M]:
    return [*earlier, last] if last is not None else earlier
