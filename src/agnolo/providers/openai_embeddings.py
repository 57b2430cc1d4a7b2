"""Embeddings in OpenAI's dialect: texts as a JSON body, and the reply as vectors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agnolo.ports.embedder import Embeddings
from agnolo.providers.embedding_vectors import count, ordered, rows, vector
from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_object


def encode(texts: Sequence[str], *, model: str, fields: Mapping[str, Any]) -> bytes:
    """The body of a request: one text as it is, several as a list. `fields` win over everything."""
    return codec.dumps({"model": model, "input": texts[0] if len(texts) == 1 else list(texts), **fields})


def decode(reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
    """The vectors of a reply, by `index`. Servers that leave out the frame around the rows are understood too."""
    usage: Any = reply.get("usage") if is_object(reply) else None
    tokens = usage if is_object(usage) else {}
    told = tokens.get("prompt_tokens") or tokens.get("input_tokens") or tokens.get("total_tokens")
    return Embeddings(vectors=[_row(row) for row in ordered(_rows(reply))], tokens=count(told))


def _rows(reply: Any) -> list[Any]:  # noqa: ANN401 - a JSON value
    if not is_object(reply):
        return rows(reply)
    return rows(next((found for name in ("data", "embeddings", "embedding") if (found := reply.get(name))), None))


def _row(row: Any) -> list[float]:  # noqa: ANN401 - a JSON value
    return vector(row.get("embedding", row.get("values")) if is_object(row) else row)
