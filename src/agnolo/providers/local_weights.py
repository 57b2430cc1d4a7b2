"""Pulling the local models' weights into the cache, verified, and saying which are there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from agnolo.ports.extras import reach
from agnolo.providers.local_fetch import fetch
from agnolo.providers.local_pins import PINS, PULL_COMMAND, Key, Part, Pin, is_there, weights_dir
from agnolo.vocabulary.errors import ConfigurationError, ModelProtocolError

Progress = Callable[[str, int, int], None]
"""Told (what is fetched, bytes done, bytes in all); for each set of weights the last call has done == all."""

NEEDED_MB = 400
"""The weights kept, and the largest package on its way there, packed and unpacked."""


class WeightsStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One set of weights: where it is, or None, and what fetching it costs in bytes."""

    key: Key
    title: str
    licence: str
    path: str | None
    size: int
    download: int


class LocalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the local provider finds in its cache."""

    directory: str
    weights: list[WeightsStatus]

    @property
    def ready(self) -> bool:
        """Whether all weights are there."""
        return all(found.path for found in self.weights)


def located() -> LocalStatus:
    """Which weights are in the cache. Cheap: looks at names and sizes."""
    directory = weights_dir()
    return LocalStatus(
        directory=str(directory),
        weights=[
            WeightsStatus(
                key=pin.key,
                title=pin.title,
                licence=pin.licence,
                path=str(directory / pin.file) if is_there(pin) else None,
                size=pin.size,
                download=pin.download,
            )
            for pin in PINS.values()
        ],
    )


def pull(progress: Progress | None = None, *, pins: Iterable[Pin] = tuple(PINS.values())) -> list[Path]:
    """Fetch what is missing and check all of it; returns the files. Needs `agnolo[local]` only for what is missing.

    Can be repeated and interrupted at any point: a file is in the cache whole and verified, or not at all; one that is
    there but fails its hash is fetched again. Raises ModelConnectionError, ModelProtocolError (a hash is not the pinned
    one), MissingExtraError, or ConfigurationError when the cache can't be written.
    """
    tell = progress or _silent
    directory = weights_dir()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return [_pull(pin, directory, tell) for pin in pins]
    except OSError as refused:
        raise ConfigurationError(
            f"the weights can't be written to {str(directory)!r} ({refused.strerror or refused}): set AGNOLO_CACHE_DIR "
            f"to a directory with {NEEDED_MB} MB free, then run  {PULL_COMMAND}"
        ) from refused


def _silent(_what: str, _done: int, _total: int) -> None:
    """Progress nobody asked for."""


def _pull(pin: Pin, directory: Path, tell: Progress) -> Path:
    target = directory / pin.file
    if not (is_there(pin) and _sha256(target) == pin.sha256):
        with TemporaryDirectory(dir=directory, prefix=f"{pin.key}-") as staging:
            unpacked = Path(staging) / "package"
            fetch(pin, unpacked, lambda done: tell(pin.title, min(done, pin.download), pin.download))
            os.replace(_built(pin, unpacked, Path(staging)), target)
    tell(pin.title, pin.download, pin.download)
    return target


def _built(pin: Pin, unpacked: Path, staging: Path) -> Path:
    """The file to keep, made of the package's verified parts."""
    parts = [_checked(pin, part, unpacked) for part in pin.parts]
    built = staging / pin.file
    if pin.converter is not None:
        reach(pin.converter, "local").convert(*parts, built)
    else:
        shutil.move(parts[0], built)
    _require(pin, built, pin.sha256)
    return built


def _checked(pin: Pin, part: Part, unpacked: Path) -> Path:
    path = unpacked / part.member
    if not path.is_file():
        raise ModelProtocolError(
            f"{pin.package}=={pin.version} has no {part.member!r}", provider="Local", model=pin.key, retryable=False
        )
    _require(pin, path, part.sha256)
    return path


def _require(pin: Pin, path: Path, sha256: str) -> None:
    found = _sha256(path)
    if found != sha256:
        raise ModelProtocolError(
            f"{path.name!r} of {pin.package}=={pin.version} has sha256 {found}, not the pinned {sha256}: "
            "the file is damaged or not the one Agnolo was tested with. "
            f"Check your package index, then run  {PULL_COMMAND}",
            provider="Local",
            model=pin.key,
            retryable=False,
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
