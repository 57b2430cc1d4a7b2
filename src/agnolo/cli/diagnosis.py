"""What `agnolo doctor` looks at. Keys are reported as set or not set, never shown."""

from __future__ import annotations

import ctypes
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal, NamedTuple

from agnolo.cli.config import Sourced
from agnolo.providers import local_weights
from agnolo.providers.catalog import providers_health
from agnolo.storage.namespaces import data_dir

_MEASURE = """
import sys, time
before, start = len(sys.modules), time.process_time()
import agnolo
print(len(sys.modules) - before, round((time.process_time() - start) * 1000))
import agnolo.agent.agent
print(len(sys.modules) - before, round((time.process_time() - start) * 1000))
"""


class Finding(NamedTuple):
    """One line of the report. `fix` says what to do about a warning or failure."""

    state: Literal["ok", "info", "warn", "fail"]
    subject: str
    detail: str
    fix: str = ""


def examine(sourced: Sourced) -> Iterator[Finding]:
    """All findings, one after another."""
    yield _python()
    yield from _extras()
    providers = list(_providers())
    yield from providers
    yield from _local()
    if not any(finding.state == "ok" for finding in providers):
        yield Finding("fail", "models", "no model can answer", "agnolo local pull  (no key needed), or set a key")
    yield Finding("ok", "config", str(sourced.file))
    yield _data(_database(sourced))
    yield _footprint()


def _python() -> Finding:
    return Finding("ok", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _extras() -> Iterator[Finding]:
    """Each extra of our own package with what is installed of it."""
    try:
        wanted = requires("agnolo") or []
    except PackageNotFoundError:
        yield Finding("warn", "extras", "agnolo runs from its source folder", "pip install -e '.[all]'")
        return
    extras: dict[str, list[str]] = {}
    for line in wanted:
        found = re.match(r"([\w.-]+)(?!.*\[).*extra == ['\"](\w+)['\"]", line)
        if found and found[2] != "all":
            extras.setdefault(found[2], []).append(found[1])
    for extra, packages in extras.items():
        missing = [name for name in packages if _version(name) is None]
        have = ", ".join(f"{name} {_version(name)}" for name in packages if name not in missing)
        if missing:
            yield Finding("warn", f"extra {extra}", f"missing {', '.join(missing)}", f"pip install 'agnolo[{extra}]'")
        else:
            yield Finding("ok", f"extra {extra}", have)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _providers() -> Iterator[Finding]:
    for provider in providers_health():
        if provider.status == "ready":
            yield Finding("ok", f"provider {provider.provider}", f"ready, default model {provider.default_model}")
        else:
            unset = ", ".join(provider.missing)
            detail = f"{provider.status.replace('_', ' ')}{f': {unset} not set' if unset else ''}"
            yield Finding("info", f"provider {provider.provider}", detail)


def _local() -> Iterator[Finding]:
    """The C library that the runtime links to, then each set of weights."""
    if platform.system() == "Linux":
        try:
            ctypes.CDLL("libgomp.so.1")
            yield Finding("ok", "libgomp", "found")
        except OSError:
            yield Finding("warn", "libgomp", "not found; the local model needs it", "apt-get install libgomp1")
    for found in local_weights.located().weights:
        if found.path is None:
            size = f"not fetched, a download of {found.download / 1e6:.0f} MB"
            yield Finding("warn", f"weights {found.title}", size, "agnolo local pull")
        else:
            yield Finding("ok", f"weights {found.title}", f"{found.path} ({found.size / 1e6:.0f} MB)")


def _database(sourced: Sourced) -> Path:
    return Path(sourced.config.database.path or data_dir() / "agnolo.db")


def _data(database: Path) -> Finding:
    """Whether the folder takes a new file, and how much the database holds."""
    folder = database.parent
    files = sorted(folder.glob(f"{database.name}*")) if folder.is_dir() else []
    size = sum(file.stat().st_size for file in files)
    detail = f"{database} ({size / 1e6:.1f} MB)" if files else f"{database} (not there yet)"
    place = next(parent for parent in [folder, *folder.parents] if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        problem = f"{detail}: {place} can't be written ({error.strerror})"
        return Finding("fail", "data", problem, "set AGNO_DATA_DIR to a folder that can be written")
    for file in files:
        try:
            file.open("r+b").close()
        except OSError as error:
            return Finding("fail", "data", f"{file} can't be written ({error.strerror})", f"make {file} writable")
    return Finding("ok", "data", detail)


def _footprint() -> Finding:
    """What importing the package costs, measured in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return Finding("fail", "footprint", f"importing agnolo fails: {done.stderr.strip()[-200:]}")
    root, agent = (line.split() for line in done.stdout.splitlines())
    detail = f"import agnolo: {root[0]} modules, {root[1]} ms of CPU; with Agent: {agent[0]} modules, {agent[1]} ms"
    return Finding("ok", "footprint", detail)
