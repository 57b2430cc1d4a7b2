"""Guardrails on texts that come from outside: answers and tool results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from agnolo.engine import limits
from agnolo.engine.effects import Effect, once, perform, single
from agnolo.engine.state import Run
from agnolo.ports.function import ToolResult
from agnolo.ports.guardrail import BaseGuardrail
from agnolo.ports.hook import accepted
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.checks import CheckTrigger, InputCheckError, OutputCheckError
from agnolo.vocabulary.errors import RunCancelledException
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.runs import RunOutput


class Screened(NamedTuple):
    """A tool's result as the model may see it, and why it is withheld if it is."""

    result: ToolResult
    withheld: str | None = None


async def screened_result(result: ToolResult, guardrails: Sequence[BaseGuardrail], run: Run, at: Runtime) -> Screened:
    """The result as the guardrails leave it. One that they refuse, or could not check, is withheld with its media."""
    try:
        left = await screened(result.content, guardrails, run, at)
    except RunCancelledException:
        raise
    except Exception as refused:  # noqa: BLE001 - the tool boundary: recorded as the call's error and told to the model
        withheld = f"Withheld: {refused}"
        return Screened(ToolResult(content=withheld), withheld)
    return Screened(msgspec.structs.replace(result, content=left))


async def screened(text: str, guardrails: Sequence[BaseGuardrail], run: Run, at: Runtime) -> str:
    """The text as the guardrails leave it. Raises InputCheckError."""
    shown = RunInput(input_content=text)
    for guardrail in guardrails:
        await called(guardrail.async_check if at.concurrent else guardrail.check, {"run_input": shown}, run, at)
    return shown.input_content_string()


async def check_output(output: RunOutput, guardrail: BaseGuardrail, run: Run, at: Runtime) -> None:
    """Let a guardrail that was written for inputs check an answer, and change it. Raises OutputCheckError."""
    told = output.get_content_as_string()
    try:
        left = await screened(told, [guardrail], run, at)
    except InputCheckError as refused:
        trigger = refused.check_trigger
        raise OutputCheckError(
            refused.message,
            CheckTrigger.OUTPUT_NOT_ALLOWED if trigger is CheckTrigger.INPUT_NOT_ALLOWED else trigger,
            refused.additional_data,
        ) from refused
    if left == told:
        return
    if not isinstance(output.content, str):
        raise OutputCheckError(f"{type(guardrail).__name__} would change an answer that has a form: it is refused")
    output.content = left


async def called(check: Any, offered: dict[str, Any], run: Run, at: Runtime) -> None:  # noqa: ANN401 - any callable
    """Call a hook or guardrail with what it asks for, within the run's time. Raises what it does, and TimeoutError."""
    given = accepted(check, offered)
    left = limits.seconds_left(None, run, at)
    effect = Effect[Any](kind="callable", start=lambda: once(lambda: at.call(run.token, check, timeout=left, **given)))
    await single(perform(effect, run, at))
