"""Other Python processes that use a store, for what only they can show: crashes, locks, forks."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

NOBODY = 65534
ROOT = Path(__file__).parents[2]


def start(code: str, *args: str, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start `code` with the package and the tests importable; its output is piped."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [*prefix, sys.executable, "-c", code, *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def run(code: str, *args: str) -> str:
    """What `code` prints. Fails with its error output when it fails."""
    with start(code, *args) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def run_mounted(code: str, folder: Path, options: str) -> str:
    """What `code` prints with a small file system of its own in `folder`, whose path is its argument."""
    if not shutil.which("unshare"):
        pytest.skip("needs Linux namespaces")
    script = f'mount -t tmpfs -o {options} tmpfs {shlex.quote(str(folder))} || exit 99; exec "$@"'
    with start(code, str(folder), prefix=["unshare", "-rm", "sh", "-c", script, "sh"]) as process:
        out, err = process.communicate(timeout=60)
    if process.returncode == 99 or "unshare failed" in err:
        pytest.skip(f"may not mount here: {err.strip()}")
    assert process.returncode == 0, err
    return out


def become_nobody() -> None:
    """Give up root's rights, if any. Everything that is needed must be imported by then."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
