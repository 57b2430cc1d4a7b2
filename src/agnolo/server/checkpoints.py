"""Places in a run from which it can be continued: their list, and the run as it stood there."""

from __future__ import annotations

from typing import Any

from agnolo.agent.continuation import whole
from agnolo.server.shapes import Shape
from agnolo.vocabulary.runs import RunOutput

PREVIEW_LETTERS = 120


def listed(output: RunOutput) -> list[Shape]:
    """The places that a client is offered, oldest first: where the run was taken up again, and its end."""
    ends = {output.last_checkpoint_at_message_index, len(output.messages)} - {None, 0}
    places = sorted(end for end in ends if end is not None and end <= len(output.messages))
    return [
        _entry(output, place, "end" if place == len(output.messages) else "checkpoint", number)
        for number, place in enumerate(places, start=1)
    ]


def snapshot(output: RunOutput, place: int) -> Shape:
    """The run with its first messages only, no call among them without its result."""
    number = next((entry["checkpoint_id"] for entry in listed(output) if entry["message_index"] == place), None)
    kept = output.messages[: whole(output.messages, place)]
    calls = {call.id for message in kept for call in message.tool_calls or ()}
    shown = output.to_dict()
    shown["messages"] = [message.to_dict() for message in kept]
    shown["last_checkpoint_at_message_index"] = len(kept)
    shown.setdefault("events", [])
    if output.tools:
        shown["tools"] = [tool for tool in shown["tools"] if tool["tool_call_id"] in calls]
    if output.requirements:
        shown["requirements"] = [one for one in shown["requirements"] if one["tool_execution"]["tool_call_id"] in calls]
    return {"checkpoint": _entry(output, place, "snapshot", number), "snapshot": shown}


def _entry(output: RunOutput, place: int, reason: str, number: int | str | None) -> Shape:
    message = output.messages[place - 1] if place else None
    return {
        "checkpoint_id": None if number is None else str(number),
        "run_id": output.run_id,
        "session_id": output.session_id,
        "message_index": place,
        "continue_from": place,
        "status": output.status.value,
        "reason": reason,
        "created_at": output.created_at,
        "message_id": message.id if message else None,
        "message_role": message.role if message else None,
        "message_preview": _preview(message.content) if message else None,
        "is_latest": place == len(output.messages),
    }


def _preview(content: Any) -> str | None:  # noqa: ANN401 - whatever a message says
    if content is None:
        return None
    text = str(content).replace("\n", " ").strip()
    return text if len(text) <= PREVIEW_LETTERS else f"{text[: PREVIEW_LETTERS - 1]}..."
