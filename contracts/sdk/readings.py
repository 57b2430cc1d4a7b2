"""Serves every recorded exchange to the vendor's SDK and writes what it reads. Runs in the SDKs' own environment."""

from __future__ import annotations

import gzip
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contracts.sdk import google, ollamas, openai_like
from tests.providers import cassettes
from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome
from tests.providers.conformance.stub import serving


def main(target: Path) -> None:
    """Write the readings, one line a recording, in the order of their names."""
    found = list(cassettes.everything().values())
    with serving(found) as server:
        lines = [json.dumps(_reading(cassette, server.url(i)), ensure_ascii=False) for i, cassette in enumerate(found)]
    with target.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write("\n".join([*lines, ""]).encode())


def _reading(cassette: Cassette, url: str) -> dict[str, Any]:
    """`status` stands for an error that the SDK raises for what the vendor says; `crash` for one of its own."""
    sdk = _sdk(cassette)
    named = {"name": cassette.name, "sdk": _package(cassette)}
    try:
        outcome = sdk.reader(cassette, url)()
    except sdk.ERRORS as error:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        return {**named, "error": type(error).__name__, "status": status if isinstance(status, int) else None}
    except Exception as error:
        return {**named, "crash": type(error).__name__}
    return {**named, **_told(outcome)}


def _package(cassette: Cassette) -> str:
    """The package whose SDK reads this, with its version."""
    if _sdk(cassette) is not openai_like:
        name = "google-genai" if _sdk(cassette) is google else "ollama"
    else:
        name = {"groq": "groq", "cerebras": "cerebras-cloud-sdk"}.get(cassette.provider, "openai")
    return f"{name} {version(name)}"


def _sdk(cassette: Cassette) -> Any:
    if cassette.provider == "gemini" and "/openai/" not in cassette.url:
        return google
    return ollamas if cassette.provider == "ollama" and "/v1/" not in cassette.url else openai_like


def _told(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in outcome._asdict().items() if value and name != "retryable"}


main(Path(sys.argv[1]))
