"""An independent reading of embeddings and of lists of models: plain json, from the vendors' documentation."""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import Any

from tests.providers.cassettes import Cassette
from tests.providers.conformance.outcome import Outcome, failure, rounded
from tests.providers.conformance.verdict import judged


def embeddings(cassette: Cassette) -> Outcome:
    """Vectors in the order of the inputs, and the tokens they took."""
    said = json.loads(cassette.body)
    if wrong := _wrong(cassette, said):
        return wrong
    data = said.get("data")
    if data is not None:
        vectors = [item["embedding"] for item in sorted(data, key=lambda item: item.get("index", 0))]
    elif "embedding" in said:
        vectors = [said["embedding"]]
    else:
        vectors = [item["values"] if isinstance(item, dict) else item for item in said["embeddings"]]
    usage = said.get("usage") or said.get("usageMetadata") or said
    numbers = [_floats(vector) for vector in vectors]
    if cassette.provider == "gemini" and dimensions_asked(cassette):
        numbers = [_unit(vector) for vector in numbers]
    tokens = usage.get("prompt_tokens") or usage.get("promptTokenCount") or usage.get("prompt_eval_count") or 0
    return Outcome(usage=(tokens, 0, tokens, 0, 0), more={"vectors": rounded(numbers)})


def dimensions_asked(cassette: Cassette) -> int | None:
    """The length of vectors that the request wanted."""
    body = cassette.request or {}
    asked = (body.get("requests") or [body])[0]
    names = ("dimensions", "outputDimensionality", "output_dimensionality")
    return next((asked[name] for name in names if asked.get(name)), None)


def models(cassette: Cassette) -> Outcome:
    """The ids in their order, as a request names them."""
    said = json.loads(cassette.body)
    if wrong := _wrong(cassette, said):
        return wrong
    listed = said.get("data") or said.get("models") or []
    return Outcome(more={"models": [(item.get("id") or item["name"]).removeprefix("models/") for item in listed]})


def _wrong(cassette: Cassette, said: Any) -> Outcome | None:
    if cassette.status == 200:
        return None
    verdict = judged(cassette.status, said)
    return failure(verdict.error, retryable=verdict.retryable)


def _floats(vector: Any) -> list[float]:
    """Base64 is of little-endian float32."""
    if not isinstance(vector, str):
        return [float(value) for value in vector]
    raw = base64.b64decode(vector)
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def _unit(vector: list[float]) -> list[float]:
    """Google leaves it to clients to bring vectors that it has shortened back to length 1."""
    length = math.hypot(*vector)
    return [number / length for number in vector]
