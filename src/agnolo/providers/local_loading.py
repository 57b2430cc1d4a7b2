"""The way to a loaded model: its weights, the optional runtime, and what to do when either is missing."""

from __future__ import annotations

from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING

from agnolo.ports.extras import reach
from agnolo.providers.local_pins import Key, path_of
from agnolo.providers.local_worker import Worker
from agnolo.vocabulary.errors import MissingExtraError

if TYPE_CHECKING:
    from agnolo.providers.local_runtime import LoadedModel


@cache
def _loader() -> Worker:
    return Worker("agnolo-loading")


def load_aside(key: Key, *, n_ctx: int, threads: int | None = None, embedding: bool = False) -> Future[LoadedModel]:
    """`load`, in a thread of its own."""
    return _loader().submit(lambda: load(key, n_ctx=n_ctx, threads=threads, embedding=embedding))


def load(key: Key, *, n_ctx: int, threads: int | None = None, embedding: bool = False) -> LoadedModel:
    """The model with these settings, loaded once a process. Blocks while it loads.

    Raises ModelNotFoundError when the weights have not been pulled, and MissingExtraError when xllamacpp or a system
    library it needs is not installed.
    """
    weights = str(path_of(key))
    try:
        runtime = reach("agnolo.providers.local_runtime", "local")
    except MissingExtraError:
        raise
    except ImportError as unloadable:
        raise MissingExtraError(
            f"xllamacpp is installed, but a system library it needs is not ({unloadable}). "
            "For libgomp.so.1: apt-get install libgomp1 (Debian, Ubuntu), or install libgomp (Fedora, Alpine)"
        ) from unloadable
    return runtime.loaded(runtime.Settings(weights, key, n_ctx, threads or runtime.default_threads(), embedding))
