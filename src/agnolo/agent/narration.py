"""What `debug_mode` tells of a run: its steps, as they happen, as lines of the log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agnolo.agent import logs
from agnolo.engine.state import Run
from agnolo.vocabulary.events import (
    ModelRequestCompletedEvent,
    ModelRequestStartedEvent,
    RunEventBase,
    ToolCallCompletedEvent,
    ToolCallErrorEvent,
    ToolCallStartedEvent,
)


def of(run: Run, told: AsyncGenerator[RunEventBase, None]) -> AsyncGenerator[RunEventBase, None]:
    """The events as they are, and with `debug_mode` a line for each step."""
    return _narrated(run, told) if run.plan.debug else told


async def _narrated(run: Run, told: AsyncGenerator[RunEventBase, None]) -> AsyncGenerator[RunEventBase, None]:
    in_full = run.plan.owner.debug_level > 1
    logs.set_log_level_to_debug(level=run.plan.owner.debug_level)
    shown = 0
    async with aclosing(told) as events:
        async for event in events:
            if isinstance(event, ModelRequestStartedEvent | ToolCallStartedEvent):
                for message in run.messages[shown:]:
                    logs.log_debug(message.role, center=True, symbol="=")
                    logs.log_debug(_cut(message.text(), in_full=in_full))
                shown = len(run.messages)
            logs.log_debug(_line(event), log_level=2 if _is_piece(event) else 1)
            yield event
    logs.log_debug(f"Run {run.plan.origin.run_id} has ended")


def _is_piece(event: RunEventBase) -> bool:
    return event.event == "RunContent"


def _cut(text: str, *, in_full: bool, longest: int = 2000) -> str:
    return text if in_full or len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def _line(event: RunEventBase) -> str:
    match event:
        case ModelRequestStartedEvent():
            return f"{event.event}: {event.model} of {event.model_provider}"
        case ModelRequestCompletedEvent():
            return f"{event.event}: {event.input_tokens or 0} tokens in, {event.output_tokens or 0} out"
        case ToolCallStartedEvent():
            return f"{event.event}: {event.tool.tool_name}({event.tool.tool_args})"
        case ToolCallCompletedEvent():
            return f"{event.event}: {event.tool.result}"
        case ToolCallErrorEvent():
            return f"{event.event}: {event.error}"
        case _:
            return str(event.event)
