"""Turning the published MiniLM weights (safetensors, fp32) into the Q8_0 GGUF file that the local runtime loads.

Owns the two file formats as far as this one model needs them; formats: safetensors README, ggml docs/gguf.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agnolo.vocabulary.codec import loads

Floats = NDArray[np.float32]
Value = str | bool | int | float | list[str] | list[int]

ALIGNMENT = 32
BLOCK = 32
F32, Q8_0 = 0, 8
FILE_TYPE_MOSTLY_Q8_0 = 7
POOLING_MEAN = 1
TOKEN_NORMAL, TOKEN_UNKNOWN, TOKEN_CONTROL = 1, 2, 3
SPECIAL_TOKENS = {"unknown": "[UNK]", "padding": "[PAD]", "cls": "[CLS]", "seperator": "[SEP]", "mask": "[MASK]"}
"""GGUF key (`seperator` is llama.cpp's spelling) to the token of BERT's vocabulary."""

_MODEL_TENSORS = {
    "token_embd": "embeddings.word_embeddings",
    "position_embd": "embeddings.position_embeddings",
    "token_types": "embeddings.token_type_embeddings",
    "token_embd_norm": "embeddings.LayerNorm",
}
_LAYER_TENSORS = {
    "attn_q": "attention.self.query",
    "attn_k": "attention.self.key",
    "attn_v": "attention.self.value",
    "attn_output": "attention.output.dense",
    "attn_output_norm": "attention.output.LayerNorm",
    "ffn_up": "intermediate.dense",
    "ffn_down": "output.dense",
    "layer_output_norm": "output.LayerNorm",
}
_KEPT_EXACT = frozenset({"position_embd.weight", "token_types.weight"})


class Shape(NamedTuple):
    """The sizes of MiniLM-L6-v2 that the GGUF header states."""

    layers: int = 6
    heads: int = 12
    width: int = 384
    inner: int = 1536
    context: int = 512


class Tensor(NamedTuple):
    """A tensor ready to be written: sizes fastest-varying first."""

    name: str
    sizes: tuple[int, ...]
    kind: int
    raw: bytes


def convert(safetensors: Path, vocabulary: Path, into: Path, *, shape: Shape | None = None) -> None:
    """Write the GGUF file. Deterministic: the same weights give the same bytes. Raises KeyError on a missing tensor."""
    sizes = shape or Shape()
    tensors = [_tensor(name, values) for name, values in _renamed(_read(safetensors), sizes.layers)]
    tokens = vocabulary.read_text(encoding="utf-8").splitlines()
    with into.open("wb") as file:
        _write(file, _metadata(tokens, sizes), tensors)


def _read(path: Path) -> dict[str, Floats]:
    """All fp32 tensors, mapped from the file."""
    with path.open("rb") as file:
        (header_size,) = struct.unpack("<Q", file.read(8))
        header: dict[str, Any] = loads(file.read(header_size))
    start = 8 + header_size
    found: dict[str, Floats] = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            mapped = np.memmap(path, np.float32, "r", start + first, ((last - first) // 4,))
            found[name] = mapped.reshape(entry["shape"])
    return found


def _renamed(source: dict[str, Floats], layers: int) -> Iterator[tuple[str, Floats]]:
    names = dict(_MODEL_TENSORS)
    for layer in range(layers):
        names |= {f"blk.{layer}.{ours}": f"encoder.layer.{layer}.{theirs}" for ours, theirs in _LAYER_TENSORS.items()}
    for ours, theirs in names.items():
        yield f"{ours}.weight", source[f"{theirs}.weight"]
        if f"{theirs}.bias" in source:
            yield f"{ours}.bias", source[f"{theirs}.bias"]


def _tensor(name: str, values: Floats) -> Tensor:
    sizes = tuple(reversed(values.shape))
    if values.ndim == 1 or name in _KEPT_EXACT:
        return Tensor(name, sizes, F32, values.tobytes())
    return Tensor(name, sizes, Q8_0, quantised(values))


def quantised(values: Floats) -> bytes:
    """Q8_0: each block of 32 values is an fp16 scale (largest magnitude / 127) and 32 signed bytes."""
    blocks = values.reshape(-1, BLOCK)
    scales = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    # A block too small for an fp16 scale becomes zeros.
    inverse = np.divide(np.float32(1), scales, out=np.zeros_like(scales), where=scales.astype(np.float16) > 0)
    packed = np.empty(len(blocks), dtype=[("scale", "<f2"), ("values", "i1", BLOCK)])
    packed["scale"] = scales[:, 0].astype(np.float16)
    packed["values"] = np.rint(blocks * inverse).astype(np.int8)
    return packed.tobytes()


def _metadata(tokens: list[str], shape: Shape) -> list[tuple[str, Value]]:
    places = {token: index for index, token in enumerate(tokens)}
    cls, sep = places["[CLS]"], places["[SEP]"]
    return [
        ("general.architecture", "bert"),
        ("general.name", "all-MiniLM-L6-v2"),
        ("general.license", "apache-2.0"),
        ("general.file_type", FILE_TYPE_MOSTLY_Q8_0),
        ("bert.block_count", shape.layers),
        ("bert.context_length", shape.context),
        ("bert.embedding_length", shape.width),
        ("bert.feed_forward_length", shape.inner),
        ("bert.attention.head_count", shape.heads),
        ("bert.attention.layer_norm_epsilon", 1e-12),
        ("bert.attention.causal", False),
        ("bert.pooling_type", POOLING_MEAN),
        ("tokenizer.ggml.model", "bert"),
        ("tokenizer.ggml.token_type_count", 2),
        ("tokenizer.ggml.tokens", [_word_start(token) for token in tokens]),
        ("tokenizer.ggml.token_type", [_token_type(token) for token in tokens]),
        ("tokenizer.ggml.bos_token_id", cls),
        ("tokenizer.ggml.eos_token_id", sep),
        *((f"tokenizer.ggml.{key}_token_id", places[token]) for key, token in SPECIAL_TOKENS.items()),
    ]


def _word_start(token: str) -> str:
    """WordPiece marks a word's continuation with ##; llama.cpp marks a word's start with U+2581."""
    if token in SPECIAL_TOKENS.values():
        return token
    return token[2:] if token.startswith("##") else f"▁{token}"


def _token_type(token: str) -> int:
    if token == "[UNK]":
        return TOKEN_UNKNOWN
    return TOKEN_CONTROL if token in SPECIAL_TOKENS.values() else TOKEN_NORMAL


def _write(file: BinaryIO, metadata: list[tuple[str, Value]], tensors: list[Tensor]) -> None:
    file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    for key, value in metadata:
        file.write(_text(key) + _typed(value))
    offset = 0
    for tensor in tensors:
        file.write(_text(tensor.name) + struct.pack(f"<I{len(tensor.sizes)}Q", len(tensor.sizes), *tensor.sizes))
        file.write(struct.pack("<IQ", tensor.kind, offset))
        offset += len(tensor.raw) + _padding(len(tensor.raw))
    file.write(bytes(_padding(file.tell())))
    for tensor in tensors:
        file.write(tensor.raw + bytes(_padding(len(tensor.raw))))


def _padding(size: int) -> int:
    return -size % ALIGNMENT


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _typed(value: Value) -> bytes:
    """A metadata value with its GGUF type number in front."""
    match value:
        case str():
            return struct.pack("<I", 8) + _text(value)
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case list() if value and isinstance(value[0], str):
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(_text(str(item)) for item in value)
        case list():
            return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)
