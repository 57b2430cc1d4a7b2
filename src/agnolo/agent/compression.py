"""CompressionManager: tool results shortened outside a run. How a model does it is in `engine.compression`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from agnolo.agent.models import resolve_model
from agnolo.engine import compression, history
from agnolo.engine.budget import tokens_of
from agnolo.ports.compression import CompressionRules
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime
from agnolo.ports.toolkit import collect
from agnolo.runtime import bridge
from agnolo.runtime.inline import InlineRuntime
from agnolo.runtime.loop import LoopRuntime
from agnolo.vocabulary.messages import Message


class CompressionManager(CompressionRules):
    """Shortens tool results with a model: give it to an agent as `compression_manager`, or use it by itself.

    By itself its model is by default the first provider with a key. Options: see
    `agnolo.ports.compression.CompressionRules`.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.model, str):
            self.model = resolve_model(self.model)

    def should_compress(
        self, messages: Sequence[Message], tools: Sequence[Any] | None = None, model: Model | None = None
    ) -> bool:
        """Whether results are to be shortened now; by tokens only if the model is named that they are sent to."""
        tokens = None if model is None else partial(tokens_of, messages, collect(tools or ()).specs())
        return compression.is_due(self, messages, tokens)

    async def ashould_compress(
        self, messages: Sequence[Message], tools: Sequence[Any] | None = None, model: Model | None = None
    ) -> bool:
        """The same."""
        return self.should_compress(messages, tools, model)

    def compress(self, messages: list[Message]) -> None:
        """Shorten all results in the list: their messages are replaced by ones that have `compressed_content` too."""
        bridge.drive(_compressed(self, messages, InlineRuntime()))

    async def acompress(self, messages: list[Message]) -> None:
        """The same."""
        await _compressed(self, messages, LoopRuntime())


async def _compressed(manager: CompressionManager, messages: list[Message], at: Runtime) -> None:
    results = compression.whole(messages) if manager.compress_tool_results else []
    if results:
        done = await compression.shortened(manager, resolve_model(manager.model), results, at)
        messages[:] = history.amended(messages, done.texts)
