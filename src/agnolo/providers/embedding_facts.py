"""What vendors' embedding models are and take: data only. Sources: vendors' documentation and SDKs, October 2026."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class EmbeddingModel(msgspec.Struct, frozen=True):
    """`dimensions` is the length of a vector unless another is asked for, which only `adjustable` models allow.

    `max_tokens` is the longest text.
    """

    dimensions: int
    adjustable: bool = False
    max_tokens: int | None = None


class EmbeddingVendor(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may hold, and the models known by name. None: no limit is known.

    `base64`: vectors may be asked for in that form, which is a quarter as long.
    """

    max_inputs: int | None = None
    max_request_tokens: int | None = None
    base64: bool = False
    models: Mapping[str, EmbeddingModel] = {}

    def model(self, id: str) -> EmbeddingModel | None:
        """The model of this id, whatever vendor or tag it is written with; None if it is not in the table."""
        return self.models.get(id.lower()) or self.models.get(id.lower().rpartition("/")[2].partition(":")[0])


_OPENAI_MODELS = {
    "text-embedding-3-small": EmbeddingModel(1536, True, 8191),
    "text-embedding-3-large": EmbeddingModel(3072, True, 8191),
    "text-embedding-ada-002": EmbeddingModel(1536, False, 8191),
}
_GEMINI_MODELS = {
    "gemini-embedding-001": EmbeddingModel(3072, True, 2048),
    "gemini-embedding-2": EmbeddingModel(3072, True, 8192),
    "text-embedding-004": EmbeddingModel(768, True, 2048),
    "embedding-001": EmbeddingModel(768, False, 2048),
}
_OPEN_MODELS = {
    "bge-m3": EmbeddingModel(1024, False, 8192),
    "bge-large-zh-v1.5": EmbeddingModel(1024, False, 512),
    "bge-large-en-v1.5": EmbeddingModel(1024, False, 512),
    "qwen3-embedding-0.6b": EmbeddingModel(1024, True, 32768),
    "qwen3-embedding-4b": EmbeddingModel(2560, True, 32768),
    "qwen3-embedding-8b": EmbeddingModel(4096, True, 32768),
}

OPENAI = EmbeddingVendor(max_inputs=2048, max_request_tokens=300_000, base64=True, models=_OPENAI_MODELS)
OPENAI_LIKE = EmbeddingVendor(max_inputs=2048, base64=True)
GLM = EmbeddingVendor(
    max_inputs=64,
    models={
        "embedding-2": EmbeddingModel(1024, False, 512),
        "embedding-3": EmbeddingModel(2048, True, 3072),
    },
)
OPENROUTER = EmbeddingVendor(
    max_inputs=2048,
    max_request_tokens=300_000,
    base64=True,
    models={**_OPENAI_MODELS, "gemini-embedding-001": _GEMINI_MODELS["gemini-embedding-001"], **_OPEN_MODELS},
)
"""Its models are other vendors'; these are the limits of the narrowest that state any."""
SILICONFLOW = EmbeddingVendor(max_inputs=32, base64=True, models=_OPEN_MODELS)
GEMINI = EmbeddingVendor(max_inputs=100, models=_GEMINI_MODELS)
OLLAMA = EmbeddingVendor(
    models={
        "all-minilm": EmbeddingModel(384, False, 512),
        "bge-m3": _OPEN_MODELS["bge-m3"],
        "embeddinggemma": EmbeddingModel(768, True, 2048),
        "mxbai-embed-large": EmbeddingModel(1024, False, 512),
        "nomic-embed-text": EmbeddingModel(768, False, 2048),
        "openhermes": EmbeddingModel(4096, False, 8192),
        "snowflake-arctic-embed": EmbeddingModel(1024, False, 512),
    }
)
