"""Where and on what a benchmark ran: the head of its report."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

_VERSIONS = """
from importlib.metadata import version, PackageNotFoundError
for name in ("agno", "openai", "uvicorn", "uvloop", "httptools", "sqlalchemy", "agnolo", "msgspec", "aiohttp"):
    try:
        print(name, version(name), end="; ")
    except PackageNotFoundError:
        pass
"""


def facts(
    directory: Path, pythons: dict[str, Path], cores: tuple[int | None, int | None], source: Path
) -> dict[str, str]:
    """Machine, interpreters, packages, commit and date, in words."""
    server, load = cores
    pinned = f"server on {server}, mock and load on {load}" if server is not None else "not pinned (one core)"
    packages = {f"packages, {name}": _said([str(python), "-c", _VERSIONS]) for name, python in pythons.items()}
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _commit(source),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB, Linux {platform.release()}",
        "cores": pinned,
        "load average before": " ".join(f"{value:.2f}" for value in os.getloadavg()),
        "databases on": _file_system(directory),
        "Python": platform.python_version(),
        **packages,
    }


def _commit(source: Path) -> str:
    git = ["git", "--no-optional-locks", "-C", str(source)]
    commit = _said([*git, "rev-parse", "--short", "HEAD"])
    changed = _said([*git, "status", "--porcelain", "--", "../src"])
    return (commit or "none yet") + (" with uncommitted changes" if changed else "")


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip().rstrip(";") if done.returncode == 0 else ""


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30


def _file_system(directory: Path) -> str:
    mounts = (line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines())
    above = [(place, kind) for place, kind in mounts if directory.is_relative_to(place)]
    return max(above, key=lambda mount: len(mount[0]))[1] if above else "unknown"
