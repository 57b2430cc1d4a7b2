"""A real OpenAI-compatible server for tests: llama.cpp with SmolLM2, in a process of its own, on loopback.

with local_server() as server:
    OpenAIChat(id=server.model, base_url=server.base_url, api_key=server.api_key)
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from agnolo.providers.local_pins import Key, path_of

# Reads the key from the environment, so that it is in no process list; stops when its standard input is closed.
CHILD = """
import os, sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {sys.argv[3]}
if sys.argv[3] == "minilm":
    params.embedding = True
    params.n_batch = params.n_ubatch = int(sys.argv[2])
params.api_keys = [os.environ["LOCAL_SERVER_KEY"]]
params.port = 0
params.n_ctx = int(sys.argv[2])
params.n_parallel = 1
params.cache_ram_mib = 0
params.verbosity = -1
for cpus in (params.cpuparams, params.cpuparams_batch):
    cpus.n_threads, cpus.poll = 1, 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
"""


class LocalServer(NamedTuple):
    """Where it listens; `base_url` ends with /v1."""

    base_url: str
    api_key: str
    model: str = "smollm2"


@contextmanager
def local_server(n_ctx: int = 4096, *, model: Key = "smollm2") -> Iterator[LocalServer]:
    """The running server; stopped on the way out. Needs the weights. `minilm` makes embeddings only."""
    key = secrets.token_urlsafe(16)
    command = [sys.executable, "-c", CHILD, str(path_of(model)), str(n_ctx), model]
    with started(command, {"LOCAL_SERVER_KEY": key}) as address:
        yield LocalServer(f"{address}/v1", key, model)


@contextmanager
def started(command: list[str], environ: dict[str, str]) -> Iterator[str]:
    """The address that a server prints as its first line when it listens; killed on the way out."""
    child = subprocess.Popen(
        command, env={**os.environ, **environ}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        try:
            assert child.stdout is not None
            address = child.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), f"the server did not start: {address!r}"
            yield address
        finally:
            child.kill()
