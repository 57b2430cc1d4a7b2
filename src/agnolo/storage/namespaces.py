"""Where data lies on disk: the data directory, and tenants' names as single safe path components."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

DEFAULT = "default"
_LONGEST = 64
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Device names of Windows, which stay devices whatever extension follows."""


def data_dir() -> Path:
    """$AGNO_DATA_DIR, or `data` in the working directory."""
    return Path(os.environ.get("AGNO_DATA_DIR") or "data").expanduser()


def component(namespace: str) -> str:
    """The namespace as one path component; blank is "default".

    A name that had to be changed carries 8 hex digits of its SHA-256, so that two tenants never meet in one directory.
    """
    if not namespace.strip():
        return DEFAULT
    safe = _UNSAFE.sub("_", namespace).strip(".")
    if safe == namespace and len(safe) <= _LONGEST and not _RESERVED.fullmatch(safe):
        return safe
    digest = hashlib.sha256(namespace.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    # Without dots, or a reserved name would stay reserved with the digest as its extension.
    stem = safe.replace(".", "_")[: _LONGEST - len(digest) - 1]
    return f"{stem or DEFAULT}-{digest}"


def database_path(namespace: str) -> Path:
    """The SQLite file of a namespace; the default namespace's lies at the top of the data directory."""
    folder = component(namespace)
    return data_dir() / "agnolo.db" if folder == DEFAULT else data_dir() / folder / "agnolo.db"
