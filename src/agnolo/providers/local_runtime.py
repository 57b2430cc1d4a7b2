"""llama.cpp in this process, through xllamacpp: loaded models, chat and embedding calls, errors made typed.

The only module that knows xllamacpp. Reached lazily: it needs `agnolo[local]`.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

import xllamacpp  # pyright: ignore[reportMissingTypeStubs] - the wheel carries no types

from agnolo.providers.local_worker import Worker
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelBadRequestError,
    ModelProtocolError,
    ModelProviderError,
)

T = TypeVar("T")

PROMPT_CACHE_MIB = 64
"""llama.cpp's default is 8 GiB."""

_native: Any = xllamacpp


class Settings(NamedTuple):
    """What makes two loaded models different."""

    weights: str
    model: str
    n_ctx: int
    threads: int
    embedding: bool = False


class LoadedModel:
    """One model in memory, answering one request at a time in the order they came. Use `loaded()`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._server: Any = _started(settings)
        # llama.cpp would queue requests as well, but a request in its queue can't be taken back.
        self._worker = Worker(f"agnolo-{settings.model}")

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Queue work for this model's thread; cancelling the future drops work that has not begun."""
        return self._worker.submit(work)

    @property
    def address(self) -> str:
        """Where llama.cpp listens on loopback; its key is told to nobody, so it answers nobody."""
        return self._server.listening_address

    def stream(self, body: Mapping[str, Any], on_chunk: Callable[[dict[str, Any]], bool]) -> None:
        """A chat completion in chunks, usage last; `on_chunk` ends it by returning True."""
        failures: list[dict[str, Any]] = []

        def take(given: dict[str, Any] | list[dict[str, Any]]) -> bool:
            for chunk in given if isinstance(given, list) else [given]:
                if "error" in chunk:
                    failures.append(chunk)
                    return True
                if on_chunk(chunk):
                    return True
            return False

        self._server.handle_chat_completions({**body, "stream": True, "stream_options": {"include_usage": True}}, take)
        if failures:
            self._checked(failures[0])

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """L2-normalised vectors. Raises ContextWindowExceededError if a text is too long."""
        reply = self._checked(self._server.handle_embeddings({"input": list(texts)}))
        rows: list[dict[str, Any]] = sorted(reply["data"], key=lambda row: row["index"])
        return [row["embedding"] for row in rows]

    def _checked(self, reply: dict[str, Any]) -> dict[str, Any]:
        if "error" in reply:
            raise _error(reply["error"], self.settings)
        return reply


_models: dict[Settings, LoadedModel] = {}
_loading = threading.Lock()


def loaded(settings: Settings) -> LoadedModel:
    """The model with these settings, loaded when first asked for and kept for the life of the process."""
    with _loading:
        if settings not in _models:
            _models[settings] = LoadedModel(settings)
        return _models[settings]


def default_threads() -> int:
    """One less than the physical cores, at least one.

    ggml's threads meet at a barrier: when one loses its core to other work all wait, and speed falls tenfold.
    """
    return max(1, (_physical_cores() or os.cpu_count() or 1) - 1)


def _physical_cores() -> int | None:
    """Distinct cores of this process's CPUs, as Linux tells them; None elsewhere."""
    try:
        cores = {_core_of(cpu) for cpu in os.sched_getaffinity(0)}
    except (AttributeError, OSError):
        return None
    return len(cores)


def _core_of(cpu: int) -> str:
    with open(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", encoding="ascii") as siblings:
        return siblings.read()


def _started(settings: Settings) -> Any:  # noqa: ANN401 - xllamacpp.Server, which has no types
    """Load the model. xllamacpp also opens an HTTP port on loopback: a random key that is told to nobody locks it."""
    params = _native.CommonParams()
    params.model.path = settings.weights
    params.model_alias = {settings.model}
    params.n_ctx = settings.n_ctx
    params.n_parallel = 1
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.warmup = False
    params.verbosity = -1
    params.port = 0
    params.api_keys = [secrets.token_urlsafe(32)]
    params.endpoint_slots = False
    for cpus in (params.cpuparams, params.cpuparams_batch):
        cpus.n_threads = settings.threads
        cpus.poll = 0
    if settings.embedding:
        params.embedding = True
        params.n_batch = params.n_ubatch = settings.n_ctx
    try:
        return _native.Server(params)
    except RuntimeError as failed:
        raise ModelProviderError(
            f"llama.cpp could not load {settings.weights!r} ({failed}): "
            "delete the file and run  agnolo local pull  if it is damaged; lower n_ctx if memory is short",
            provider="Local",
            model=settings.model,
            retryable=False,
        ) from failed


def _error(told: Mapping[str, Any], settings: Settings) -> ModelProviderError:
    message = str(told.get("message", told))
    kind: type[ModelProviderError] = ModelProtocolError
    if told.get("type") == "exceed_context_size_error":
        kind = ContextWindowExceededError
        message = (
            f"the conversation has {told['n_prompt_tokens']} tokens, {settings.model!r} takes {told['n_ctx']}: "
            "send fewer history runs or shorter messages"
        )
    elif "too large to process" in message:
        kind = ContextWindowExceededError
    elif told.get("code") == 400:
        kind = ModelBadRequestError
    return kind(f"llama.cpp refused the request: {message}", provider="Local", model=settings.model)
