"""The conversion of MiniLM, on a model small enough to write by hand; the real one is checked by its embeddings."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agnolo.providers.local_minilm import Shape, convert, quantised

TINY = Shape(layers=1, heads=2, width=32, inner=64, context=4)
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "##ing", "[odd]"]
GROUPS = {"query": (32, 32), "key": (32, 32), "value": (32, 32)}


def tensors() -> dict[str, np.ndarray]:
    made = np.random.default_rng(0)
    layer = "encoder.layer.0."
    shapes = {
        "embeddings.word_embeddings.weight": (8, 32),
        "embeddings.position_embeddings.weight": (4, 32),
        "embeddings.token_type_embeddings.weight": (2, 32),
        "embeddings.LayerNorm.weight": (32,),
        "embeddings.LayerNorm.bias": (32,),
        f"{layer}intermediate.dense.weight": (64, 32),
        f"{layer}intermediate.dense.bias": (64,),
        f"{layer}output.dense.weight": (32, 64),
        f"{layer}output.dense.bias": (32,),
        f"{layer}attention.output.dense.weight": (32, 32),
        f"{layer}attention.output.dense.bias": (32,),
        "pooler.dense.weight": (32, 32),
    }
    for name in ("query", "key", "value"):
        shapes[f"{layer}attention.self.{name}.weight"] = (32, 32)
        shapes[f"{layer}attention.self.{name}.bias"] = (32,)
    for name in ("attention.output.LayerNorm", "output.LayerNorm"):
        shapes[f"{layer}{name}.weight"] = shapes[f"{layer}{name}.bias"] = (32,)
    return {name: made.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def save(path: Path, values: dict[str, np.ndarray]) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}, "ids": {"dtype": "I64", "data_offsets": [0, 0]}}
    body = b""
    for name, array in values.items():
        raw = array.tobytes()
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


class Reader:
    """An independent reader of GGUF."""

    def __init__(self, path: Path) -> None:
        self.raw = path.read_bytes()
        self.at = 0
        assert self.take("<4sI") == (b"GGUF", 3)
        count, keys = self.take("<QQ")
        self.metadata = {self.text(): self.value(*self.take("<I")) for _ in range(keys)}
        self.tensors = {self.text(): self.entry() for _ in range(count)}
        self.start = -(-self.at // 32) * 32

    def take(self, layout: str) -> tuple:
        found = struct.unpack_from(layout, self.raw, self.at)
        self.at += struct.calcsize(layout)
        return found

    def text(self) -> str:
        (size,) = self.take("<Q")
        (raw,) = self.take(f"<{size}s")
        return raw.decode()

    def value(self, kind: int) -> object:
        if kind == 8:
            return self.text()
        if kind == 9:
            inner, size = self.take("<IQ")
            return [self.value(inner) for _ in range(size)]
        return self.take({4: "<I", 5: "<i", 6: "<f", 7: "<?"}[kind])[0]

    def entry(self) -> tuple[tuple[int, ...], int, int]:
        (dimensions,) = self.take("<I")
        return self.take(f"<{dimensions}Q"), *self.take("<IQ")

    def floats(self, name: str) -> np.ndarray:
        sizes, kind, offset = self.tensors[name]
        assert offset % 32 == 0
        at, count = self.start + offset, int(np.prod(sizes))
        if kind == 0:
            return np.frombuffer(self.raw, np.float32, count, at).reshape(sizes[::-1])
        blocks = np.frombuffer(self.raw, np.dtype([("scale", "<f2"), ("values", "i1", 32)]), count // 32, at)
        return (blocks["values"] * blocks["scale"].astype(np.float32)[:, None]).reshape(sizes[::-1])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Weights, vocabulary, and where the result goes."""
    save(tmp_path / "model.safetensors", tensors())
    (tmp_path / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    return tmp_path / "model.safetensors", tmp_path / "vocab.txt", tmp_path / "out.gguf"


def test_header_says_what_llama_cpp_needs(files: tuple[Path, Path, Path]) -> None:
    convert(*files, shape=TINY)

    assert Reader(files[2]).metadata == {
        "general.architecture": "bert",
        "general.name": "all-MiniLM-L6-v2",
        "general.license": "apache-2.0",
        "general.file_type": 7,
        "bert.block_count": 1,
        "bert.context_length": 4,
        "bert.embedding_length": 32,
        "bert.feed_forward_length": 64,
        "bert.attention.head_count": 2,
        "bert.attention.layer_norm_epsilon": pytest.approx(1e-12),
        "bert.attention.causal": False,
        "bert.pooling_type": 1,
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.tokens": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁hello", "ing", "▁[odd]"],
        "tokenizer.ggml.token_type": [3, 2, 3, 3, 3, 1, 1, 1],
        "tokenizer.ggml.bos_token_id": 2,
        "tokenizer.ggml.eos_token_id": 3,
        "tokenizer.ggml.unknown_token_id": 1,
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.seperator_token_id": 3,
        "tokenizer.ggml.mask_token_id": 4,
    }


def test_matrices_are_quantised_and_the_rest_is_exact(files: tuple[Path, Path, Path]) -> None:
    source = tensors()

    convert(*files, shape=TINY)

    written = Reader(files[2])
    kinds = {name: kind for name, (_, kind, _) in written.tensors.items()}
    assert len(kinds) == 21
    assert {name for name, kind in kinds.items() if kind == 8} == {
        "token_embd.weight",
        *(f"blk.0.{part}.weight" for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down")),
    }
    exact = written.floats("position_embd.weight")
    rounded = written.floats("blk.0.ffn_down.weight")
    assert np.array_equal(exact, source["embeddings.position_embeddings.weight"])
    assert np.allclose(rounded, source["encoder.layer.0.output.dense.weight"], atol=0.02)


def test_the_same_weights_give_the_same_bytes(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    convert(*files, shape=TINY)
    convert(files[0], files[1], tmp_path / "again.gguf", shape=TINY)

    assert files[2].read_bytes() == (tmp_path / "again.gguf").read_bytes()


def test_a_missing_tensor_is_named(files: tuple[Path, Path, Path]) -> None:
    values = tensors()
    del values["encoder.layer.0.output.dense.weight"]
    save(files[0], values)

    with pytest.raises(KeyError, match=r"encoder\.layer\.0\.output\.dense\.weight"):
        convert(*files, shape=TINY)


@given(arrays(np.float32, (3, 32), elements=st.floats(-1000, 1000, width=32)))
def test_quantising_is_right_to_half_a_step(values: np.ndarray) -> None:
    blocks = np.frombuffer(quantised(values), np.dtype([("scale", "<f2"), ("values", "i1", 32)]))

    restored = blocks["values"] * blocks["scale"].astype(np.float32)[:, None]
    largest = np.abs(values).max(axis=1, keepdims=True)
    # Half a step of 1/127, and the scale's own rounding to eleven bits (or to the smallest fp16).
    assert np.all(np.abs(restored - values) <= largest * (0.5 / 127 + 2**-10) + 127 * 2**-24)
