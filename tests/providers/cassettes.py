"""Recorded exchanges of public providers, from `recordings/exchanges.zip`; sources and licences in its README."""

from __future__ import annotations

import atexit
import base64
import json
import tempfile
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

ARCHIVE = Path(__file__).with_name("recordings") / "exchanges.zip"
COUNT = 731

Dialect = Literal["chat", "responses", "gemini", "ollama", "embeddings", "models"]


class Cassette(NamedTuple):
    """One exchange. `blocks` are the pieces in which the body was read, one where that is not known."""

    name: str
    provider: str
    kind: str
    dialect: Dialect
    url: str
    status: int
    headers: dict[str, str]
    blocks: list[bytes]
    streamed: bool
    request: Any
    tags: list[str]

    @property
    def body(self) -> bytes:
        """All that was sent back."""
        return b"".join(self.blocks)


@cache
def bundled() -> Path:
    """The folder of the recordings that the tests use, unpacked once."""
    folder = tempfile.TemporaryDirectory(prefix="agnolo-recordings-")
    atexit.register(folder.cleanup)
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder.name)
    return Path(folder.name)


def load(root: Path) -> list[Cassette]:
    """Every exchange below a folder, by name."""
    return [_cassette(file, root) for file in sorted(root.rglob("*.json"))]


@cache
def everything() -> dict[str, Cassette]:
    """The recordings that the tests use, by name."""
    return {cassette.name: cassette for cassette in load(bundled())}


def names(provider: str | None = None, dialect: Dialect = "chat") -> list[str]:
    """The recordings in a dialect, of one provider or of all."""
    return [c.name for c in everything().values() if c.dialect == dialect and provider in (None, c.provider)]


def read(name: str) -> Cassette:
    """The recording of this name."""
    return everything()[name]


def _cassette(file: Path, root: Path) -> Cassette:
    """The exchange in a file. Raises ValueError, naming the file, for one that holds none."""
    try:
        return _told(json.loads(file.read_text()), file.relative_to(root).with_suffix("").as_posix())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{file} holds no recorded exchange: {type(error).__name__}: {error}") from error


def _told(exchange: dict[str, Any], name: str) -> Cassette:
    request, response = exchange.get("request") or {}, exchange["response"]
    url = request.get("url") or ""
    return Cassette(
        name=name,
        provider=exchange["provider"],
        kind=exchange["kind"],
        dialect=_dialect(exchange, urlsplit(url).path),
        url=url,
        status=response["status"],
        headers={str(name): str(value) for name, value in (response.get("headers") or {}).items()},
        blocks=list(_blocks(response)),
        streamed="chunks" in response or "chunks_b64" in response,
        request=request.get("json"),
        tags=exchange.get("tags") or [],
    )


def _blocks(response: dict[str, Any]) -> Iterable[bytes]:
    if "chunks" in response:
        return (piece.encode() for piece in response["chunks"])
    if "chunks_b64" in response:
        return (base64.b64decode(piece) for piece in response["chunks_b64"])
    return (json.dumps(response.get("body")).encode(),)


def _dialect(exchange: dict[str, Any], path: str) -> Dialect:
    """By kind and address: Google and Ollama also answer in OpenAI's dialect. Whatever else is a refusal of a chat."""
    kind, provider = exchange["kind"], exchange["provider"]
    if kind in ("embeddings", "models", "responses"):
        return kind
    if provider == "gemini" and "/openai/" not in path:
        return "gemini"
    return "ollama" if provider == "ollama" and "/v1/" not in path else "chat"
