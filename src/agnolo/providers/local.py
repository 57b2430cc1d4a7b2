"""The model that needs no key and no network: SmolLM2-135M-Instruct in this process.

It shows that everything works; it is not clever. What it can and can't do is measured in artifacts/local-quality.md.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from typing import ClassVar

from agnolo.ports.listing import ModelInfo
from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, OutputStrategy, TextDelta
from agnolo.providers.local_loading import load_aside
from agnolo.providers.local_turn import Sampling, Turn
from agnolo.vocabulary.errors import ConfigurationError

WINDOW = 8192


class Local:
    """A small language model on this machine's processor.

    `threads` defaults to one less than the physical cores. Loads on first use, once for all instances with the same
    `n_ctx` and `threads`; answers one request at a time. Raises ModelNotFoundError when `agnolo local pull` has not
    been run, MissingExtraError without `agnolo[local]`, ContextWindowExceededError when a conversation is too long.
    """

    name: ClassVar[str] = "Local"
    provider: ClassVar[str] = "Local"
    loop_bound: ClassVar[bool] = True

    def __init__(
        self,
        id: str = "smollm2",
        *,
        n_ctx: int = WINDOW,
        threads: int | None = None,
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_p: float | None = None,
        seed: int | None = None,
    ) -> None:
        if id != "smollm2":
            raise ConfigurationError(f"there is no local model {id!r}: the one there is is 'smollm2'")
        if not 256 <= n_ctx <= WINDOW:
            raise ConfigurationError(f"n_ctx={n_ctx} is out of range: smollm2 takes 256 to {WINDOW} tokens")
        if max_tokens < 1 or (threads is not None and threads < 1):
            raise ConfigurationError(f"max_tokens={max_tokens} and threads={threads} must be at least 1")
        self.id = id
        self.n_ctx = n_ctx
        self.threads = threads
        self.sampling = Sampling(id, max_tokens, temperature, top_p, seed)

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        """Native: a grammar allows nothing else."""
        return "native"

    async def alist_models(self) -> list[ModelInfo]:
        """The one language model and the one embedding model that there are."""
        return [
            ModelInfo(id="smollm2", owner="HuggingFaceTB", context_window=WINDOW),
            ModelInfo(id="all-minilm-l6-v2", owner="sentence-transformers", context_window=512),
        ]

    async def exchange(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. Closing the generator ends the writing at the next token, or takes a waiting request back."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        stopped = threading.Event()

        def post(item: str | None) -> None:
            if not stopped.is_set():
                try:
                    loop.call_soon_threadsafe(pieces.put_nowait, item)
                except RuntimeError:  # the loop is closed: nobody reads on
                    stopped.set()

        def emit(piece: str) -> bool:
            if piece and request.stream:
                post(piece)
            return stopped.is_set()

        model = await asyncio.wrap_future(load_aside("smollm2", n_ctx=self.n_ctx, threads=self.threads))
        turn = Turn(model, self.sampling, emit)
        reply: Future[ModelReply] = model.submit(lambda: turn.answer(request))
        reply.add_done_callback(lambda _: post(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield TextDelta(piece)
            yield reply.result()
        finally:
            stopped.set()
            reply.cancel()
