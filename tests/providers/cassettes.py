"""Recorded exchanges of public providers, from `recordings/exchanges.zip`; sources and licences in its README."""

from __future__ import annotations

import atexit
import base64
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest


def _unpacked() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="agnolo-recordings-")
    atexit.register(folder.cleanup)
    with zipfile.ZipFile(Path(__file__).with_name("recordings") / "exchanges.zip") as archive:
        archive.extractall(folder.name)
    return Path(folder.name)


ROOT = _unpacked()
MISSING = "(the recordings are missing)"


class Cassette(NamedTuple):
    name: str
    provider: str
    status: int
    headers: dict[str, str]
    blocks: list[bytes]
    streamed: bool
    request: Any

    @property
    def body(self) -> bytes:
        return b"".join(self.blocks)


def names(provider: str, kind: str = "chat") -> list[str]:
    """The exchanges of a provider in the OpenAI chat dialect. Missing recordings are one name, whose test fails."""
    files = sorted((ROOT / provider).glob("*.json"))
    found = [f"{provider}/{file.stem}" for file in files if _fits(json.loads(file.read_text()), kind)]
    return found or [MISSING]


def native(*kinds: str) -> list[str]:
    """The exchanges in Ollama's own dialect."""
    read = {file.stem: json.loads(file.read_text()) for file in sorted((ROOT / "ollama").glob("*.json"))}
    found = [f"ollama/{stem}" for stem, exchange in read.items() if exchange["kind"] in kinds and _is_native(exchange)]
    return found or [MISSING]


def _fits(exchange: dict[str, Any], kind: str) -> bool:
    return exchange["kind"] == kind and not _is_native(exchange)


def _is_native(exchange: dict[str, Any]) -> bool:
    return exchange["provider"] == "ollama" and "/v1/" not in (exchange["request"]["url"] or "")


def read(name: str) -> Cassette:
    file = ROOT / f"{name}.json"
    if not file.is_file():
        pytest.fail(f"no recording {name!r} in recordings/exchanges.zip")
    return _cassette(file, ROOT)


def load(root: Path) -> list[Cassette]:
    """Every exchange below a folder, by name."""
    return [_cassette(file, root) for file in sorted(root.rglob("*.json"))]


def _cassette(file: Path, root: Path) -> Cassette:
    exchange = json.loads(file.read_text())
    response = exchange["response"]
    if "chunks" in response:
        blocks = [piece.encode() for piece in response["chunks"]]
    elif "chunks_b64" in response:
        blocks = [base64.b64decode(piece) for piece in response["chunks_b64"]]
    else:
        blocks = [json.dumps(response["body"]).encode()]
    return Cassette(
        name=file.relative_to(root).with_suffix("").as_posix(),
        provider=exchange["provider"],
        status=response["status"],
        headers=response["headers"],
        blocks=blocks,
        streamed="chunks" in response or "chunks_b64" in response,
        request=exchange["request"]["json"],
    )
