"""Runs the command line in this process, in an empty working directory."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agnolo.cli.main import main

TARGETS = Path(__file__).with_name("targets.py")


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Agnolo = Callable[..., Ran]


@pytest.fixture
def agnolo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Agnolo]:
    """Calls `agnolo` with these arguments; `:name` stands for an object of targets.py."""
    monkeypatch.chdir(tmp_path)
    for name in ("AGNO_DATA_DIR", "AGNOLO_CONFIG", "AGNOLO_MODEL", "AGNOLO_PORT", "AGNOLO_HOST", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AGNOLO_DEBUG", "")
    monkeypatch.setenv("COLUMNS", "200")
    before = signal.getsignal(signal.SIGINT)

    def call(*argv: str) -> Ran:
        capsys.readouterr()
        try:
            code: Any = main([f"{TARGETS}{word}" if word.startswith(":") else word for word in argv])
        except SystemExit as end:
            code = end.code
        captured = capsys.readouterr()
        return Ran(code or 0, captured.out, captured.err)

    yield call
    assert signal.getsignal(signal.SIGINT) is before
