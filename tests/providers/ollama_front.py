"""A server that speaks Ollama's dialect before one that speaks OpenAI's: the package ollama-openai-proxy.

It lives in an environment of its own, in the cache beside the weights, as its dependencies are not ours. The wheel of
0.7.0 misses its own top package, `src`: a link stands in for it. It forwards JSON mode, but refuses schemas.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from agnolo.providers.local_pins import weights_dir
from tests.local.server import LocalServer, started

PACKAGES = (
    "ollama-openai-proxy==0.7.0", "fastapi==0.165.0", "httpx==0.28.1", "pydantic==2.14.4", "pydantic-settings==2.16.3",
    "starlette==1.10.0", "structlog==26.1.0", "uvicorn==0.54.0",
)  # fmt: skip
PLACE = "ollama-openai-proxy-0.7.0"
CHILD = """
import socket, uvicorn
from src.main import app
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])
"""


class NotInstallable(Exception):
    """The front can't be had; says why."""


@contextmanager
def ollama_front(server: LocalServer) -> Iterator[str]:
    """The front's address, with the server behind it. Needs `installed`."""
    place = installed()
    environ = {
        "PYTHONPATH": str(place / "alias"),
        "OPENAI_API_BASE_URL": server.base_url,
        "OPENAI_API_KEY": server.api_key,
        "LOG_LEVEL": "CRITICAL",
        "MAX_RETRIES": "1",  # with 0 it fails on its first request
        "NO_PROXY": "*",
    }
    with started([str(place / "bin" / "python"), "-c", CHILD], environ) as address:
        yield address


def installed() -> Path:
    """The environment, made once a machine. Raises NotInstallable."""
    place = weights_dir().parent / PLACE
    ready = place / "ready"
    if not ready.exists():
        rmtree(place, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(place))
        _run(str(place / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", *PACKAGES)
        (place / "alias").mkdir()
        (place / "alias" / "src").symlink_to(next(place.glob("lib/python*/site-packages")))
        ready.touch()
    return place


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NotInstallable(f"{' '.join(command[1:4])} ended with {done.returncode}: {''.join(last)}")
