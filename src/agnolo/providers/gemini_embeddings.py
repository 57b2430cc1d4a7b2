"""Embeddings in Gemini's dialect: texts as a JSON body, and the reply as vectors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agnolo.ports.embedder import Embeddings
from agnolo.providers.embedding_vectors import count, rows, vector
from agnolo.providers.inquiry import Misread
from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_object


def encode(texts: Sequence[str], *, model: str, fields: Mapping[str, Any]) -> bytes:
    """The body of a batchEmbedContents request: `model` with its path and `fields` stand with each text."""
    requests = [{"model": model, "content": {"parts": [{"text": text}]}, **fields} for text in texts]
    return codec.dumps({"requests": requests})


def decode(reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
    """The vectors of a reply, of one or of many texts."""
    if not is_object(reply):
        raise Misread("it is no object")
    usage: Any = reply.get("usageMetadata") or reply.get("usage_metadata")
    tokens = count(usage.get("promptTokenCount") or usage.get("totalTokenCount")) if is_object(usage) else 0
    found = rows(reply.get("embeddings") or reply.get("embedding"))
    return Embeddings(vectors=[vector(row.get("values") if is_object(row) else row) for row in found], tokens=tokens)
