"""A model that answers at once, in process, for each framework: what a run then takes is the framework's own work.

It calls the tool `get_weather` when that is offered and the last message is the user's, and answers in words otherwise.
`wait` seconds pass before each answer.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import target

TEXT = "It is sunny, and nothing else is to be said of it."
TOOL, ARGUMENTS = "get_weather", '{"city": "Oslo"}'


def make(name: target.Name, wait: float = 0.0) -> Any:
    """The framework's model."""
    return _reference(wait) if name == "reference" else _agnolo(wait)


def _agnolo(wait: float) -> Any:
    from agnolo.ports.model import ModelReply, TextDelta
    from agnolo.vocabulary.messages import ToolCall
    from agnolo.vocabulary.metrics import MessageMetrics

    class Still:
        id, name, provider, loop_bound = "still", "Still", "Bench", False

        def output_strategy(self, request: Any) -> str:
            return "prompted"

        async def exchange(self, request: Any) -> Any:
            if wait:
                await asyncio.sleep(wait)
            metrics = MessageMetrics(input_tokens=10, output_tokens=10, total_tokens=20)
            if request.messages[-1].role == "user" and any(tool.name == TOOL for tool in request.tools):
                yield ModelReply(tool_calls=[ToolCall.of("call_1", TOOL, ARGUMENTS)], metrics=metrics)
                return
            if request.stream:
                yield TextDelta(TEXT)
            yield ModelReply(content=TEXT, metrics=metrics)

    return Still()


def _reference(wait: float) -> Any:
    from agno.metrics import MessageMetrics
    from agno.models.base import Model
    from agno.models.response import ModelResponse

    def answer(messages: Any, tools: Any) -> Any:
        usage = MessageMetrics(input_tokens=10, output_tokens=10, total_tokens=20)
        offered = [one.get("function", one).get("name") for one in tools or ()]
        if messages[-1].role == "user" and TOOL in offered:
            call = {"id": "call_1", "type": "function", "function": {"name": TOOL, "arguments": ARGUMENTS}}
            return ModelResponse(role="assistant", tool_calls=[call], response_usage=usage)
        return ModelResponse(role="assistant", content=TEXT, response_usage=usage)

    class Still(Model):
        def invoke(self, messages: Any, *args: Any, tools: Any = None, **options: Any) -> Any:
            time.sleep(wait)
            return answer(messages, tools)

        async def ainvoke(self, messages: Any, *args: Any, tools: Any = None, **options: Any) -> Any:
            if wait:
                await asyncio.sleep(wait)
            return answer(messages, tools)

        def invoke_stream(self, messages: Any, *args: Any, tools: Any = None, **options: Any) -> Any:
            yield answer(messages, tools)

        async def ainvoke_stream(self, messages: Any, *args: Any, tools: Any = None, **options: Any) -> Any:
            yield answer(messages, tools)

        def _parse_provider_response(self, response: Any, **options: Any) -> Any:
            return response

        def _parse_provider_response_delta(self, response: Any) -> Any:
            return response

    return Still(id="still", name="Still", provider="Bench")
