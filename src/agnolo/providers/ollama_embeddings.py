"""Replies of Ollama's own embedding operations, as vectors. Requests are worded as OpenAI's. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.ports.embedder import Embeddings
from agnolo.providers import openai_embeddings
from agnolo.providers.embedding_vectors import count
from agnolo.vocabulary.guards import is_object


def decode(reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
    """The vectors of a reply of /api/embed, or the one of the older /api/embeddings."""
    found = openai_embeddings.decode(reply)
    told: Any = reply.get("prompt_eval_count") if is_object(reply) else None
    return msgspec.structs.replace(found, tokens=count(told) or found.tokens)
