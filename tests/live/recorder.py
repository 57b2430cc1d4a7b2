"""Keeps live exchanges as recordings, in the form of those in tests/providers/recordings, without secrets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agnolo.providers.wire import HttpReply, HttpRequest, Transport
from tests.live.redaction import Redaction, secrets_of

KINDS = (
    (re.compile(r"/(embeddings|embed)$|:(batchE|e)mbedContents?$"), "embeddings"),
    (re.compile(r"/responses$"), "responses"),
    (re.compile(r"/(chat/completions|chat|messages)$|:(streamG|g)enerateContent$"), "chat"),
    (re.compile(r"/generate$"), "generate"),
    (re.compile(r"/(models|tags)$"), "models"),
)
"""By the path asked; anything else is "other"."""


class Recorder:
    """A transport that writes each exchange, when its reply is let go of, to `folder/live_<check>_<n>.json`.

    `secrets` are taken out wherever they stand, as is all that the request itself shows to be secret.
    """

    def __init__(self, inner: Transport, folder: Path, *, provider: str, check: str, secrets: Iterable[str]) -> None:
        self._inner = inner
        self._folder = folder
        self._provider = provider
        self._check = check
        self._secrets = tuple(secrets)
        self._number = 0

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        """Send, and listen to the reply as it is read."""
        reply = await self._inner.send(request, connect=connect, within=within)
        place = self._folder / f"live_{self._check}_{self._number}.json"
        self._number += 1

        def keep(blocks: list[bytes]) -> None:
            kept = cassette(request, reply, blocks, provider=self._provider, secrets=self._secrets)
            kept["source"]["check"] = self._check
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(kept, ensure_ascii=False) + "\n", encoding="utf-8")

        return _Tape(reply, keep)


class _Tape:
    """A reply that remembers what was read of it."""

    def __init__(self, reply: HttpReply, keep: Callable[[list[bytes]], None]) -> None:
        self._reply = reply
        self._blocks: list[bytes] = []
        self._keep: Callable[[list[bytes]], None] | None = keep

    @property
    def status(self) -> int:
        return self._reply.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._reply.headers

    async def read(self, within: float) -> bytes:
        block = await self._reply.read(within)
        if block:
            self._blocks.append(block)
        return block

    def close(self) -> None:
        self._reply.close()
        keep, self._keep = self._keep, None
        if keep is not None:
            keep(self._blocks)


def cassette(
    request: HttpRequest, reply: HttpReply, blocks: list[bytes], *, provider: str, secrets: Iterable[str]
) -> dict[str, Any]:
    """The recording of one exchange."""
    clean = Redaction([*secrets, *secrets_of(request.headers.items(), request.url)])
    asked = clean.tree(json.loads(request.body)) if request.body else None
    url = clean.url(request.url)
    path = urlsplit(url).path
    return {
        "source": {"format": "live", "recorded": f"{datetime.now(UTC):%Y-%m-%d}"},
        "provider": provider,
        "kind": next((kind for form, kind in KINDS if form.search(path)), "other"),
        "model": _model(asked, path),
        "tags": sorted(_tags(asked, path, reply.status, b"".join(blocks))),
        "request": {
            "method": request.method,
            "url": url,
            "headers": clean.headers(request.headers.items(), reply=False),
            "json": asked,
        },
        "response": {
            "status": reply.status,
            "headers": clean.headers(reply.headers.items(), reply=True),
            **_body(clean, blocks, reply.headers.get("Content-Type", "")),
        },
    }


def _body(clean: Redaction, blocks: list[bytes], kind: str) -> dict[str, Any]:
    """A stream as it was read, anything else whole."""
    if "event-stream" in kind or "ndjson" in kind:
        pieces = clean.blocks(blocks)
        try:
            return {"chunking": "wire", "chunks": [piece.decode() for piece in pieces]}
        except UnicodeDecodeError:
            return {"chunking": "wire-b64", "chunks_b64": [base64.b64encode(piece).decode() for piece in pieces]}
    said = b"".join(blocks)
    try:
        return {"body": clean.tree(json.loads(said))}
    except ValueError:
        return {"body": clean.text(said.decode(errors="replace"))}


def _model(asked: Any, path: str) -> str:
    named = re.search(r"/models/([^/:]+):", path)
    return named[1] if named else str((asked or {}).get("model") or "")


def _tags(asked: Any, path: str, status: int, said: bytes) -> set[str]:
    """What the exchange exercises, as far as it is plain to see."""
    asked = asked or {}
    told = json.dumps(asked)
    marks = {
        "stream": bool(asked.get("stream")) or "stream" in path,
        "tools-offered": bool(asked.get("tools")),
        "tool_choice": "tool_choice" in asked,
        "tool-result-in-history": any(
            mark in told for mark in ('"role": "tool"', '"tool_result"', "function_call_output", '"functionResponse"')
        ),
        "done-sentinel": b"data: [DONE]" in said,
        "error": status >= 300,
        f"http-{status}": status >= 300,
    }
    return {tag for tag, holds in marks.items() if holds}
