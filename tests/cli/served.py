"""`agnolo serve` as a process, for tests that talk to it."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PYTHONPATH = os.pathsep.join([str(Path(__file__).parents[2] / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Served(NamedTuple):
    """A server that listens."""

    process: subprocess.Popen[str]
    url: str
    said: str

    def get(self, path: str, **headers: str) -> Any:
        with OPENER.open(urllib.request.Request(self.url + path, headers=headers), timeout=30) as response:
            return response.read().decode()

    def ask(self, agent: str, message: str, session: str) -> list[dict[str, Any]]:
        """The events of a run."""
        form = f"message={message}&session_id={session}".encode()
        with OPENER.open(f"{self.url}/agents/{agent}/runs", form, timeout=30) as response:
            lines = response.read().decode().splitlines()
        return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


def environment(tmp_path: Path) -> dict[str, str]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("AGNO", "OPENAI", "OS_"))}
    return keep | {"PYTHONPATH": PYTHONPATH, "AGNO_DATA_DIR": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"}


@contextmanager
def serving(tmp_path: Path, *argv: str, **environ: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "agnolo.cli", "serve", "--port", "0", *argv],
        cwd=tmp_path,
        env=environment(tmp_path) | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            if line.startswith("listening on "):
                url = re.findall(r"http://[^\s/]+", said)[0]
                yield Served(process, url, said)
                return
        pytest.fail(f"the server ended with {process.wait()}: {said}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
