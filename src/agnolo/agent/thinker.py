"""An agent that thinks for another, as the model whose thoughts that one gets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from agnolo.agent import execution
from agnolo.agent.call import Call
from agnolo.ports.model import (
    ModelEvent,
    ModelReply,
    ModelRequest,
    OutputStrategy,
    ReasoningDelta,
    TextDelta,
    counted_as,
)
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import AgnoloError
from agnolo.vocabulary.events import RunContentEvent
from agnolo.vocabulary.metrics import MessageMetrics, added, counts_of
from agnolo.vocabulary.runs import RunOutput, RunStatus

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent


class Thinker:
    """Runs the agent on the conversation, in the runtime of the run that asks. A run that fails raises its error."""

    loop_bound = False

    def __init__(self, agent: Agent, at: Runtime) -> None:
        model = agent.resolved_model()
        self.id, self.name, self.provider = model.id, model.name, model.provider
        self._counted_as = counted_as(model)[1]
        self._agent = agent
        self._at = at

    def get_provider(self) -> str:
        """The provider under which its model's tokens are counted."""
        return self._counted_as

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        """Thoughts have no form."""
        return "prompted"

    async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Its answer and thoughts as they come."""
        call = Call(input=list(request.messages), stream=request.stream, stream_events=True, yield_run_output=True)
        opening = self._agent.opening(call)
        async with aclosing(execution.events(opening, lambda: self._at, call)) as told:
            async for event in told:
                if isinstance(event, RunOutput):
                    yield _reply(event)
                elif isinstance(event, RunContentEvent) and request.stream:
                    if event.reasoning_content:
                        yield ReasoningDelta(event.reasoning_content)
                    elif isinstance(event.content, str) and event.content:
                        yield TextDelta(event.content)


def _reply(output: RunOutput) -> ModelReply:
    if output.status is not RunStatus.completed:
        raise AgnoloError(f"the reasoning agent's run is {output.status.value}: {output.content}")
    metrics = MessageMetrics()
    if output.metrics is not None:
        metrics = msgspec.structs.replace(metrics, **counts_of(added(metrics, output.metrics)))
    return ModelReply(
        content=output.get_content_as_string(), reasoning_content=output.reasoning_content, metrics=metrics
    )
