"""The reference's own environment: a throw-away venv with the pinned agno, never the project's."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

AGNO_VERSION = "3.1.10"
PACKAGES = (
    f"agno=={AGNO_VERSION}",
    "openai==3.54.0",
    "fastapi==0.165.0",
    "uvicorn==0.54.0",
    "uvloop==0.23.0",
    "httptools==0.9.0",
    "sqlalchemy[asyncio]==2.1.9",
    "aiosqlite==0.22.1",
    "python-multipart==0.0.34",
)
DEFAULT_ROOT = Path.home() / ".cache" / "agnolo-bench" / f"agno-{AGNO_VERSION}"
_PROBE = "import agno.agent, agno.models.openai, agno.db.sqlite, agno.os, uvicorn, uvloop, httptools"


class CreationError(Exception):
    """The reference environment cannot be made; the message says what to do."""


def ensure(root: Path = DEFAULT_ROOT, *, packages: Sequence[str] = PACKAGES, probe: str = _PROBE) -> Path:
    """The environment's python, created on first use; a finished one is reused without the network."""
    if not (sys.version_info.major, sys.version_info.minor) >= (3, 11):
        raise CreationError("the benchmark needs Python 3.11 or newer")
    python = root / "bin" / "python"
    stamp = root / ".agnolo-bench"
    recipe = _recipe(packages)
    if stamp.is_file() and stamp.read_text() == recipe and python.exists():
        return python
    _refuse_foreign(root, stamp)
    _create(root, python, packages, probe)
    stamp.write_text(recipe)
    return python


def _recipe(packages: Sequence[str]) -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return hashlib.sha256(" ".join((version, *packages)).encode()).hexdigest()


def _refuse_foreign(root: Path, stamp: Path) -> None:
    if root.exists() and any(root.iterdir()) and not stamp.exists() and not (root / "pyvenv.cfg").exists():
        raise CreationError(f"{root} exists and is not an environment; name another directory with --reference-env")


def uv_command() -> str:
    """The uv on PATH, or the one that `make` names. Raises CreationError."""
    uv = shutil.which("uv") or os.environ.get("UV")
    if uv is None:
        raise CreationError("uv is not installed; see https://docs.astral.sh/uv/ or put it on PATH")
    return uv


def _create(root: Path, python: Path, packages: Sequence[str], probe: str) -> None:
    uv = uv_command()
    root.parent.mkdir(parents=True, exist_ok=True)
    _step([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(root)])
    _step([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *packages])
    _step([str(python), "-c", probe])


def _step(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        reason = "\n".join(lines[-1:] if lines[0].startswith("Traceback") else lines[:12])
        raise CreationError(f"creating the reference environment failed at `{' '.join(command[:3])} …`:\n{reason}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--root", type=Path, default=DEFAULT_ROOT, help="where the environment lives (default: %(default)s)"
    )
    try:
        print(ensure(options.parse_args().root))
    except CreationError as failure:
        print(f"reference_env: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
