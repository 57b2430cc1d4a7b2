"""Embeddings as OpenAI, Gemini and Ollama give them."""

from __future__ import annotations

import base64
import struct
from typing import Any

from contracts.script import vector

PLAIN = 8
"""Dimensions when the request names none."""


def openai(body: dict[str, Any]) -> dict[str, Any]:
    given = body["input"]
    texts = [given] if isinstance(given, str) else given
    rows = [vector(str(text), body.get("dimensions") or PLAIN) for text in texts]
    packed = body.get("encoding_format") == "base64"
    shown = [base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() for row in rows] if packed else rows
    return {
        "object": "list",
        "model": body.get("model", ""),
        "data": [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(shown)],
        "usage": {"prompt_tokens": 5 * len(rows), "total_tokens": 5 * len(rows)},
    }


def _gemini_text(request: dict[str, Any]) -> str:
    return "".join(part.get("text", "") for part in request.get("content", {}).get("parts", ()))


def _gemini_values(request: dict[str, Any]) -> dict[str, Any]:
    asked = request.get("outputDimensionality") or request.get("embedContentConfig", {}).get("outputDimensionality")
    return {"values": vector(_gemini_text(request), asked or PLAIN)}


def gemini(body: dict[str, Any]) -> dict[str, Any]:
    if "requests" in body:
        return {"embeddings": [_gemini_values(request) for request in body["requests"]]}
    return {"embedding": _gemini_values(body)}


def ollama(body: dict[str, Any]) -> dict[str, Any]:
    given = body["input"]
    texts = [given] if isinstance(given, str) else given
    rows = [vector(str(text), body.get("dimensions") or PLAIN) for text in texts]
    return {"model": body.get("model", ""), "embeddings": rows, "prompt_eval_count": 5 * len(rows)}
